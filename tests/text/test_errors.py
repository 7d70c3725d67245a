"""A refusal as people read it: what a rule says, by the words of the floor, without the names of fields."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.config import load
from floorctl.errors import NotAllowedError, NotFoundError, RefusedError, UsageError
from floorctl.floor.error_words import refused_fields
from floorctl.floor.error_words import sentence as said_on_screen
from floorctl.i18n import language, use_language
from floorctl.rules.commands.refusal import refused
from floorctl.sync.platform.wire import FieldError
from floorctl.text.errors import field_reasons, field_word, sentence
from floorctl.text.safe import visible
from tests.catalogues import texts
from tests.internal_words import internal_words


@pytest.fixture(autouse=True)
def language_back() -> Iterator[None]:
    before = language()
    yield
    use_language(before)


def refusal(field: str, reason: str) -> RefusedError:
    return refused_fields(refused(field, reason).errors)


@pytest.mark.parametrize("speech", ["zh-CN", "en"])
def test_a_refusal_says_its_reason_and_no_field(speech: str) -> None:
    use_language(speech)
    for error in (refusal("target", "already_handled"), refusal("state", "already_handled")):
        words = sentence(error, visible)
        assert words == said_on_screen(error)
        assert not re.search("target|state|FieldError|field=", words)
        assert words.rstrip("。.").endswith({"zh-CN": "不能再催办", "en": "can no longer be urged"}[speech])
        assert len(re.findall("[。.]", words)) == 1


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[platform]\nurl = "https://a"\nurl = "https://b"\n', "line 3 has a key or a section that stands further up"),
        (
            '[platform]\nurl = "https://a"\n[terminal]\n[platform]\n',
            "line 4 has a key or a section that stands further up",
        ),
        ("[platform]\nurl = “https://a”\n", "line 2, column 7 can't be read"),
    ],
)
def test_a_key_or_a_section_that_stands_twice_is_said_to(tmp_path: Path, text: str, says: str) -> None:
    use_language("en")
    path = tmp_path / "floorctl.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as refused:
        load(path)
    assert says in sentence(refused.value, visible)


def test_a_field_that_people_filled_in_is_called_by_its_word() -> None:
    use_language("zh-CN")
    assert sentence(refusal("due_at", "missing"), visible) == "时限：缺少此项。"
    use_language("en")
    assert sentence(refusal("due_at", "missing"), visible) == "Due: This is missing."


def test_a_field_without_a_word_is_not_named() -> None:
    use_language("zh-CN")
    assert field_word("base_of_something") == ""
    fields = [FieldError("base_of_something", "不行"), FieldError("level", "太高")]
    assert field_reasons(fields) == "不行；催办级别：太高"
    assert field_word("seat_ids[2]") == "坐席（第 3 项）", "people count from one"
    assert field_word("steps[0].note") == field_word("steps[0]")


def test_an_error_of_one_value_is_said_as_before() -> None:
    use_language("zh-CN")
    words = sentence(NotFoundError("error.no_such_seat", id="x\x1b[0m"), visible)
    assert "x␛[0m" in words


def test_a_count_chooses_the_form_of_its_words() -> None:
    use_language("en")
    assert sentence(NotAllowedError("error.too_many_tries", n=1), visible).endswith("1 minute.")
    assert sentence(NotAllowedError("error.too_many_tries", n=5), visible).endswith("5 minutes.")


@pytest.mark.parametrize("speech", ["zh-CN", "en"])
def test_several_reasons_are_one_sentence_with_one_full_stop(speech: str) -> None:
    use_language(speech)
    fields = [FieldError("target", "One is wrong."), FieldError("target", "二不对。"), FieldError("note", "three")]
    said = sentence(UsageError("error.refused_fields", fields=fields), visible)
    assert not re.search(r"[。.][；;。.]", said) and said[-1] in "。." and len(re.findall("[；;]", said)) == 2


@pytest.mark.parametrize("speech", ["zh-CN", "en"])
@pytest.mark.parametrize(
    ("key", "params", "says"),
    [
        ("error.no_such_choice", {"option": "--x", "value": "", "known": "a"},
         {"zh-CN": "不能是 （空）", "en": "be (nothing)"}),
        ("error.no_such_seat", {"id": " "}, {"zh-CN": "坐席 （空）", "en": "(nothing)"}),
        ("error.no_such_team", {"team": "", "known": "a"}, {"zh-CN": "班组“（空）”。", "en": "team “(nothing)”."}),
        ("error.file_unreadable", {"path": "x", "reason": ""},
         {"zh-CN": "：原因不明。", "en": ": no reason was given."}),
        ("error.no_such_order", {"id": "9" * 300}, {"zh-CN": "9" * 59 + "…", "en": "9" * 59 + "…"}),
    ],
)  # fmt: skip
def test_a_sentence_has_no_hole_where_nothing_was_given(
    speech: str, key: str, params: dict[str, str], says: dict[str, str]
) -> None:
    use_language(speech)
    assert says[speech] in sentence(UsageError(key, **params), visible)


@pytest.mark.parametrize("speech", ["zh-CN", "en"])
def test_the_cockpit_calls_nothing_by_an_id_that_a_command_names(speech: str) -> None:
    use_language(speech)
    with_ids = [key for key, text in texts(speech).items() if key.startswith("error.") and "{id}" in text]
    assert len(with_ids) > 15
    for key in with_ids:
        error = NotFoundError(key, id="s-1f2e", state="waiting")
        assert "s-1f2e" in sentence(error, visible)
        on_screen = said_on_screen(error)
        assert not internal_words(on_screen, speech, {"s-1f2e"}), on_screen
        assert "{" not in on_screen


def test_several_values_are_listed_and_no_type_of_the_program_shows() -> None:
    use_language("zh-CN")
    assert sentence(UsageError("error.no_such_team", team="乙", known=("甲", "丙")), visible).endswith("甲、丙")
