"""What a process that runs hundreds of cockpits one after the other does once, where a floor terminal runs one.

Nothing here changes what the program does: style sheets that are parsed already are not parsed again, and the garbage
collector does not look through the imported modules time and again. It saves a third of the time of the screens' tests.
"""

import gc
from typing import Any

from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

_parse_rules = Stylesheet._parse_rules
_parsed: dict[tuple[Any, ...], list[RuleSet]] = {}


def parse_style_sheets_once() -> None:
    """Let the style sheets of one cockpit serve the next one; Textual parses each of them three times a start."""

    def parsed(self: Stylesheet, css: str, *arguments: Any, **named: Any) -> list[RuleSet]:
        variables = frozenset(self._variables.items())
        key = (variables, css, *arguments, *named.values())
        if key not in _parsed:
            _parsed[key] = _parse_rules(self, css, *arguments, **named)
        return _parsed[key]

    Stylesheet._parse_rules = parsed  # type: ignore[method-assign]


def collect_garbage_seldom() -> None:
    """Leave what is there out of every collection, and collect a hundredth as often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(70_000, 50, 100)
