"""The catalogues: every text that a user reads, once under a key, in Simplified Chinese and English.

Keys are dotted (``orders.overdue``). The sources are ``locale/<language>/LC_MESSAGES/<area>.po``, one file per area;
``make messages`` compiles all areas of a language into one ``floorctl.mo``.
"""

import gettext
import re
from functools import lru_cache
from pathlib import Path

LANGUAGES = {"zh-CN": "zh_CN", "en": "en"}
DEFAULT_LANGUAGE = "zh-CN"

_current = DEFAULT_LANGUAGE
#: ``{rows:row|rows}``: the word for one or for several, depending on the parameter ``rows``.
_COUNTED = re.compile(r"\{(\w+):([^{}|]*)\|([^{}|]*)\}")


@lru_cache(maxsize=4)
def _catalogue(language: str) -> gettext.GNUTranslations:
    # Not importlib.resources: importing that takes longer than reading the whole catalogue.
    path = Path(__file__).parent / "locale" / LANGUAGES[language] / "LC_MESSAGES" / "floorctl.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def language_named(name: str) -> str | None:
    """Return the language that ``name`` denotes (``EN``, ``zh_CN`` and ``zh`` are accepted too), or None."""
    wanted = name.casefold().replace("_", "-")
    return next((each for each in LANGUAGES if wanted in (each.casefold(), each.partition("-")[0])), None)


def use_language(language: str) -> None:
    """Make ``language`` (``zh-CN`` or ``en``) the language of all following calls of ``t``.

    Raises:
        KeyError: the language is not one of ``LANGUAGES``.
    """
    global _current  # noqa: PLW0603  one process speaks one language at a time
    if language not in LANGUAGES:
        raise KeyError(language)
    _current = language


def language() -> str:
    """Return the language in use."""
    return _current


def t(key: str, /, **params: object) -> str:
    """Return the text under ``key`` with its ``{named}`` fields filled from ``params``; ``n`` selects the plural form.

    A text with several counts contains the words for each number: ``{rows} {rows:row|rows}``.

    Formats come from our catalogues only: a parameter is never interpreted as a format. A key that the catalogue lacks
    is returned unchanged; a test ensures that there is none.
    """
    catalogue = _catalogue(_current)
    n = params.get("n")
    text = catalogue.ngettext(key, key, n) if isinstance(n, int) else key
    if text == key:
        text = catalogue.gettext(key)
    if not params:
        return text
    return _COUNTED.sub(lambda match: _counted(match, params), text).format(**params)


def _counted(match: re.Match[str], params: dict[str, object]) -> str:
    """Return the word for one or the word for several, depending on the number."""
    name, one, several = match.groups()
    return one if str(params[name]).strip() in ("1", "1.0") else several


def in_each_language(key: str) -> tuple[str, ...]:
    """Return the text under ``key`` in every language: a file may be in the language of whoever filled it in."""
    return tuple(_catalogue(each).gettext(key) for each in LANGUAGES)


def failure(reason: str) -> str:
    """Return the words for why a command is sent again later.

    ``reason`` is an error's key, followed by the HTTP status if there was an answer; any other text, as a person
    entered it, is returned unchanged.
    """
    key, _, status = reason.partition(" ")
    name = key.removeprefix("error.")
    words = term("failure", name)
    return reason if words == name or (status and not status.isdigit()) else f"{words} {status}".rstrip()


def term(area: str, value: str) -> str:
    """Return the word for an enumerated ``value`` (``term("seat_state", "ready")``), or ``value`` if there is none."""
    key = f"term.{area}.{value}"
    text = _catalogue(_current).gettext(key)
    return value if text == key else text
