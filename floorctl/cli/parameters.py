"""What an argument's text becomes: the few kinds of values that our options take.

Typer would turn them with pydantic, which takes longer to import than ``floorctl status`` takes to answer.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

from floorctl.errors import FloorctlError, UsageError
from floorctl.text import typed

_KINDS = (bool, str, int, float, Path)
#: What stands in help for a text that people write for people, and for a file: both are taken as they are written.
_AS_WRITTEN = ("TEXT", "FILE", "ID=TEXT")
#: One that is written to be compared all the same.
_COMPARED = "search"
#: Of several of these each may be a list: what is copied out of a table or a message.
_LISTED = ("NUMBER", "SEAT", "COMMAND")


#: What a database, and whatever else counts with 64 bits, can hold.
LARGEST = 2**63 - 1
_SHOWN = 40


class PlainValue:
    """Turns the text of one parameter into a bool, str, int, float or Path, or into a list of these.

    Numbers, names, ids and choices are taken as they are meant (see ``floorctl.text.typed``).
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """What the command is given for ``value`` (None: nothing was said).

        Raises:
            UsageError: it is not of this kind.
            FloorctlError: ``error.no_such_folder``, ``error.not_a_folder``: it names a folder that is not there.
        """
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            if not several:
                return self._turn(value, param)
            if self.kind is str and param.metavar in _LISTED:
                if value and param.required and not typed.parts(value):
                    raise UsageError("error.missing_parameter", name=parameter_name(param))
                return tuple(typed.parts(value))
            return tuple(self._turn(each, param) for each in value)
        except (ValueError, OverflowError) as error:
            key = "error.not_a_number" if self.kind in (int, float) else "error.bad_parameter"
            raise UsageError(key, name=parameter_name(param), value=_shown(value)) from error

    def _turn(self, value: Any, param: Any) -> Any:
        if isinstance(value, str):
            if self.kind in (int, float):
                value = typed.number(value)
                if "_" in value:  # which Python would take
                    raise ValueError(value)
            elif self.kind is str and (param.metavar not in _AS_WRITTEN or param.name == _COMPARED):
                value = typed.plain(value)
            if not value and (self.kind is Path or not _takes_nothing(param)):
                key = "error.empty_required" if param.required else "error.empty_value"
                raise UsageError(key, name=parameter_name(param))
        if self.kind is Path and value.rstrip("/") and value.endswith("/") and not Path(value).is_dir():
            # It names a folder, of a stick that is not there, say: as a Path it would be the name of a file.
            raise _no_folder(value)
        turned = self.kind(value)
        if self.kind is int and abs(turned) > LARGEST:
            raise UsageError("error.too_large", option=parameter_name(param), value=_shown(value), most=LARGEST)
        return turned


def _no_folder(value: str) -> FloorctlError:
    from floorctl.files.writing import no_folder

    error = no_folder(value, Path(value))
    return error if error.key == "error.not_a_folder" else FloorctlError(error.key, path=value, folder=value)


def _shown(value: Any) -> str:
    """What was given, short enough for a sentence."""
    text = " ".join(value) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _takes_nothing(param: Any) -> bool:
    """Whether an empty text says something: that nothing is chosen, or that there is no text."""
    return param.metavar in _AS_WRITTEN or param.multiple or param.default == "" or param.name == "employee_no"


def turn_plainly(parameters: list[Any]) -> list[Any]:
    """Have every one of ``parameters`` that is of a known kind turned here instead of by Typer."""
    for each in parameters:
        annotation = getattr(getattr(each, "type_descriptor", None), "annotation", None)
        if get_origin(annotation) is list:
            annotation = get_args(annotation)[0]
        if annotation in _KINDS:
            plain = PlainValue(annotation)
            each.get_runtime_param = lambda plain=plain: plain
    return parameters


def parameter_name(parameter: Any) -> str:
    """How a person writes this parameter: ``NUMBER…`` or ``--limit``."""
    if parameter is None:
        return ""
    return argument_name(parameter) if parameter.param_type_name == "argument" else str(max(parameter.opts, key=len))


def argument_name(argument: Any) -> str:
    """``NUMBER``, or ``NUMBER…`` where there may be several."""
    name = argument.metavar or argument.name.upper()
    return f"{name}…" if argument.nargs == -1 else str(name)
