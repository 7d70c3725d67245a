"""The catalogues: every text that a user reads stands there once, under a key; Simplified Chinese first.

Keys are dotted (``orders.overdue``). The sources are ``locale/<language>/LC_MESSAGES/<area>.po``, one file an area;
``make messages`` compiles all areas of a language into one ``floorctl.mo``.
"""

import gettext
import re
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"zh-CN": "zh_CN", "en": "en"}
DEFAULT_LANGUAGE = "zh-CN"

_current = DEFAULT_LANGUAGE
#: ``{rows:row|rows}``: the word that goes with a number.
_COUNTED = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


@lru_cache(maxsize=4)
def _catalogue(language: str) -> gettext.GNUTranslations:
    # Not importlib.resources: it costs more to import than the whole catalogue to read.
    path = Path(__file__).parent / "locale" / LANGUAGES[language] / "LC_MESSAGES" / "floorctl.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def language_named(name: str) -> str | None:
    """The language that is meant: ``EN``, ``zh_CN`` and ``zh`` are, too."""
    wanted = name.casefold().replace("_", "-")
    return next((each for each in LANGUAGES if wanted in (each.casefold(), each.partition("-")[0])), None)


def use_language(language: str) -> None:
    """Make ``language`` (``zh-CN`` or ``en``) the language of every ``t`` from now on.

    Raises:
        KeyError: the language is not one of ``LANGUAGES``.
    """
    global _current  # noqa: PLW0603  one process speaks one language at a time
    if language not in LANGUAGES:
        raise KeyError(language)
    _current = language


def language() -> str:
    """The language in use."""
    return _current


def t(key: str, /, **params: object) -> str:
    """Return the text under ``key`` with its ``{named}`` places filled by ``params``; ``n`` chooses among plural forms.

    A text that counts several things has the words for each number in it: ``{rows} {rows:row|rows}``.

    Texts come from our catalogues only, so a parameter from outside is never read as a format. A key that the catalogue
    lacks is returned as it is; a test makes sure that there is none.
    """
    catalogue = _catalogue(_current)
    n = params.get("n")
    text = catalogue.ngettext(key, key, n) if isinstance(n, int) else key
    if text == key:
        text = catalogue.gettext(key)
    if not params:
        return text
    return _COUNTED.sub(lambda found: _counted(found, params), text).format(**params)


def _counted(found: re.Match[str], params: dict[str, object]) -> str:
    """The word for one or the word for several, whichever goes with the number that is counted."""
    name, one, several = found.groups()
    return one if str(params[name]).strip() in ("1", "1.0") else several


def in_each_language(key: str) -> tuple[str, ...]:
    """The text under ``key`` in every language: a file is in that of whoever filled it in."""
    return tuple(_catalogue(each).gettext(key) for each in LANGUAGES)


def failure(reason: str) -> str:
    """The words for why a command waits again.

    ``reason`` is an error's key, with the answer's status where there was one; anything else, as a person gave it,
    stays as it is.
    """
    key, _, status = reason.partition(" ")
    name = key.removeprefix("error.")
    words = term("failure", name)
    return reason if words == name or (status and not status.isdigit()) else f"{words} {status}".rstrip()


def term(area: str, value: str) -> str:
    """Return the word for an enumerated ``value`` (``term("seat_state", "ready")``); a new one is its own word."""
    key = f"term.{area}.{value}"
    text = _catalogue(_current).gettext(key)
    return value if text == key else text
