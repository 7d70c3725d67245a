"""Whatever is given for whatever parameter: a sentence of ours, never a library's, a type, a pattern or a crash."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from floorctl.cli.parameters import convert_plainly
from floorctl.cli.platform.serve import time_of_day
from floorctl.cli.words import day_of
from floorctl.errors import UsageError
from floorctl.floor.error_words import refused_fields
from floorctl.i18n import language, use_language
from floorctl.rules.commands.apply import check
from floorctl.text.errors import sentence
from floorctl.text.phrases import refusal
from tests.cli.shell import Shell
from tests.cli.test_documented import _commands
from tests.scope import one_in

#: These run on, ask for a password, or change what the others read.
LEFT_OUT = {
    "demo", "platform serve", "sync", "login", "logout", "rekey", "wipe", "handover take", "handover sign",
    "config init", "backup", "restore",
}  # fmt: skip
VALUES = ["", " ", str(10**30), "nan", "9999-12-31", "0001-01-01", "17:00"]
#: What stands for an argument that is not in question.
USUAL = {
    "SEAT": "02", "[SEAT]": "02", "[QUEUE]": "12345", "STATE": "ready", "MODE": "listen", "DEPARTMENT": "市公安局",
    "OUTCOME": "reached", "DECISION": "upheld", "KEEP": "first", "WHAT": "orders", "MONTH": "2026-11", "FACT": "1234",
}  # fmt: skip
#: Of no language of ours: types, patterns and sentences of libraries, names of exceptions.
FOREIGN = re.compile(
    r"Traceback|Expected|regex|\\S|`|\bNone\b|Error|Exception|object at|msgspec|sqlite|invalid literal|isoformat|"
    r"out of range|could not convert|\b(?:str|int|float|bool|dict)\b|没有料到|意外"
)


def _lines(number: str) -> Iterator[tuple[str, ...]]:
    for name, command in _commands():
        if name in LEFT_OUT:
            continue
        parameters = convert_plainly(list(command.params))
        arguments = [each for each in parameters if each.param_type_name == "argument"]
        needed = [each for each in parameters if each.param_type_name == "option" and each.required]
        for each in parameters:
            if getattr(each, "is_flag", False) or each.name.startswith("general_") or each.metavar == "FILE":
                continue
            for value in VALUES:
                line = [*name.split(), *_arguments(arguments, each, value, number)]
                for option in needed:
                    if option is not each:
                        line += [max(option.opts, key=len), "abc"]
                if each.param_type_name == "option":
                    line.append(f"{max(each.opts, key=len)}={value}")
                yield tuple(line)


def _arguments(arguments: list[Any], tried: Any, value: str, number: str) -> Iterator[str]:
    for argument in arguments:
        if argument is tried:
            yield value
        elif argument.required:
            yield number if argument.metavar == "NUMBER" else USUAL.get(argument.metavar, "1")


@pytest.mark.parametrize("part", range(4))
def test_every_parameter_of_every_command_takes_it_or_says_why_not(synced: Shell, tmp_path: Path, part: int) -> None:
    shell = Shell(tmp_path / "terminal", "http://127.0.0.1:9", language="zh-CN", data=synced.data)
    shell.config.write_text(shell.config.read_text("utf-8").replace("timeout = 3", "timeout = 1"), "utf-8")
    number = str(synced.json("orders", "--limit", "1")["items"][0]["number"])
    lines = list(_lines(number))
    assert len(lines) > 800
    wrong = []
    for line in one_in(2, lines[part::4]):  # half of the values of each parameter, others than of its neighbour
        ended = shell(*line)
        said = ended.stderr.replace(str(tmp_path), "")
        if ended.returncode not in range(7) or FOREIGN.search(said):
            wrong.append((line, ended.returncode, said))
    assert wrong == []


@contextmanager
def _speaking(lang: str) -> Iterator[None]:
    before = language()
    use_language(lang)
    try:
        yield
    finally:
        use_language(before)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("order.problem", {"problem": ""}), ("order.problem", {"problem": " \t"}), ("order.problem", {"problem": 3}),
        ("order.problem", {"problem": "x" * 20_001}), ("seat.state", {"state": "asleep"}), ("order.problem", {}),
        ("pause.cancel", {"shift_id": "s", "pause": -1}),
        ("pause.cancel", {"shift_id": "", "pause": None}), ("order.urge", {"level": 9}), ("order.urge", {"level": 1.5}),
        ("order.dispatch", {"department_ids": [], "lead_department_id": "d", "due_at": "soon"}),
        ("order.dispatch", {"department_ids": [""], "lead_department_id": "d"}),
        ("fact.record", {"kind": "training", "day": "2026-02-30"}), ("seat.skills", {"skills": "q-1"}),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_field_is_said_without_its_type_or_pattern(lang: str, kind: str, data: Any) -> None:
    with _speaking(lang):
        (wrong,) = check(kind, data)
        said = sentence(refused_fields([wrong]), str)
    assert not FOREIGN.search(said), said
    assert said.isascii() == (lang == "en") or lang == "en"


def test_blank_is_called_empty_and_long_too_long() -> None:
    with _speaking("en"):
        wrong = {text[:1]: check("order.problem", {"problem": text})[0] for text in ("", " ", "x" * 20_001)}
        said = {text: refusal(each.reason, each.params) for text, each in wrong.items()}
    assert said[""] == said[" "] == "This is empty: something has to be written"
    assert said["x"] == "This is too long: 20000 characters at most"


@pytest.mark.parametrize(
    "line",
    [
        ("audit", "list", "--limit"),
        ("orders", "--limit"),
        ("assess", "facts", "--limit"),
        ("outbox", "--limit"),
        ("assess", "record", "training", "--count"),
        ("urge", "1", "--level"),
    ],
)
def test_what_64_bits_cannot_hold_is_refused_and_what_they_can_is_not_too_large(
    synced: Shell, line: tuple[str, ...]
) -> None:
    for number in (2**63, 10**30, -(10**30)):
        ended = synced(*line, str(number))
        assert (ended.returncode, "9223372036854775807 at most" in ended.stderr) == (2, True), ended.stderr
    most = synced(*line, str(2**63 - 1))
    assert most.returncode != 1 and "at most" not in most.stderr.replace("3 at most", ""), most.stderr


@pytest.mark.parametrize(("option", "value"), [("--seats", "10001"), ("--orders", "999999999"), ("--workers", "999")])
def test_a_platform_that_would_never_be_ready_is_not_begun(shell: Shell, option: str, value: str) -> None:
    ended = shell("platform", "serve", option, value)
    assert (ended.returncode, "at most" in ended.stderr) == (2, True)


@pytest.mark.parametrize(
    "line",
    [
        ("undo",),
        ("outbox", "show"),
        ("outbox", "retry"),
        ("handover", "done"),
        ("order",),
        ("seats", "--limit"),
        ("inspect", "show"),
        ("ack",),
    ],
)
def test_a_number_of_thousands_of_digits_is_none_that_there_is(synced: Shell, line: tuple[str, ...]) -> None:
    for digits in ("9" * 5000, "９" * 5000):
        ended = synced(*line, digits)
        assert ended.returncode in (2, 6), ended.stderr
        assert len(ended.stderr) < 300


def test_what_is_not_found_is_called_as_it_was_typed(synced: Shell) -> None:
    assert synced("message", "02", "--text", "x").returncode == 0
    assert "waits under 1;" in synced("inspect", "resolve", "1", "first", "--reason", "x").stderr


# -- what an error says to write is taken

#: A command with a value that it refuses in place of {}, and what its sentence says to write instead.
SUGGESTED = [
    (("inspect", "list", "--day", "{}"), r"\d{4}-\d\d-\d\d"),
    (("inspect", "scores", "--month", "{}"), r"\d{4}-\d\d(?!-)"),
    (("assess", "facts", "2026-{}"), r"\d{4}-\d\d(?!-)"),
    (("handover", "show", "--day", "{}"), r"\d{4}-\d\d-\d\d"),
    (("orders", "--due-within", "{}"), r"\b(?:\d+[hm])+"),
    (("alerts", "--due-within", "{}"), r"\b(?:\d+[hm])+"),
    (("pauses", "02", "--dry-run", "--within", "{}"), r"\b(?:\d+[hm])+"),
    (("seats", "--state", "{}"), None),
    (("orders", "--state", "{}"), None),
    (("orders", "--line", "{}"), None),
    (("alerts", "--severity", "{}"), None),
    (("outbox", "--state", "{}"), None),
    (("inspect", "results", "--by", "{}"), None),
]


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
@pytest.mark.parametrize(("line", "form"), SUGGESTED, ids=range(len(SUGGESTED)))
def test_what_an_error_says_to_write_is_taken(
    synced: Shell, lang: str, line: tuple[str, ...], form: str | None
) -> None:
    refused = synced(*(each.replace("{}", "17:00") for each in line), "--lang", lang)
    assert refused.returncode == 2
    said = refused.stderr.strip()
    if form is None:
        listed = re.split(r": |：", said)[-1].rstrip("。.")
        suggested = re.split(r", |、|，", listed)
    else:
        suggested = re.findall(form, said.replace("17:00", "", 1))
    assert suggested, said
    for each in suggested:
        written = tuple(part.replace("2026-{}", each).replace("{}", each) for part in line)
        ended = synced(*written, "--lang", lang)
        assert ended.returncode == 0, (each, ended.stderr)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_the_time_that_an_error_says_to_write_is_taken(synced: Shell, lang: str) -> None:
    number = str(synced.json("orders", "--limit", "1")["items"][0]["number"])
    refused = synced("dispatch", number, "市公安局", "--due", "17:00", "--lang", lang)
    (suggested,) = re.findall(r'"([^"]+)"', refused.stderr)
    assert refused.returncode == 2
    assert synced("dispatch", number, "市公安局", "--due", suggested, "--lang", lang).returncode != 2
    with _speaking(lang), pytest.raises(UsageError) as wrong:
        time_of_day("soon", "--at")
    with _speaking(lang):
        (suggested,) = re.findall(r"\d\d:\d\d", sentence(wrong.value, str))
    assert time_of_day(suggested, "--at").isoformat("minutes") == suggested


@pytest.mark.parametrize("text", ["0001-01-01", "1899-12-31", "3000-01-01", "9999-12-31"])
def test_a_day_at_the_ends_of_the_calendar_is_said_to_be_too_far(text: str) -> None:
    with pytest.raises(UsageError, match="day_too_far"):
        day_of(text, "--day")
    assert day_of("2999-12-31", "--day") == date(2999, 12, 31)


@pytest.mark.parametrize("lang", ["en", "zh-CN"])
def test_a_configuration_that_is_no_toml_is_told_by_line_and_column(tmp_path: Path, lang: str) -> None:
    shell = Shell(tmp_path / "terminal", language=lang)
    for broken, place in (('language = "en"\nx = = 1\n', ("2", "5")), ('language = "en', ())):
        shell.config.write_text(broken, "utf-8")
        ended = shell("status", "--lang", lang)
        assert ended.returncode == 2
        assert all(each in ended.stderr for each in place)
        assert not re.search(r"at line|Invalid|Expected|Unterminated", ended.stderr)


def test_what_the_system_says_is_said_in_the_language_in_use() -> None:
    error = UsageError("error.file_unreadable", path="x", reason="Permission denied")
    with _speaking("zh-CN"):
        assert "没有权限" in sentence(error, str) and "denied" not in sentence(error, str)
    with _speaking("en"):
        assert "Permission denied" in sentence(error, str)


@pytest.mark.parametrize(
    "line", [("order", ""), ("ack", " "), ("step", "1", "", "--note", "x"), ("inspect", "show", "")]
)
def test_nobody_is_told_to_leave_out_what_is_needed(synced: Shell, line: tuple[str, ...]) -> None:
    ended = synced(*line)
    assert (ended.returncode, "is empty; write a value for it." in ended.stderr) == (2, True), ended.stderr
    assert "or leave it out" in synced("orders", "--sort=").stderr
