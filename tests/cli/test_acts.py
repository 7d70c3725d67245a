"""Acting from the shell: sent at once, kept while the platform is gone, refused with a reason, parked on a conflict."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.shell import Shell
from tests.platforms import PlatformProcess, Platforms


def _open_order(shell: Shell, at: int = 0) -> dict[str, object]:
    items = shell.json("orders", "--state", "dispatched,accepted", "--limit", "50")["items"]
    return dict([item for item in items if not item["urges"]][at])


def test_an_urge_is_sent_and_stands_on_the_platform(synced: Shell, platform: PlatformProcess) -> None:
    order = _open_order(synced)
    document = synced.json("urge", str(order["number"]), "--level", "1", "--note", "please")
    assert [item["state"] for item in document["items"]] == ["applied"]
    stands = platform.snapshot("order")[0][("order", str(order["id"]))]["data"]
    assert stands["urges"][-1]["note"] == "please"


def test_urging_at_the_same_level_within_the_hour_needs_again(synced: Shell) -> None:
    number = str(_open_order(synced, 1)["number"])
    assert synced("urge", number, "--level", "2").returncode == 0
    again = synced("urge", number, "--level", "2")
    assert again.returncode == 4
    assert "--again" in again.stderr
    assert synced("urge", number, "--level", "2", "--again").returncode == 0


def test_one_wrong_number_keeps_no_other_from_being_urged(synced: Shell) -> None:
    number = str(_open_order(synced, 2)["number"])
    before = synced.json("outbox")["total"]
    told = synced.json("urge", number, "nothing", code=6)
    assert [each["outcome"] for each in told["results"]] == ["applied", "not_found"]
    assert synced.json("outbox")["total"] == before + 1


def test_a_seat_is_moved_by_its_number_and_its_queues_lines(synced: Shell, platform: PlatformProcess) -> None:
    assert synced("skills", "02", "12333", "12345").returncode == 0
    assert platform.snapshot("seat")[0][("seat", "s-02")]["data"]["skills"] == ["q-12333", "q-12345"]


def test_the_seats_that_were_moved_are_listed_and_all_restored_in_one_act(synced: Shell) -> None:
    usual = {
        item["id"]: item["skills"]
        for item in synced.json("seats")["items"]
        if item["person_id"] and item["usual_skills"] and not item["moved"]
    }
    chosen = dict(list(usual.items())[:2])
    for each, skills in chosen.items():
        assert synced("skills", each, *reversed(skills[:2]) if len(skills) > 1 else ["12333"]).returncode == 0
    assert synced("sync", "--once").returncode == 0
    assert {item["id"] for item in synced.json("seats", "--moved")["items"]} >= set(chosen)
    assert synced("skills", "--restore-all").returncode == 0
    assert synced("sync", "--once").returncode == 0
    assert synced.json("seats", "--moved")["items"] == []
    now = {item["id"]: item["skills"] for item in synced.json("seats")["items"]}
    assert {each: now[each] for each in chosen} == chosen
    again = synced("skills", "--restore-all")
    assert (again.returncode, again.stdout) == (0, "")
    assert "No seat has been moved" in again.stderr


@pytest.mark.parametrize("arguments", [("skills",), ("skills", "02"), ("skills", "02", "--restore-all")])
def test_skills_without_a_seat_and_queues_say_what_is_missing(synced: Shell, arguments: tuple[str, ...]) -> None:
    ended = synced(*arguments)
    assert ended.returncode == 2
    assert "--restore-all" in ended.stderr


def test_a_seat_is_forced_and_messaged_and_its_pauses_cancelled(synced: Shell) -> None:
    manned = [item["number"] for item in synced.json("seats")["items"] if item["person_id"]]
    assert synced("seat-state", manned[0], "not_ready", "--reason", "drill").returncode == 0
    assert synced("message", manned[0], manned[1], "--text", "会议改到15点").returncode == 0
    assert synced("pauses", *manned[:3]).returncode == 0


def test_the_breaks_of_a_team_are_counted_cancelled_and_restored_in_the_same_figures(synced: Shell) -> None:
    meant = ("pauses", "--team", "一组", "--rest-of-shift", "--kind", "break,meal")
    planned = synced.json(*meant, "--dry-run")
    n, people = planned["total"], planned["people"]
    asked = synced(*meant, "--dry-run").stdout.splitlines()
    assert len(asked) == n + 1
    if not n:
        assert "no breaks and meals to cancel" in asked[0]
        return
    words = (
        f"{n} break{'s and meals' if n > 1 else ' or meal'} of 一组 ({people} {'people' if people > 1 else 'person'})"
    )
    assert asked[0].startswith(f"Cancel {words}")
    cancelled = synced(*meant)
    assert (cancelled.returncode, cancelled.stdout.splitlines()[0].startswith(f"Cancelled {words}")) == (0, True)
    assert synced.json(*meant, "--dry-run")["total"] == 0
    restored = synced.json(*meant, "--restore", "--dry-run")["items"]
    assert synced(*meant, "--restore").stdout.startswith(f"Restored {len(restored)} ")
    again = synced.json(*meant, "--dry-run")["items"]
    assert _of(again) == _of(restored) >= _of(planned["items"])
    assert synced("pauses").returncode == 2
    assert synced("pauses", "--team", "no such team").returncode == 6


def _of(items: list[dict[str, Any]]) -> set[tuple[str, int]]:
    return {(each["shift_id"], each["pause"]) for each in items}


def _signed_out_with_skills(shell: Shell, at: int = 0) -> dict[str, Any]:
    """A seat whose skills nobody else changes; how many it has is different every day."""
    items = shell.json("seats", "--state", "signed_out")["items"]
    return dict([item for item in items if item["skills"]][at])


def _single_queues(shell: Shell, seat: dict[str, Any]) -> list[str]:
    """The queues of which each alone would be a change of this seat's skills."""
    return [item["id"] for item in shell.json("queues")["items"] if [item["id"]] != seat["skills"]]


def test_an_act_is_listed_and_taken_back(synced: Shell) -> None:
    seat = _signed_out_with_skills(synced)
    other, *_ = _single_queues(synced, seat)
    (sent,) = synced.json("skills", seat["id"], other)["items"]
    newest = synced.json("undo")["items"][0]
    assert (newest["id"], newest["commands"], newest["undo"], newest["reason"]) == (
        sent["id"], [sent["id"]], "opposite", None,
    )  # fmt: skip
    assert seat["number"] in synced("undo").stdout
    (back,) = synced.json("undo", sent["id"])["items"]
    assert (back["kind"], back["state"], back["data"]) == ("seat.skills", "applied", {"skills": seat["skills"]})
    again = synced("undo", sent["id"])
    assert (again.returncode, again.stderr) == (4, "Error: It can't be undone: already undone\n")
    steps = [step["what"] for step in synced.json("outbox", "show", sent["id"])["history"]]
    assert steps[-1] == "undone"
    assert synced.json("undo")["items"][0]["undoes"] == sent["id"]
    assert synced("undo", "no-such-act").returncode == 6
    number = str(_open_order(synced)["number"])
    (urge,) = synced.json("urge", number)["items"]
    assert "no act that takes it back" in synced("undo", urge["id"]).stderr


def test_what_another_terminal_changed_since_is_not_overwritten(synced: Shell, another: Callable[[str], Shell]) -> None:
    other = another("supervisor")
    seat = _signed_out_with_skills(synced, -1)
    first, second, *_ = _single_queues(synced, seat)
    (sent,) = synced.json("skills", seat["id"], first)["items"]
    assert other.json("skills", seat["id"], second)["items"][0]["state"] == "applied"
    ended = synced("undo", sent["id"])
    assert (ended.returncode, "changed since" in ended.stderr) == (4, True)
    held = next(item for item in synced.json("seats")["items"] if item["id"] == seat["id"])
    assert held["skills"] == [second]


def test_what_was_not_sent_is_dropped_by_undo(tmp_path: Path, another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    shell.config.write_text(re.sub(r'url = "[^"]*"', 'url = "http://127.0.0.1:9"', shell.config.read_text("utf-8")))
    number = str(_open_order(shell)["number"])
    (urge,) = shell.json("urge", number, code=3)["items"]
    ended = shell("undo", urge["id"])
    assert (ended.returncode, ended.stdout.startswith("Undone before it was sent: ")) == (0, True)
    assert shell.json("outbox", "show", urge["id"])["state"] == "dropped"


def test_listening_without_a_call_is_refused(synced: Shell) -> None:
    idle = next(item["number"] for item in synced.json("seats", "--state", "signed_out")["items"])
    ended = synced("listen", idle)
    assert ended.returncode == 4
    assert ended.stderr.startswith("Error: ")


def test_why_an_act_came_to_nothing_is_said_and_nothing_of_one_that_was_applied(
    synced: Shell, another: Callable[[str], Shell]
) -> None:
    order = synced.json("orders", "--to-call-back")["items"][-1]
    line = ("callback", order["number"], "reached", "--satisfaction", "4")
    applied = another("supervisor")(*line)
    assert "Callback" in applied.stdout
    assert (applied.returncode, "changed by someone else" in applied.stderr) == (0, False), applied.stderr
    late = synced(*line)
    assert (late.returncode, "changed by someone else" in late.stderr) == (4, True), late.stderr


def test_an_order_goes_its_way(synced: Shell) -> None:
    waiting = synced.json("orders", "--state", "review", "--limit", "1")["items"]
    if waiting:
        assert synced("review", waiting[0]["number"], "--error", "region missing").returncode == 0
    ready = synced.json("orders", "--to-dispatch", "--limit", "1")["items"]
    if ready:
        assert synced("dispatch", ready[0]["number"], "市公安局", "--due", "2030-01-02 10:00").returncode == 0
        assert synced("dispatch", ready[0]["number"], "no such office").returncode == 6
    handled = synced.json("orders", "--to-call-back", "--limit", "1")["items"]
    if handled:
        assert synced("callback", handled[0]["number"], "reached", "--satisfaction", "4").returncode == 0
    some = synced.json("orders", "--limit", "1")["items"][0]["number"]
    assert synced("problem", some, "address missing").returncode == 0
    assert waiting or ready or handled


def test_an_alert_is_acknowledged_step_by_step_and_closed(synced: Shell) -> None:
    steps = [item for item in synced.json("alerts")["items"] if item["next_step"]]
    assert steps
    alert = steps[0]["id"]
    if steps[0]["state"] == "open":
        assert synced("ack", alert).returncode == 0
    assert synced("close", alert, "--note", "over").returncode == 4
    assert synced("step", alert, steps[0]["next_step"]["kind"], "--note", "spoke to the duty officer").returncode == 0


def test_a_viewer_may_not_act_and_nobody_may_unsigned(another: Callable[[str], Shell], shell: Shell) -> None:
    viewer = another("viewer")
    number = str(_open_order(viewer)["number"])
    ended = viewer("urge", number)
    assert ended.returncode == 5
    assert viewer.json("outbox")["total"] == 0
    assert shell("urge", number).returncode == 5


@pytest.fixture
def own_platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    """A platform that a test may stop."""
    with platforms() as platform:
        yield platform


def test_what_is_done_in_an_outage_is_sent_after_it_once(own_platform: PlatformProcess, tmp_path: Path) -> None:
    first = Shell(tmp_path / "one", own_platform.url)
    first.sign_in(own_platform)
    first.sync()
    second = Shell(tmp_path / "two", own_platform.url, data=first.data)
    own_platform.stop()

    number = str(_open_order(first)["number"])
    # A seat at which nobody sits: the platform itself leaves it as it is, so only people can be in conflict.
    seat = first.json("seats", "--state", "signed_out")["items"][-1]
    kept = first("urge", number, "--level", "1")
    assert kept.returncode == 3
    assert "kept" in kept.stderr
    assert first.json("outbox")["items"][0]["state"] == "waiting"
    pending = first.json("orders", "--search", number)["items"][0]
    assert pending["urge_level"] == 1
    assert pending["pending"] == [first.json("outbox")["items"][0]["id"]]
    assert first("skills", seat["number"], "12345").returncode == 3
    assert first("sync", "--once").returncode == 1

    own_platform.start()
    assert second("skills", seat["number"], "12320").returncode == 0
    assert first("sync", "--once").returncode == 0
    states = {item["kind"]: item for item in first.json("outbox")["items"]}
    assert states["order.urge"]["state"] == "applied"
    assert states["seat.skills"]["state"] == "conflict"
    assert states["seat.skills"]["problem"]["status"] == 409
    order = own_platform.snapshot("order")[0][("order", f"o-{number}")]["data"]
    assert len(order["urges"]) == 1

    parked = states["seat.skills"]["id"]
    [listed] = first.json("outbox", "--state", "conflict")["items"]
    assert listed["id"] == parked
    assert parked not in first("outbox", "--state", "conflict").stdout
    shown = first.json("outbox", "show", parked)
    assert shown["problem"]["status"] == 409
    assert [step["what"] for step in shown["history"]] == ["sending", "failed", "sending", "conflict"]
    said = first("outbox", "show", parked).stdout
    tried = r"Local log +\d\d-\d\d \d\d:\d\d:\d\d sending\n +\S+ \S+ not sent platform out of reach\n"
    assert re.search(tried, said)
    assert first("outbox", "retry", parked).returncode == 0
    assert own_platform.snapshot("seat")[0][("seat", seat["id"])]["data"]["skills"] == ["q-12345"]


def test_a_parked_command_can_be_set_aside_for_good(own_platform: PlatformProcess, tmp_path: Path) -> None:
    shell = Shell(tmp_path / "one", own_platform.url)
    shell.sign_in(own_platform)
    shell.sync()
    own_platform.stop()
    assert shell("skills", "05", "12345").returncode == 3
    waiting = shell.json("outbox")["items"][0]["id"]
    assert shell("outbox", "drop", waiting, "--reason", "not needed").returncode == 0
    assert shell.json("outbox")["items"][0]["state"] == "dropped"
