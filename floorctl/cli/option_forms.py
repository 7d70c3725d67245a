"""Accepts options in the forms that input methods and text programs produce.

A Chinese input method writes ``——limit`` or ``－－limit``, a text program turns ``--limit`` into ``–limit``. These are
converted to the option; values of options are left unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Any

from floorctl.text import typed

_NAME = re.compile(r"[A-Za-z][A-Za-z-]*")


def as_option(argument: str, known: Collection[str]) -> str:
    """``argument`` in ASCII form if it is, or resembles, one of the options ``known``; else unchanged."""
    if argument.isascii():
        return argument
    at = next((at for at, char in enumerate(argument) if char in "=＝"), len(argument))
    head, value = typed.plain(argument[:at]), argument[at + 1 :]
    name = head.lstrip("-")
    if name == head or not _NAME.fullmatch(name):
        return argument
    option = f"-{name}" if len(name) == 1 else f"--{name}"
    if option not in known and typed.like(name, {each.lstrip("-") for each in known}) is None:
        return argument
    return f"{option}={value}" if at < len(argument) else option


def as_options(arguments: Sequence[str], parameters: Sequence[Any], *, to_the_end: bool) -> list[str]:
    """``arguments`` with the options of ``parameters`` in ASCII form; ``to_the_end``: also after the first word."""
    options = [each for each in parameters if each.param_type_name == "option"]
    known = {name for each in options for name in each.opts}
    with_value = {name for each in options if not (each.is_flag or each.count) for name in each.opts}
    taken: list[str] = []
    before = ""
    for at, argument in enumerate(arguments):
        if before in with_value:
            before = ""
            taken.append(argument)
            continue
        before = as_option(argument, known)
        if before == "--" or not (to_the_end or before.startswith("-")):
            return [*taken, *arguments[at:]]
        taken.append(before)
    return taken
