"""The catalogues: both languages say the same things, and nothing in a text is ever read as a format."""

import re
from pathlib import Path
from string import Formatter

import pytest

from floorctl import i18n
from floorctl.i18n import LANGUAGES, t, term, use_language

LOCALE = Path(i18n.__file__).parent / "locale"


@pytest.fixture(autouse=True)
def _language_after() -> object:
    before = i18n.language()
    yield
    use_language(before)


def catalogue(language: str) -> dict[str, str]:
    texts = i18n._catalogue(language)._catalog  # type: ignore[attr-defined]
    return {key: text for key, text in texts.items() if key}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_both_languages_have_the_same_keys() -> None:
    chinese, english = catalogue("zh-CN"), catalogue("en")
    assert chinese.keys() == english.keys()
    assert len(chinese) > 500


def test_the_compiled_catalogues_are_those_of_the_sources() -> None:
    for language, folder in LANGUAGES.items():
        sources = "\n".join(path.read_text("utf-8") for path in sorted((LOCALE / folder / "LC_MESSAGES").glob("*.po")))
        written = set(re.findall(r'^msgid "(.+)"$', sources, re.MULTILINE))
        assert catalogue(language).keys() == written


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_and_fills_in_by_name(language: str) -> None:
    for key, text in catalogue(language).items():
        assert text.strip(), key
        assert all(name.isidentifier() for name in places(text)), key


def test_both_languages_fill_in_the_same() -> None:
    chinese, english = catalogue("zh-CN"), catalogue("en")
    differ = {key for key in chinese if places(chinese[key]) != places(english[key])}
    # Plurals and word order may leave one out in one language, never name one that the other does not know.
    assert not {
        key
        for key in differ
        if not (places(chinese[key]) <= places(english[key]) or places(english[key]) <= places(chinese[key]))
    }


def test_every_chinese_text_is_chinese() -> None:
    chinese, english = catalogue("zh-CN"), catalogue("en")
    same = [
        key
        for key in chinese
        if chinese[key] == english[key] and re.search(r"[A-Za-z]{4,} [a-z]{3,} [a-z]{3,}", english[key])
    ]
    assert same == []


@pytest.mark.parametrize("hostile", ["{key}", "{0}", "{", "%s", "{x.__class__}", "[bold]", "\x1b[31m"])
def test_what_is_filled_in_is_never_read_as_a_format(hostile: str) -> None:
    assert hostile in t("error.config_unknown_key", path="p", key=hostile, near="n")


def test_a_key_that_is_not_there_is_its_own_text() -> None:
    assert t("no.such.key") == "no.such.key"
    assert t("no.such.{key}") == "no.such.{key}"
    assert term("seat_state", "levitating") == "levitating"
    assert term("seat_state", "{x}") == "{x}"


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    use_language("en")
    with pytest.raises(KeyError):
        use_language("de")
    assert i18n.language() == "en"
    assert term("seat_state", "ready") != "ready" or t("term.seat_state.ready") == "ready"
    use_language("zh-CN")
    assert re.search(r"[\u4e00-\u9fff]", term("seat_state", "ready"))
