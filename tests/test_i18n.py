"""The catalogues: both languages say the same things, and nothing in a text is ever read as a format."""

import ast
import re
from string import Formatter

import pytest

from floorctl import i18n
from floorctl.floor.audit_words import _UNSAID
from floorctl.i18n import LANGUAGES, failure, t, term, use_language
from floorctl.sync.platform.errors import (
    BrokenAnswer,
    Expired,
    PlatformError,
    TryLater,
    Unauthorized,
    Unreachable,
    Untrusted,
)
from tests.catalogues import texts
from tests.sources import program


@pytest.fixture(autouse=True)
def _language_after() -> object:
    before = i18n.language()
    yield
    use_language(before)


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_there_and_fills_in_by_name(language: str) -> None:
    for key, text in texts(language).items():
        assert text.strip(), key
        assert all(name.isidentifier() for name in places(text)), key


def test_every_chinese_text_is_chinese() -> None:
    chinese, english = texts("zh-CN"), texts("en")
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


def failures() -> list[PlatformError]:
    """One of every kind of error that a command which waits again can have met."""
    broken = [BrokenAnswer(each) for each in ("html", "redirect", "json", "large", "other")]
    return [Unreachable(), Untrusted(), TryLater(503, None), Expired(), Unauthorized(), *broken]


@pytest.mark.parametrize("error", failures(), ids=lambda error: error.key)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_why_a_command_waits_again_has_words(lang: str, error: PlatformError) -> None:
    use_language(lang)
    assert failure(error.key) == t(f"term.failure.{error.key.removeprefix('error.')}")
    assert "error." not in failure(f"{error.key} 503")
    assert failure(f"{error.key} 503").endswith(" 503")
    use_language("zh-CN")


def test_a_number_chooses_its_form_in_english_and_has_one_in_chinese() -> None:
    use_language("en")
    assert [t("cli.sync.waiting", n=n) for n in (1, 2)] == [
        "1 command still waits to be sent.",
        "2 commands still wait to be sent.",
    ]
    assert (t("orders.total", n=0), t("orders.total", n=1), t("orders.total", n=1234)) == (
        "0 orders",
        "1 order",
        "1,234 orders",
    )
    assert [t("term.next_step.leaver", n=n) for n in (1, 2)] == ["leaver", "leavers"]
    use_language("zh-CN")
    assert t("cli.sync.waiting", n=1).replace("1", "2") == t("cli.sync.waiting", n=2)


def test_what_a_person_gave_as_a_reason_stays_as_it_is() -> None:
    assert failure("error.x") == "error.x"
    assert failure("error.network_try_later 503 x") == "error.network_try_later 503 x"
    assert failure("另一终端已办") == "另一终端已办"


def _last(called: ast.expr) -> str:
    """The last part of the name of what is called."""
    return called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")


def told_in_the_trail() -> tuple[set[str], set[str]]:
    """What the source writes into the audit trail: the names of what happened, and of the details told with it."""
    happened, details = set[str](), set[str]()
    for nodes in program().values():
        for call in nodes:
            if not isinstance(call, ast.Call) or not _last(call.func).endswith(_LAST):
                continue  # to write the name of every call out takes seconds
            if not ast.unparse(call.func).endswith(_WRITERS):
                continue
            texts = [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
            happened.update(texts[:1])
            for told in (each.value for each in call.keywords if each.arg == "detail"):
                dicts = (each for each in ast.walk(told) if isinstance(each, ast.Dict))
                details.update(str(key.value) for each in dicts for key in each.keys if isinstance(key, ast.Constant))
    return happened, details


_WRITERS = ("journal.audit", "trail.audit", "audit_chain.append", "rows.update", "_tell")
_LAST = tuple(each.rpartition(".")[2] for each in _WRITERS)


@pytest.mark.xdist_group("sources")
def test_all_that_is_told_in_the_audit_trail_has_words() -> None:
    happened, details = told_in_the_trail()
    assert {"made", "sending", "lost_there", "sign_in", "lost"} <= happened
    assert {"employee_no", "roles"} <= details
    known = texts("zh-CN").keys()
    assert [each for each in sorted(happened) if f"term.audit.{each}" not in known] == []
    assert [each for each in sorted(details - _UNSAID) if f"term.audit_detail.{each}" not in known] == []


def test_an_unknown_language_is_refused_and_changes_nothing() -> None:
    use_language("en")
    with pytest.raises(KeyError):
        use_language("de")
    assert i18n.language() == "en"
    assert term("seat_state", "ready") != "ready" or t("term.seat_state.ready") == "ready"
    use_language("zh-CN")
    assert re.search(r"[\u4e00-\u9fff]", term("seat_state", "ready"))
