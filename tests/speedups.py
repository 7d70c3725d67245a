"""Speed-ups for a process that runs hundreds of cockpits in turn, where a terminal runs one.

They don't change what the program does: parsed style sheets are reused, the garbage collector skips imported modules,
and password hashes and passphrase keys are computed at minimal cost. They save a third of the time of the screens'
tests.
"""

import gc
from typing import Any

from argon2 import PasswordHasher, low_level
from textual.css.model import RuleSet
from textual.css.stylesheet import CssSource, Stylesheet

_CHEAP: dict[str, Any] = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
_parse = Stylesheet.parse
#: Variables → sources → the rules, and the rules by selector.
_parsed: dict[Any, dict[Any, tuple[list[RuleSet], dict[str, list[RuleSet]]]]] = {}


def parse_style_sheets_once() -> None:
    """Reuse parsed style sheets between cockpits; Textual parses each of them three times per start."""

    def parsed(self: Stylesheet) -> None:
        same = _parsed.setdefault(frozenset(self._variables.items()), {})
        sources: tuple[tuple[Any, CssSource], ...] = tuple(self.source.items())
        if sources not in same:
            _parse(self)
            same[sources] = self._rules, self.rules_map
        self._rules, self._rules_map = same[sources]
        self._require_parse = False

    Stylesheet.parse = parsed  # type: ignore[method-assign]
    Stylesheet.reparse = parsed  # type: ignore[method-assign]


def hash_cheaply() -> None:
    """Compute argon2id hashes and keys with minimal cost parameters.

    A hash contains its parameters, so any process can verify it. A key made of a passphrase differs from the one of a
    real terminal: processes that share data must all call this, or none.
    """
    cheap, hashed, key_of = PasswordHasher(**_CHEAP), PasswordHasher.hash, low_level.hash_secret_raw

    def hash_of(self: PasswordHasher, password: str | bytes, *, salt: bytes | None = None) -> str:
        return hashed(cheap, password, salt=salt)

    def cheap_key_of(secret: bytes, salt: bytes, *costs: Any, **given: Any) -> bytes:
        return key_of(secret, salt, *costs, **{**given, **_CHEAP})

    PasswordHasher.hash = hash_of  # type: ignore[method-assign]
    low_level.hash_secret_raw = cheap_key_of


def collect_garbage_seldom() -> None:
    """Exclude existing objects from garbage collection, and collect far less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000_000, 50, 100)


def collect_garbage_once_more() -> None:
    """Collect and freeze what the tests left, because pytest collects five times at its end."""
    gc.collect()
    gc.freeze()
