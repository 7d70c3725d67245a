"""The alert rules at work: raised once, cleared when it is over, and never in a circle with a platform that says no."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from msgspec.structs import replace

from floorctl.cli.audit import row as audit_row
from floorctl.cli.documents import Shapes
from floorctl.cli.rows import outbox_row
from floorctl.floor.alerts.watch import Watch
from floorctl.floor.floor import Floor
from floorctl.models.floor import Interval
from floorctl.sync.batch import Batch
from floorctl.sync.cache.cache import Cache
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.pace import Pace
from floorctl.sync.platform.wire import Problem
from tests.floor_access import watch_of
from tests.stage import Stage

OVERDUE = ("order", "o-6")


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    stage = Stage(tmp_path)
    yield stage
    stage.floor.close()


def watch(floor: Floor) -> Watch:
    return watch_of(floor)


def raised(stage: Stage, order_id: str = "o-6") -> list[OutboxItem]:
    return [
        item
        for item in stage.journal.items()
        if item.kind == "alert.raise" and item.data["subject"] == {"kind": "order", "id": order_id}
    ]


def closed(stage: Stage) -> list[OutboxItem]:
    return [item for item in stage.journal.items() if item.kind == "alert.close"]


def settle(stage: Stage) -> None:
    for _ in range(60):
        stage.answer()
    stage.feed()


def test_what_is_late_is_raised_once_however_often_and_wherever_one_looks(stage: Stage) -> None:
    looking = watch(stage.floor)
    for _ in range(3):
        looking.look()
    (item,) = raised(stage)
    assert item.automatic
    assert any(view.id == item.target.id and not view.version for view in stage.floor.alerts.all())
    settle(stage)
    looking.look()
    stage.reopen()
    watch(stage.floor).look()  # after a restart, and at another terminal: the same id
    assert len(raised(stage)) == 1
    assert any(view.id == item.target.id and view.version for view in stage.floor.alerts.all())
    stage.check()


def test_it_is_closed_when_what_it_was_about_is_over(stage: Stage) -> None:
    looking = watch(stage.floor)
    looking.look()
    settle(stage)
    stage.change(OVERDUE, state="handled", handled_at=stage.floor.now())
    stage.feed()
    looking.look()
    (alert,) = (view for view in stage.floor.alerts.all(closed=True) if view.alert.subject.id == "o-6")
    if alert.alert.next_step is not None:
        assert closed(stage) == []  # its ladder has been begun and has to be gone through
        return
    # Gone for ten minutes, it is gone for good.
    stage.floor.clock.observe(stage.floor.now() + timedelta(minutes=11))
    looking.look()
    looking.look()
    assert [item.target.id for item in closed(stage)] == [alert.id]
    settle(stage)
    looking.look()
    assert [item.target.id for item in closed(stage)] == [alert.id]
    assert len(raised(stage)) == 1


def test_what_a_person_closed_is_not_raised_again_while_it_still_stands(stage: Stage) -> None:
    looking = watch(stage.floor)
    looking.look()
    settle(stage)
    alert_id = raised(stage)[0].target.id
    stage.change(("alert", alert_id), state="closed", steps=())
    stage.feed()
    looking.look()
    stage.reopen()
    watch(stage.floor).look()
    assert len(raised(stage)) == 1


def test_a_platform_that_says_no_is_not_asked_in_a_circle(stage: Stage) -> None:
    passed = [0.0]
    looking = watch_of(stage.floor, Pace(now=lambda: 1e6 + passed[0]))
    looking.look()

    def refuse() -> None:
        for item in stage.journal.sendable(100):
            stage.journal.claim(item.id, None)
            stage.journal.park(item.id, "refused", Problem(title="不收", status=403))
            stage.journal.drop(item.id, "不收")  # as for every command that no person made
        stage.floor.live.take_in(Batch({"outbox": set()}))

    refuse()
    for _ in range(20):
        passed[0] += 5
        looking.look()
        refuse()
    assert len(raised(stage)) == 1
    assert stage.floor.status.connection().refused == 0  # nobody is asked to decide on what nobody did
    passed[0] += 600
    looking.look()
    assert len(raised(stage)) == 2


@pytest.mark.parametrize(
    ("role", "raises"),
    [("supervisor", True), ("shift_lead", True), ("inspector", True), ("viewer", False), ("", False)],
)
def test_who_may_not_raise_alerts_raises_none(tmp_path: Path, role: str, raises: bool) -> None:
    stage = Stage(tmp_path, role)
    watch(stage.floor).look()
    assert bool(raised(stage)) == raises
    assert bool(stage.journal.items()) == raises
    stage.floor.close()


def test_nobody_signed_in_raises_nothing(stage: Stage) -> None:
    stage.journal.forget_session()
    stage.reopen()
    watch(stage.floor).look()
    assert stage.journal.items() == []


def test_an_inspector_raises_and_leaves_closing_to_those_who_may(tmp_path: Path) -> None:
    stage = Stage(tmp_path, "inspector")
    looking = watch(stage.floor)
    looking.look()
    settle(stage)
    stage.change(OVERDUE, state="handled", handled_at=stage.floor.now())
    stage.feed()
    looking.look()
    stage.floor.clock.observe(stage.floor.now() + timedelta(minutes=11))
    looking.look()
    assert closed(stage) == []
    stage.floor.close()


def test_where_it_is_configured_off_nothing_is_raised(stage: Stage) -> None:
    stage.config = replace(stage.config, alerts=replace(stage.config.alerts, raise_here=False))
    stage.reopen()
    watch(stage.floor).look()
    assert stage.journal.items() == []


def test_a_flood_comes_the_severest_first_and_some_at_a_time(stage: Stage) -> None:
    for n in range(60):
        order = stage.platform[OVERDUE][1]
        stage.put(("order", f"o-late-{n}"), order)
    stage.feed()
    looking = watch(stage.floor)
    looking.look()
    first = len(stage.journal.items())
    assert 0 < first <= 20
    for _ in range(10):
        looking.look()
    subjects = [item.data["subject"]["id"] for item in stage.journal.items()]
    assert {f"o-late-{n}" for n in range(60)} <= set(subjects)
    about = [item.target.id for item in stage.journal.items()]
    assert len(about) == len(set(about))


def test_the_day_is_forecast_from_eight_weeks_that_are_read_one_at_a_time(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[datetime, datetime]] = []
    read = Cache.intervals

    def reading(self: Cache, queue_id: str, since: datetime, until: datetime) -> list[Interval]:
        asked.append((since, until))
        return read(self, queue_id, since, until)

    monkeypatch.setattr(Cache, "intervals", reading)
    watch(stage.floor).look()
    history = sorted({span for span in asked if span[1] - span[0] >= timedelta(days=2)})
    assert [until - since for since, until in history] == [timedelta(weeks=1)] * 8
    assert all(before[1] == after[0] for before, after in pairwise(history))


# -- in an outage


def heard(stage: Stage, at: datetime, *, live: bool = True) -> None:
    """The terminal is (not) live, and what it holds dates from ``at``."""
    stage.floor.live.take_connection_status(ConnectionStatus(mode="live" if live else "offline", as_of=at))


def about_the_floor(stage: Stage) -> list[str]:
    """What rules made of seats, queues and resources."""
    return sorted(
        f"{item.kind} {item.target.id.partition(':')[0]}"
        for item in stage.journal.items()
        if item.target.id.partition(":")[0] in ("long_call", "queue_surge", "queue_surge+critical", "resource_down")
    )


def test_in_an_outage_nothing_is_raised_or_closed_about_a_floor_that_nobody_sees(stage: Stage) -> None:
    went = stage.floor.now()
    heard(stage, went)
    looking = watch(stage.floor)
    looking.look()
    assert about_the_floor(stage) == []
    heard(stage, went, live=False)
    for _ in range(4):  # the call of seat 02 would by now be one of twelve minutes and more
        stage.floor.clock.observe(stage.floor.now() + timedelta(minutes=4))
        looking.look()
    assert about_the_floor(stage) == []
    assert stage.floor.status.live_rules_paused()


def test_in_an_outage_the_clocks_of_orders_go_on(stage: Stage) -> None:
    went = stage.floor.now()
    heard(stage, went, live=False)
    stage.change(("order", "o-6"), due_at=went + timedelta(minutes=5))
    stage.feed()
    looking = watch(stage.floor)
    looking.look()
    assert raised(stage) == []
    stage.floor.clock.observe(went + timedelta(minutes=6))
    looking.look()
    assert len(raised(stage)) == 1


def test_back_on_line_the_rules_wait_until_the_feed_was_heard_to_its_end(stage: Stage) -> None:
    went = stage.floor.now()
    heard(stage, went, live=False)
    stage.floor.clock.observe(went + timedelta(minutes=12))
    heard(stage, went)  # the platform answers again, and what it has to tell is still on its way
    looking = watch(stage.floor)
    looking.look()
    assert about_the_floor(stage) == []
    stage.change(("seat", "s-2"), state="ready", since=went + timedelta(minutes=2), call=None)
    stage.feed()
    heard(stage, stage.floor.now())
    looking.look()
    assert not stage.floor.status.live_rules_paused()
    assert about_the_floor(stage) == []


def test_a_call_that_is_still_long_after_the_outage_is_raised_then(stage: Stage) -> None:
    went = stage.floor.now()
    heard(stage, went, live=False)
    stage.floor.clock.observe(went + timedelta(minutes=12))
    looking = watch(stage.floor)
    looking.look()
    heard(stage, stage.floor.now())
    looking.look()
    assert about_the_floor(stage) == ["alert.raise long_call"]


def test_a_wait_that_began_before_the_outage_is_counted_anew_after_it(stage: Stage) -> None:
    went = stage.floor.now()
    stage.change(("queue", "q-1"), waiting=15)
    stage.feed()
    heard(stage, went)
    looking = watch(stage.floor)
    looking.look()
    heard(stage, went, live=False)
    stage.floor.clock.observe(went + timedelta(minutes=12))
    looking.look()
    heard(stage, stage.floor.now())
    looking.look()
    assert "alert.raise queue_surge" not in about_the_floor(stage)
    stage.floor.clock.observe(stage.floor.now() + timedelta(seconds=61))
    looking.look()
    assert "alert.raise queue_surge" in about_the_floor(stage)


def test_what_the_rules_do_is_signed_by_the_rules_and_not_by_who_is_signed_in(stage: Stage) -> None:
    watch(stage.floor).look()
    (item,) = raised(stage)
    assert stage.floor.names.who_did(item.made_by, automatic=item.automatic) == "本终端规则"
    trail, _ = stage.floor.audit.trail(limit=5)
    entries = [entry for entry in trail if entry.detail.get("command") == item.id]
    assert entries
    for entry in entries:
        told = audit_row(stage.floor, entry)
        assert "本终端规则" in told
        assert "钱进" not in told
    ours = stage.floor.alerts.acknowledge(item.target.id)
    assert stage.floor.names.who_did(ours.made_by, automatic=ours.automatic) != "本终端规则"


def test_an_exported_outbox_names_the_rules_too(stage: Stage) -> None:
    watch(stage.floor).look()
    (made,) = raised(stage)
    item = stage.floor.outbox.item(made.id)
    assert "本终端规则" in outbox_row(stage.floor, Shapes(stage.floor.config.zone), item)
