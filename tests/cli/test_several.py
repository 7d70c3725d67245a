"""Acts on several things: of each it is said what became of it, what was done is sent, the worst is the exit code."""

import json
import os
import re
import signal
from collections.abc import Callable
from contextlib import closing
from itertools import permutations
from pathlib import Path

import pytest

from floorctl import config
from floorctl.errors import Exit, worst
from floorctl.floor.desk import Desk
from floorctl.floor.orders import Orders
from floorctl.floor.terminal import open_terminal
from tests.cli.shell import Shell
from tests.platforms import PlatformProcess

GONE = "http://127.0.0.1:9"


@pytest.fixture
def orders(synced: Shell) -> Callable[[int], list[str]]:
    """Numbers of orders that can be urged and have not been, which no test had before."""

    def take(count: int) -> list[str]:
        items = synced.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
        return [str(each["number"]) for each in items if not each["urges"]][:count]

    return take


def _closed(shell: Shell, count: int = 1) -> list[str]:
    items = shell.json("orders", "--state", "closed", "--limit", str(count))["items"]
    return [str(each["number"]) for each in items]


def _urges(platform: PlatformProcess, number: str) -> int:
    return len(platform.snapshot("order")[0][("order", f"o-{number}")]["data"]["urges"])


def _cut_off(shell: Shell) -> None:
    shell.config.write_text(re.sub(r'url = "[^"]*"', f'url = "{GONE}"', shell.config.read_text("utf-8")))


@pytest.mark.parametrize("place", [0, 1, 2])
def test_what_one_refuses_stops_nobody_and_is_named(
    synced: Shell, platform: PlatformProcess, orders: Callable[[int], list[str]], place: int
) -> None:
    given = orders(2)
    (closed,) = _closed(synced)
    given.insert(place, closed)
    ended = synced("urge", *given, "--level", "1")
    assert ended.returncode == 4
    lines = ended.stdout.splitlines()
    assert [next(n for n in given if n in line) for line in lines] == given, "one line each, in the order given"
    assert lines[place] == f"Not done: {closed}"
    assert [closed in line for line in ended.stderr.splitlines()] == [True]
    assert all(_urges(platform, each) == 1 for each in given if each != closed)
    assert {item["state"] for item in synced.json("outbox", "--limit", "2")["items"]} == {"applied"}


def test_json_says_of_each_what_became_of_it(synced: Shell, orders: Callable[[int], list[str]]) -> None:
    one, two = orders(2)
    (closed,) = _closed(synced)
    document = synced.json("urge", one, closed, two, "--level", "1", code=4)
    assert document["total"] == len(document["items"]) == 2
    ids = [item["id"] for item in document["items"]]
    assert [(each["target"], each["outcome"], each["commands"]) for each in document["results"]] == [
        (one, "applied", ids[:1]),
        (closed, "refused", []),
        (two, "applied", ids[1:]),
    ]
    assert [bool(each["message"]) for each in document["results"]] == [False, True, False]
    alone = synced.json("urge", closed, code=4)
    assert [each["outcome"] for each in alone["results"]] == ["refused"]


def test_a_second_run_refuses_what_the_first_did_and_says_so_of_each(
    synced: Shell, orders: Callable[[int], list[str]]
) -> None:
    one, two = orders(2)
    assert synced("urge", one, "--level", "1").returncode == 0
    document = synced.json("urge", one, two, "--level", "1", code=4)
    assert [each["outcome"] for each in document["results"]] == ["refused", "applied"]


def test_what_is_named_twice_is_done_once(
    synced: Shell, platform: PlatformProcess, orders: Callable[[int], list[str]]
) -> None:
    (number,) = orders(1)
    document = synced.json("urge", number, f"o-{number}", number, "--level", "1")
    assert [each["target"] for each in document["results"]] == [number]
    assert _urges(platform, number) == 1


@pytest.mark.parametrize("place", [0, 1, 2])
def test_one_that_does_not_exist_stops_nobody_and_is_named(
    synced: Shell, platform: PlatformProcess, orders: Callable[[int], list[str]], place: int
) -> None:
    given = orders(2)
    done = list(given)
    given.insert(place, "nothing")
    ended = synced("urge", *given, "--level", "1")
    assert ended.returncode == 6
    lines = ended.stdout.splitlines()
    assert [next(n for n in given if n in line) for line in lines] == given
    assert lines[place] == "Not found: nothing"
    assert ["nothing" in line for line in ended.stderr.splitlines()] == [True]
    assert [_urges(platform, each) for each in done] == [1, 1]


def test_where_none_exists_nothing_is_done_and_each_is_told(synced: Shell) -> None:
    before = synced.json("outbox")["total"]
    ended = synced("urge", "nothing", "nowhere")
    assert (ended.returncode, ended.stdout.splitlines()) == (6, ["Not found: nothing", "Not found: nowhere"])
    told = synced.json("message", "998", "999", "--text", "开会", code=6)["results"]
    assert [each["outcome"] for each in told] == ["not_found", "not_found"]
    assert synced.json("outbox")["total"] == before


def test_what_is_missing_and_what_is_refused_end_with_the_worse_of_both(
    synced: Shell, orders: Callable[[int], list[str]]
) -> None:
    (number,), (closed,) = orders(1), _closed(synced)
    document = synced.json("urge", closed, "nothing", number, code=6)
    assert [each["outcome"] for each in document["results"]] == ["refused", "not_found", "applied"]


def test_offline_what_was_done_waits_and_what_was_refused_is_named(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    _cut_off(shell)
    items = shell.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
    one, two = [str(each["number"]) for each in items if not each["urges"]][:2]
    (closed,) = _closed(shell)
    document = shell.json("urge", one, closed, two, "--level", "1", code=4)
    assert [each["outcome"] for each in document["results"]] == ["waiting", "refused", "waiting"]
    both = shell.json("urge", one, two, "--level", "2", code=3)
    assert [each["outcome"] for each in both["results"]] == ["waiting", "waiting"]


def test_who_may_not_act_does_nothing_and_is_told_once(another: Callable[[str], Shell], shell: Shell) -> None:
    viewer = another("viewer")
    given = [str(each["number"]) for each in viewer.json("orders", "--limit", "3")["items"]]
    ended = viewer("urge", *given)
    assert (ended.returncode, ended.stdout, len(ended.stderr.splitlines())) == (5, "", 1)
    for unsigned in (shell("urge", *given), shell("outbox", "retry", "1", "2")):
        assert (unsigned.returncode, unsigned.stdout) == (5, "")


def test_acts_are_sent_again_each_for_itself(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    _cut_off(shell)
    seats = [each["number"] for each in shell.json("seats", "--state", "signed_out")["items"][-2:]]
    made = [shell.json("skills", seat, "12345", code=3)["items"][0]["id"] for seat in seats]
    applied = next(each["id"] for each in shell.json("outbox", "--limit", "0")["items"] if each["state"] == "waiting")
    ended = shell("outbox", "retry", *made)  # what waits is not sent again
    assert ended.returncode == 4, ended.stdout
    assert applied in made
    numbers = shell.json("outbox", "retry", *made, *made, code=4)["results"]
    assert [each["target"] for each in numbers] == made
    assert {each["outcome"] for each in numbers} == {"refused"}
    missing = shell.json("outbox", "retry", made[0], "999999", code=6)["results"]
    assert [each["outcome"] for each in missing] == ["refused", "not_found"]


def test_seats_are_told_one_by_one(synced: Shell) -> None:
    manned = [each["number"] for each in synced.json("seats")["items"] if each["person_id"]]
    empty = next(each["number"] for each in synced.json("seats", "--state", "signed_out")["items"])
    told = synced.json("message", manned[0], f"s-{manned[0]}", manned[1], "--text", "开会")
    assert [each["target"] for each in told["results"]] == manned[:2]
    assert {tuple(each["commands"]) for each in told["results"]} == {(told["items"][0]["id"],)}
    missing = synced.json("message", manned[0], "999", "--text", "开会", code=6)
    assert [each["outcome"] for each in missing["results"]] == ["applied", "not_found"]
    assert missing["items"][0]["data"]["seat_ids"] == [f"s-{manned[0]}"]
    for more in ((), ("--dry-run",)):
        ended = synced("pauses", "999", empty, *more)
        assert (ended.returncode, "999" in ended.stderr) == (6, True)
    assert (ended.returncode, synced("pauses", "998", "999").returncode) == (6, 6)


def test_ctrl_c_while_it_is_sent_tells_what_is_in_the_journal(
    another: Callable[[str], Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = another("supervisor")
    items = shell.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
    one, two = [str(each["number"]) for each in items if not each["urges"]][:2]

    def broken_off(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr("floorctl.cli.syncing.push", broken_off)
    ended = shell("urge", one, two, "--level", "1")
    assert ended.returncode == 130
    assert [one in ended.stdout, two in ended.stdout] == [True, True]
    single = shell("urge", one, "--level", "2")
    assert (single.returncode, one in single.stdout) == (130, True)


@pytest.mark.parametrize(("broken", "code"), [(KeyboardInterrupt, 130), (ValueError, 1)])
def test_broken_off_between_two_what_was_done_is_told(
    another: Callable[[str], Shell], monkeypatch: pytest.MonkeyPatch, broken: type[BaseException], code: int
) -> None:
    shell = another("supervisor")
    items = shell.json("orders", "--state", "dispatched,accepted", "--limit", "0")["items"]
    given = [str(each["number"]) for each in items if not each["urges"]][:3]
    urge = Orders.urge

    def until_the_second(orders: Orders, order: str, *more: object, **named: object) -> object:
        if order.endswith(given[1]):
            raise broken
        return urge(orders, order, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Orders, "urge", until_the_second)
    ended = shell("urge", *given, "--level", "1", "--json")
    assert ended.returncode == code
    outcomes = [each["outcome"] for each in json.loads(ended.stdout)["results"]]
    assert outcomes == ["waiting" if code == 130 else "applied", "not_done", "not_done"]
    assert "Not done" in shell("urge", *given, "--level", "2").stdout


def test_an_act_that_fails_half_way_tells_what_it_had_done(
    another: Callable[[str], Shell], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = another("supervisor")
    submit = Desk.submit

    def refused(desk: Desk, kind: str, *more: object, **named: object) -> object:
        if kind == "handover.give":
            raise OSError("the disk is gone")
        return submit(desk, kind, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Desk, "submit", refused)
    ended = shell("handover", "give", "--reason", "drill")
    assert ended.returncode == 1
    written = shell.json("outbox", "--limit", "0")["items"]
    assert len(ended.stdout.splitlines()) == len([each for each in written if each["kind"] == "handover.note"]) > 0


def test_the_worst_comes_first_whatever_the_order() -> None:
    ranked = [Exit.ERROR, Exit.USAGE, Exit.NOT_ALLOWED, Exit.NOT_FOUND, Exit.REFUSED, Exit.NOT_SENT, Exit.DONE]
    assert sorted(ranked) == sorted(Exit)
    for at, each in enumerate(ranked):
        for rest in permutations(ranked[at:], 2):
            assert worst([*rest, each]) is each
    assert worst([]) is Exit.DONE


def test_breaks_that_stay_are_named_with_the_reason(another: Callable[[str], Shell], tmp_path: Path) -> None:
    shell = another("supervisor")
    _cut_off(shell)
    with closing(open_terminal(config.load(shell.config))) as floor:
        numbers = [view.seat.number for view in floor.seats.all() if view.seat.person_id]
    made = shell.json("pauses", *numbers, "--rest-of-shift", "--kind", "break,meal", code=3)
    results = {each["target"]: each for each in made["results"]}
    assert list(results) == numbers
    changed = [seat for seat, each in results.items() if each["outcome"] == "waiting"]
    assert changed
    assert {each["outcome"] for each in results.values()} <= {"waiting", "nothing"}
    assert {command for each in results.values() for command in each["commands"]} == {e["id"] for e in made["items"]}
    back = shell.json("pauses", *numbers, "--rest-of-shift", "--kind", "break,meal", "--restore")
    assert {each["target"] for each in back["results"] if each["outcome"] == "dropped"} == set(changed)


def test_pauses_says_of_each_seat_that_there_was_nothing_to_change(synced: Shell) -> None:
    seats = [each["number"] for each in synced.json("seats", "--state", "signed_out")["items"]][:2]
    given = [seats[0], "99999", seats[1]]
    document = synced.json("pauses", *given, code=6)
    assert [(each["target"], each["outcome"]) for each in document["results"]] == [
        (seats[0], "nothing"),
        ("99999", "not_found"),
        (seats[1], "nothing"),
    ]
    told = synced("pauses", *given)
    assert told.returncode == 6 and "99999" in told.stderr and len(told.stdout.splitlines()) == 1
    asked = synced.json("pauses", *given, "--dry-run", code=6)
    assert asked["results"] == document["results"]


def test_of_breaks_that_are_only_asked_about_each_seat_is_told(synced: Shell) -> None:
    seats = [each["number"] for each in synced.json("seats")["items"] if each["person_id"]]
    document = synced.json("pauses", *seats, "99999", "--rest-of-shift", "--dry-run", code=6)
    ids = {each["number"]: each["id"] for each in synced.json("seats")["items"]}
    with_breaks = {each["seat_id"] for each in document["items"]}
    told = {each["target"]: each["outcome"] for each in document["results"]}
    assert told.pop("99999") == "not_found" and with_breaks
    assert told == {each: "planned" if ids[each] in with_breaks else "nothing" for each in seats}


def test_a_message_to_several_names_every_seat(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    told = shell("message", "02", "99999", "03", "--text", "x")
    assert "02, 03" in told.stdout and "99999" in told.stdout
