"""What an argument's text becomes: the few kinds of values that our options take.

Typer would turn them with pydantic, which takes longer to import than ``floorctl status`` takes to answer.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_origin

from floorctl.errors import UsageError

_KINDS: dict[Any, Callable[[Any], Any]] = {bool: bool, str: str, int: int, float: float, Path: Path}


class PlainValue:
    """Turns the text of one parameter into a bool, str, int, float or Path, or into a list of these."""

    def __init__(self, kind: Callable[[Any], Any]) -> None:
        self._kind = kind

    def coerce(self, value: Any, *, param: Any, ctx: Any) -> Any:
        """What the command is given for ``value`` (None: nothing was said).

        Raises:
            UsageError: it is not of this kind.
        """
        several = param.multiple or param.nargs == -1
        if value is None:
            return () if several else None
        try:
            return tuple(self._kind(each) for each in value) if several else self._kind(value)
        except (ValueError, OverflowError) as error:
            raise UsageError("error.bad_parameter", name=parameter_name(param)) from error


def turn_plainly(parameters: list[Any]) -> list[Any]:
    """Have every one of ``parameters`` that is of a known kind turned here instead of by Typer."""
    for each in parameters:
        annotation = getattr(getattr(each, "type_descriptor", None), "annotation", None)
        if get_origin(annotation) is list:
            annotation = get_args(annotation)[0]
        if (kind := _KINDS.get(annotation)) is not None:
            plain = PlainValue(kind)
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
