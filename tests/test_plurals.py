"""English says one thing and several things by their own words, however many numbers a text has."""

import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from floorctl import i18n

FOLDER = Path(i18n.__file__).parent / "locale" / "en" / "LC_MESSAGES"
#: Words behind a value that are no thing that is counted, though they end as one.
NOT_COUNTED = frozenset({
    "is", "was", "has", "holds", "needs", "takes", "gives", "says", "stays", "stands", "exists", "goes", "tells",
    "lacks", "names", "answers", "does", "knows", "belongs", "keeps", "waits", "always", "plus", "others", "makes",
    "as", "ms", "s", "its", "this", "bonus", "fits", "ends", "begins", "applies", "leaves", "leads",
})  # fmt: skip
#: A name of a queue; the least length of a passphrase and what a terminal keeps of a line, which are never one.
ONLY_SEVERAL = {
    ("queue", "alerts.title.queue_surge"),
    ("least", "error.passphrase_short"),
    ("most", "error.typed_too_long"),
}
THINGS = re.compile(r"\{(\w+)\} (?:more |unsent |further |whole |wrong |answered |of the |new )*([a-z]+)\b")
ONE = frozenset({
    "day", "minute", "hour", "second", "order", "seat", "row", "line", "call", "alert", "act", "entry", "sample",
    "score", "person", "item", "time", "step",
})  # fmt: skip


def _texts() -> list[tuple[str, str]]:
    found = []
    for path in sorted(FOLDER.glob("*.po")):
        with path.open("rb") as file:
            found += [(str(each.id), each.string) for each in read_po(file) if each.id and isinstance(each.id, str)]
    return [(key, text) for key, text in found if isinstance(text, str)]


def test_every_number_before_a_thing_has_the_words_for_one_and_for_several() -> None:
    texts = _texts()
    assert len(texts) > 2000
    wrong = []
    for key, text in texts:
        for name, word in THINGS.findall(text):
            several = word == "people" or (word.endswith("s") and word not in NOT_COUNTED)
            if (name, key) not in ONLY_SEVERAL and (several or word in ONE) and f"{{{name}:" not in text:
                wrong.append(f"{key}: {{{name}}} {word}")
    assert wrong == []


def test_the_word_goes_with_its_number() -> None:
    before = i18n.language()
    i18n.use_language("en")
    try:
        for seats, orders, said in (
            (1, 2, "1 seat, 2 orders"),
            (2, 1, "2 seats, 1 order"),
            (0, 0, "0 seats, 0 orders"),
        ):
            assert said in i18n.t("cli.sync.done", at="x", seats=seats, orders=orders)
        assert "1 row " in i18n.t("rules.trail.export", about="x", rows="1", format="csv")
        hostile = "{0.__class__} {seats:a|b} %s"
        assert hostile in i18n.t("cli.sync.done", at=hostile, seats=1, orders=1)
    finally:
        i18n.use_language(before)


@pytest.mark.parametrize("lang", list(i18n.LANGUAGES))
def test_no_text_is_left_with_the_marks_of_counting(lang: str) -> None:
    before = i18n.language()
    i18n.use_language(lang)
    try:
        assert "|" not in i18n.t("breaks.ask.postpone", n=1, kinds="x", who="y", window="z", minutes=1)
    finally:
        i18n.use_language(before)
