"""Converts the texts of arguments and options to values of a few types.

Typer would convert them with pydantic, whose import takes longer than ``floorctl status``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args, get_origin

from floorctl.errors import FloorctlError, UsageError
from floorctl.text import typed

_KINDS = (bool, str, int, float, Path)
#: The metavars of texts for people and of files: these are taken as written.
_AS_WRITTEN = ("TEXT", "FILE", "ID=TEXT")
#: The parameter with such a metavar that is normalized all the same, since it is compared.
_COMPARED = "search"
#: The metavars of repeated parameters of which each value may be a list copied from a table or a message.
_LISTED = ("NUMBER", "SEAT", "COMMAND")


#: The largest number for a database and other uses of 64 bits.
LARGEST = 2**63 - 1
_SHOWN = 40


class PlainValue:
    """Converts the text of one parameter to a bool, str, int, float or Path, or to a list of these.

    Numbers, names, ids and choices are normalized (see ``floorctl.text.typed``).
    """

    def __init__(self, kind: type) -> None:
        self.kind = kind

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """Return the value for the command; ``value`` None: the parameter was not given.

        Raises:
            UsageError: it is not of this kind.
            FloorctlError: ``error.no_such_folder``, ``error.not_a_folder``: it names a folder that does not exist.
        """
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            if not several:
                return self._convert(value, param)
            if self.kind is str and param.metavar in _LISTED:
                if value and param.required and not typed.parts(value):
                    raise UsageError("error.missing_parameter", name=parameter_name(param))
                return tuple(typed.parts(value))
            return tuple(self._convert(each, param) for each in value)
        except (ValueError, OverflowError) as error:
            key = "error.not_a_number" if self.kind in (int, float) else "error.bad_parameter"
            raise UsageError(key, name=parameter_name(param), value=_shown(value)) from error

    def _convert(self, value: Any, param: Any) -> Any:
        if isinstance(value, str):
            if self.kind in (int, float):
                value = typed.number(value)
                if "_" in value:  # Python accepts underscores in numbers
                    raise ValueError(value)
            elif self.kind is str and (param.metavar not in _AS_WRITTEN or param.name == _COMPARED):
                value = typed.plain(value)
            if not value and (self.kind is Path or not _takes_nothing(param)):
                key = "error.empty_required" if param.required else "error.empty_value"
                raise UsageError(key, name=parameter_name(param))
        if self.kind is Path and value.rstrip("/") and value.endswith("/") and not Path(value).is_dir():
            # It names a missing folder (of an unmounted stick, say); without the slash, Path would make it a file.
            raise _no_folder(value)
        converted = self.kind(value)
        if self.kind is int and abs(converted) > LARGEST:
            raise UsageError("error.too_large", option=parameter_name(param), value=_shown(value), most=LARGEST)
        return converted


def _no_folder(value: str) -> FloorctlError:
    from floorctl.files.writing import no_folder

    error = no_folder(value, Path(value))
    return error if error.key == "error.not_a_folder" else FloorctlError(error.key, path=value, folder=value)


def _shown(value: Any) -> str:
    """``value`` as text, shortened for a sentence."""
    text = " ".join(value) if isinstance(value, (list, tuple)) else str(value)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def _takes_nothing(param: Any) -> bool:
    """Whether an empty text is a valid value: nothing is chosen, or there is no text."""
    return param.metavar in _AS_WRITTEN or param.multiple or param.default == "" or param.name == "employee_no"


def convert_plainly(parameters: list[Any]) -> list[Any]:
    """Make every one of ``parameters`` of a known type be converted here instead of by Typer."""
    for each in parameters:
        annotation = getattr(getattr(each, "type_descriptor", None), "annotation", None)
        if get_origin(annotation) is list:
            annotation = get_args(annotation)[0]
        if annotation in _KINDS:
            plain = PlainValue(annotation)
            each.get_runtime_param = lambda plain=plain: plain
    return parameters


def parameter_name(parameter: Any) -> str:
    """The name of a parameter in messages: ``NUMBER…`` or ``--limit``."""
    if parameter is None:
        return ""
    return argument_name(parameter) if parameter.param_type_name == "argument" else str(max(parameter.opts, key=len))


def argument_name(argument: Any) -> str:
    """``NUMBER``, or ``NUMBER…`` where several are allowed."""
    name = argument.metavar or argument.name.upper()
    return f"{name}…" if argument.nargs == -1 else str(name)
