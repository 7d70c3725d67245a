"""The catalogues' sources, as the tests of texts read them."""

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from floorctl import i18n
from floorctl.i18n import LANGUAGES

LOCALE = Path(i18n.__file__).parent / "locale"


def key_of(message: Message) -> str:
    """The key under which a text stands; one with plural forms names it twice."""
    return message.id if isinstance(message.id, str) else message.id[0]


def text_of(message: Message) -> str:
    """The text; of one with plural forms, those forms one below the other."""
    return message.string if isinstance(message.string, str) else "\n".join(message.string or ())


def _messages(language: str, area: str) -> Iterator[Message]:
    for source in sorted((LOCALE / LANGUAGES[language] / "LC_MESSAGES").glob(f"{area}.po")):
        with source.open("rb") as file:
            yield from (message for message in read_po(file) if message.id)


def texts(language: str, area: str = "*") -> dict[str, str]:
    """Key → text of one area of a language (``zh-CN`` or ``en``), or of all."""
    return {key_of(message): text_of(message) for message in _messages(language, area)}


def with_plurals(language: str) -> set[str]:
    """The keys of texts that a number chooses among."""
    return {key_of(message) for message in _messages(language, "*") if not isinstance(message.id, str)}
