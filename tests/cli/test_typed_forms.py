"""Numbers, names, ids, days and choices mean the same in full width, with blanks around and with what nobody sees."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.cli.parameters import PlainValue, convert_plainly
from floorctl.cli.seats.acts import queue_id
from floorctl.cli.targets import find_ids
from floorctl.errors import NotFoundError, UsageError
from tests.cli.shell import Shell
from tests.cli.test_documented import _commands
from tests.platforms import PlatformProcess
from tests.text.test_typed import full_width

#: Taken as they are written: what people write for people, and names of files.
FREE = ("TEXT", "FILE", "ID=TEXT")
SAMPLES = {
    "int": ["7", "1001", "-3"],
    "float": ["1.5", "60"],
    "str": ["1001", "ready", "2026-03-05", "17:00", "30m", "s-02"],
}


def _parameters() -> list[tuple[str, Any, PlainValue]]:
    found = []
    for name, command in _commands():
        for each in convert_plainly(list(command.params)):
            kind = getattr(each, "get_runtime_param", lambda: None)()
            if isinstance(kind, PlainValue):
                found.append((f"{name} {each.name}", each, kind))
    return found


PARAMETERS = _parameters()


def test_every_parameter_is_looked_at() -> None:
    assert len(PARAMETERS) > 150


@settings(max_examples=25)
@given(form=st.sampled_from([full_width, lambda text: f" {text}　", lambda text: f"\ufeff{text}\u200b", "{},".format]))
def test_every_parameter_takes_every_form(form: Callable[[str], str]) -> None:
    for name, each, kind in PARAMETERS:
        type_name = kind.kind.__name__
        several = each.multiple or each.nargs == -1
        for plain in SAMPLES.get(type_name, ()):
            given_, usual = form(plain), plain
            if (each.metavar in FREE and each.name != "search") or (type_name == "str" and given_.endswith(",")):
                continue
            wrapped, expected = ((given_,), (usual,)) if several else (given_, usual)
            got = kind.coerce(wrapped, param=each, ctx=None)
            assert got == kind.coerce(expected, param=each, ctx=None), name


@pytest.mark.parametrize("text", ["　ｎｏｔｅ： １００１ ", "\u200bx", " x "])
def test_texts_that_people_write_stay_as_they_are_written(text: str) -> None:
    free = [(each, kind) for _, each, kind in PARAMETERS if each.metavar == "TEXT" and each.name != "search"]
    assert len(free) > 15
    for each, kind in free:
        several = each.multiple or each.nargs == -1
        assert kind.coerce((text,) if several else text, param=each, ctx=None) == ((text,) if several else text)


# -- signing in


@pytest.mark.parametrize("form", [" {} ", "　{}", "{}\u200b", "\ufeff{}", "{},", "full", "parted"])
def test_the_employee_number_in_any_form_signs_in_and_counts_as_no_try(
    platform: PlatformProcess, tmp_path: Path, form: str
) -> None:
    number, password = platform.accounts["supervisor"]
    shell = Shell(tmp_path / "one", platform.url)
    forms = {"full": full_width(number), "parted": f"{number[0]} {number[1:3]} {number[3:]}"}
    given_ = forms.get(form) or form.format(number)
    ended = shell("login", "--employee-no", given_, "--password-stdin", stdin=f"{password}\n")
    assert ended.returncode == 0, ended.stderr
    assert shell.json("whoami")["person_id"] == f"p-{number}"


@pytest.mark.parametrize("wrong", ["10 o1", "l00l", "", " ", "1001/1002", "ten", "x" * 99])
def test_what_can_be_nobodys_number_is_no_wrong_password(synced: Shell, platform: PlatformProcess, wrong: str) -> None:
    for _ in range(6):  # one more than what locks a terminal
        ended = synced("login", "--employee-no", wrong, "--password-stdin", stdin="wrong\n")
        assert ended.returncode in (1, 2), ended.stderr  # 1: the platform has had enough of this one
        assert "wrong password" not in ended.stderr.replace("does not count as a wrong password", "")
    synced.sign_in(platform)  # the terminal is not closed
    assert synced("whoami").returncode == 0


# -- commands


def _number(shell: Shell, at: int) -> str:
    items = shell.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
    return str([each for each in items if not each["urges"]][at]["number"])


FORMS: list[Callable[[str], str]] = [
    full_width, lambda n: f" {n} ", lambda n: f"{n[:4]} {n[4:8]} {n[8:]}", lambda n: f"{n[:4]}-{n[4:]}",
    lambda n: f"{n}，", lambda n: f"\u2068{n}\u2069",
]  # fmt: skip


@pytest.mark.parametrize("at", range(len(FORMS)))
def test_an_order_is_found_by_its_number_in_any_form(synced: Shell, at: int) -> None:
    number = _number(synced, 0)
    assert synced.json("order", FORMS[at](number))["number"] == number
    assert synced.json("orders", "--search", FORMS[at](number))["total"] == 1


def test_a_pasted_list_is_every_number_in_it(synced: Shell) -> None:
    one, two, three = (_number(synced, at) for at in range(3))
    told = synced.json("urge", f"{one}，{full_width(two)}、\n{three}", one, "--level", "１")
    assert [each["target"] for each in told["results"]] == [one, two, three]


def test_nothing_in_a_list_is_a_missing_number(synced: Shell) -> None:
    for nothing in ("", " ", "，", "\u200b"):
        assert synced("urge", nothing).returncode == 2


def timeless(said: str) -> str:
    """What a command said without the times that run, and what room they take: a second may lie between two of them."""
    return re.sub(r"[─ ]+", " ", re.sub(r"-?\d+:\d\d|(?:\d+[dhms] ?)+", "…", said))


@pytest.mark.parametrize(
    ("plain", "other"),
    [
        (("seats", "--state", "talking,wrap_up"), ("seats", "--state", "ＴＡＬＫＩＮＧ， wrap_up、")),
        (("seats", "--zone", "A"), ("seats", "--zone", "　Ａ ")),
        (("orders", "--line", "12345", "--limit", "3"), ("orders", "--line", "１２３４５", "--limit", "　３ ")),
        (("orders", "--due-within", "2h"), ("orders", "--due-within", "２ｈ")),
        (("orders", "--sort", "-received"), ("orders", "--sort", "－received")),
        (("assess", "2026-03"), ("assess", "２０２６－０３")),
        (("assess", "2026-03"), ("assess", " 2026年3月")),
        (("assess", "facts", "2026-03"), ("assess", "facts", "2026/03")),
        (("inspect", "list", "--day", "2026-03-05"), ("inspect", "list", "--day", "２０２６－０３－０５")),
        (("inspect", "scores", "--month", "2026-03"), ("inspect", "scores", "--month", "2026年3月")),
        (("queues", "--limit", "1"), ("ｑｕｅｕｅｓ", "--limit", "１,")),
        (("inspect", "list"), ("inspect", "ｌｉｓｔ")),
        (("whoami", "--lang", "en"), ("whoami", "--lang", " ｅｎ ")),
        (("whoami", "--lang", "en"), ("whoami", "--lang", "EN")),
        (("whoami", "--lang", "zh-CN"), ("whoami", "--lang", "zh_cn")),
    ],
)  # fmt: skip
def test_a_command_answers_the_same(synced: Shell, plain: tuple[str, ...], other: tuple[str, ...]) -> None:
    usual, form = synced(*plain), synced(*other)
    assert (form.returncode, timeless(form.stdout)) == (usual.returncode, timeless(usual.stdout)), form.stderr


def test_seats_queues_departments_and_times_are_found_in_any_form(synced: Shell) -> None:
    seat = synced.json("seats", "--state", "signed_out")["items"][-1]["number"]
    told = synced.json("skills", f" {full_width(seat)}", "１２３３３", "　12345")
    assert told["items"][0]["data"]["skills"] == ["q-12333", "q-12345"]
    ready = synced.json("orders", "--to-dispatch", "--limit", "1")["items"]
    if ready:
        name = "　市公安局 "
        told = synced.json(
            "dispatch", full_width(ready[0]["number"]), name, "--due", "２０３０－０１－０２　１０：００"
        )
        assert told["items"][0]["data"]["due_at"].startswith("2030-01-02T10:00")


@pytest.mark.parametrize("form", ["12333、12345", "12333，１２３４５", "12333,12345 、"])
def test_queues_are_a_list_in_any_form(synced: Shell, form: str) -> None:
    seat = synced.json("seats", "--state", "signed_out")["items"][-1]["number"]
    assert synced.json("skills", seat, form)["items"][0]["data"]["skills"] == ["q-12333", "q-12345"]


def test_departments_are_a_list_and_a_limit_is_a_day_and_time_in_any_form(synced: Shell) -> None:
    ended = synced("dispatch", "1", "市公安局、无此单位", "--due", "2030年1月2日 9：00")
    assert ended.returncode == 6 and "无此单位" in ended.stderr and "市公安局、" not in ended.stderr


def test_a_name_that_looks_like_a_list_is_the_name() -> None:
    def find(name: str) -> str:
        if name not in ("教育、体育局", "公安局"):
            raise NotFoundError("error.no_such_department", name=name)
        return name

    assert find_ids(["教育、体育局", "公安局"], find) == ["教育、体育局", "公安局"]
    assert find_ids(["公安局、公安局"], find) == ["公安局"]
    with pytest.raises(NotFoundError):
        find_ids(["公安局、财政局"], find)


def test_what_the_platform_has_in_another_form_is_found() -> None:
    class Named:
        def __init__(self, each: str, name: str) -> None:
            self.id, self.queue = each, type("Queue", (), {"name": name, "line": ""})()

    class Queues:
        def all(self) -> list[Any]:
            return [Named("q-1", "１２３４５（夜间）"), Named("q-2", "12333 日间")]

    class Floor:
        queues = Queues()

    assert [queue_id(Floor(), each) for each in ("12345(夜间)", "１２３４５（夜间）", "12333　日间")] == [  # type: ignore[arg-type]
        "q-1",
        "q-1",
        "q-2",
    ]
    with pytest.raises(NotFoundError):
        queue_id(Floor(), "12345")  # type: ignore[arg-type]


def test_a_number_that_is_none_is_refused_whatever_its_form() -> None:
    _, each, kind = next(entry for entry in PARAMETERS if entry[2].kind is int)
    for wrong in ("１２x", "", "，", "1 2", "1_0", "一"):
        with pytest.raises(UsageError):
            kind.coerce((wrong,) if each.multiple else wrong, param=each, ctx=None)


# -- options


@pytest.mark.parametrize(
    "line",
    [
        ("——limit", "2"), ("－－limit", "2"), ("–limit", "2"), ("—limit=2",), ("--limit＝２",), ("－－ｌｉｍｉｔ＝2",),
        ("--limit", "2", "——lang=en"), ("\u200b--limit", "2"), ("―limit", "2", "–q"),
    ],
)  # fmt: skip
def test_an_option_is_known_by_whatever_dashes_an_input_method_gave_it(synced: Shell, line: tuple[str, ...]) -> None:
    assert len(synced.json("orders", *line)["items"]) == 2
    assert len(json.loads(synced("——json", "orders", *line).stdout)["items"]) == 2
    assert synced("inspect", *line).stdout == synced("inspect", "list", "--limit", "2").stdout


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (("orders", "——limt", "2"), "no option --limt; did you mean --limit"),
        (("orders", "——"), "floorctl orders --help"),
        (("——lang", "zh", "orders", "——limt", "2"), "没有 --limt 这个选项；是否想用 --limit"),
        (("order", "——急"), "no order"),
    ],
)  # fmt: skip
def test_what_is_nearly_an_option_is_told_as_one(synced: Shell, line: tuple[str, ...], said: str) -> None:
    assert said in synced(*line).stderr


@pytest.mark.parametrize("text", ["——limit", "—json", "－－limit＝2"])
def test_what_stands_where_an_options_value_or_a_text_belongs_is_no_option(synced: Shell, text: str) -> None:
    assert synced.json("orders", "--search", text)["total"] == 0
    assert synced.json("orders", f"--search={text}")["total"] == 0
    assert "no order" in synced("order", "--", text).stderr


@pytest.mark.parametrize("text", ["1小时30分", "1h30m", "1时30分", "１ｈ３０ｍ", "1 hour 30 min", "90分钟"])
def test_a_span_of_time_is_taken_in_every_form(synced: Shell, text: str) -> None:
    for line in (("orders", "--due-within"), ("alerts", "--due-within"), ("pauses", "02", "--dry-run", "--within")):
        assert synced.json(*line, text) == synced.json(*line, "90m")


@pytest.mark.parametrize(
    "line", [("export", "queues", ""), ("--config=", "status"), ("backup", ""), ("inspect", "import", "")]
)
def test_a_file_without_a_name_is_said_to_be_empty(synced: Shell, line: tuple[str, ...]) -> None:
    ended = synced(*line)
    assert (ended.returncode, "is empty" in ended.stderr) == (2, True), ended.stderr
