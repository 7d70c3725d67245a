"""What a process that runs hundreds of cockpits one after the other does once or cheaply, where a terminal runs one.

Nothing here changes what the program does: style sheets that are parsed already are not parsed again, the garbage
collector does not look through the imported modules time and again, and what is made of a password or a passphrase so
that guessing takes long, takes no time. It saves a third of the time of the screens' tests.
"""

import gc
from typing import Any

from argon2 import PasswordHasher, low_level
from textual.css.model import RuleSet
from textual.css.stylesheet import CssSource, Stylesheet

_CHEAP = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
_parse = Stylesheet.parse
#: By the variables, then by the sources: the rules, and which of them speak of what.
_parsed: dict[Any, dict[Any, tuple[list[RuleSet], dict[str, list[RuleSet]]]]] = {}


def parse_style_sheets_once() -> None:
    """Let the style sheets of one cockpit serve the next one; Textual parses each of them three times a start."""

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
    """Make argon2id hashes and keys that cost nothing.

    A hash says itself how it was made: any process can verify it. The key of a passphrase is another one than that of
    a terminal: processes that share one all do this, or none.
    """
    cheap, hashed, key_of = PasswordHasher(**_CHEAP), PasswordHasher.hash, low_level.hash_secret_raw

    def hash_of(_self: PasswordHasher, password: str | bytes, *, salt: bytes | None = None) -> str:
        return hashed(cheap, password, salt=salt)

    def cheap_key_of(secret: bytes, salt: bytes, **given: Any) -> bytes:
        return key_of(secret, salt, **{**given, **_CHEAP})

    PasswordHasher.hash = hash_of  # type: ignore[method-assign]
    low_level.hash_secret_raw = cheap_key_of


def collect_garbage_seldom() -> None:
    """Leave what is there out of every collection, and collect far less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(2_000_000, 50, 100)


def collect_garbage_once_more() -> None:
    """Collect what the tests left, so that pytest, which does so five times, has little to look through."""
    gc.collect()
    gc.freeze()
