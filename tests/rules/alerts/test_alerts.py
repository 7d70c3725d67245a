import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.floor.alerts.watch import data_of
from floorctl.models.alerts import Alert
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.orders import Order
from floorctl.rules.alerts.conditions import AlertInputs, Memory, Thresholds, Usage, WatchedOrder
from floorctl.rules.alerts.escalation import escalation_steps
from floorctl.rules.alerts.raising import Clear, Raise, alert_id, evaluate, remember
from floorctl.rules.commands.apply import apply, check
from floorctl.rules.staffing.forecast import Forecast
from floorctl.text.phrases import phrase
from tests.rules import small_floor
from tests.rules.small_floor import DAY, HOUR, MINUTE, NOW, ZONE, command

SECOND = timedelta(seconds=1)
QUARTER = 15 * MINUTE
TODAY = NOW.date()


class Rounds:
    """Runs the rules round after round, and applies what they say as a platform does."""

    def __init__(self, **inputs: Any) -> None:
        self.inputs: dict[str, Any] = inputs
        self.alerts: dict[str, Alert] = {}
        self.memory = Memory()
        self.log: list[tuple[str, str]] = []

    def round(self, now: datetime, **inputs: Any) -> list[Raise | Clear]:
        self.inputs |= inputs
        seen = AlertInputs(now=now, zone=ZONE, alerts=dict(self.alerts), memory=self.memory, **self.inputs)
        acts = evaluate(seen)
        self.memory = remember(seen)
        for act in acts:
            if isinstance(act, Raise):
                assert check("alert.raise", data_of(act)) == []
                self.apply("alert.raise", act.id, now, data_of(act))
                self.log.append(("raise", act.id))
            else:
                self.apply("alert.close", act.id, now, {"note": phrase(act.note.key, act.note.params)})
                self.log.append(("clear", act.id))
        return acts

    def apply(self, kind: str, id_: str, now: datetime, data: dict[str, Any]) -> None:
        done = apply(
            command(kind, ("alert", id_), now, **data),
            self.alerts.get(id_),
            by="p-1",
            at=now,
            lookup=lambda _, id_: self.alerts.get(id_),
        )
        for (_, key), alert in done.items():
            assert isinstance(alert, Alert)
            self.alerts[key] = alert

    def open(self) -> set[str]:
        return {id_ for id_, alert in self.alerts.items() if alert.state != "closed"}


def id_of(rule: str, subject: str) -> str:
    return alert_id(rule, subject, TODAY)


def quarter(start: datetime, **given: Any) -> Interval:
    return small_floor.interval(queue_id="q", start=start, **given)


def history(offered: int, aht: float = 180, weeks: int = 4) -> Iterator[Interval]:
    midnight = NOW.replace(hour=0, minute=0)
    for week in range(1, weeks + 1):
        for each in range(96):
            start = midnight - week * 7 * DAY + each * QUARTER
            yield quarter(start, offered=offered, answered=offered, handle_seconds=offered * aht)


class TestOrders:
    def watched(self, order: Order, limit: datetime | None = None) -> dict[str, Any]:
        return {"orders": [WatchedOrder(id="o-1", order=order, limit=limit)]}

    @pytest.mark.parametrize(
        ("urgency", "rule", "severity"),
        [("special_urgent", "special_urgent_order", "critical"), ("special", "special_order", "warning")],
    )
    def test_a_special_order_is_raised_once_with_its_ladder(self, urgency: str, rule: str, severity: str) -> None:
        rounds = Rounds(**self.watched(small_floor.order(urgency=urgency)))
        rounds.round(NOW)
        rounds.round(NOW + MINUTE)
        raised = rounds.alerts[id_of(rule, "o-1")]
        assert (raised.kind, raised.severity, raised.steps) == (rule, severity, escalation_steps(rule, NOW))
        assert rounds.log == [("raise", id_of(rule, "o-1"))]

    def test_its_alert_stays_until_every_step_is_done_though_the_order_is_handled(self) -> None:
        rounds = Rounds(**self.watched(small_floor.order(urgency="special")))
        rounds.round(NOW)
        handled = self.watched(small_floor.order(urgency="special", state="handled", handled_at=NOW))
        assert rounds.round(NOW + MINUTE, **handled) == []
        for step in ("phone_department", "report_purchaser", "follow_up"):
            rounds.apply("alert.step", id_of("special_order", "o-1"), NOW, {"step": step, "note": "办了"})
        assert [type(act) for act in rounds.round(NOW + HOUR)] == [Clear]

    def test_dispatch_warns_in_the_last_half_hour_and_is_critical_past_it(self) -> None:
        reviewed = NOW
        rounds = Rounds(**self.watched(small_floor.order(state="ready", reviewed_at=reviewed)))
        warning, critical = id_of("dispatch_overdue", "o-1"), id_of("dispatch_overdue+critical", "o-1")
        assert rounds.round(reviewed + 150 * MINUTE - SECOND) == []
        rounds.round(reviewed + 150 * MINUTE)
        assert rounds.open() == {warning}
        rounds.round(reviewed + 180 * MINUTE)
        assert rounds.open() == {warning}
        rounds.round(reviewed + 180 * MINUTE + SECOND)
        assert rounds.open() == {critical}
        assert rounds.alerts[critical].severity == "critical"
        done = self.watched(
            small_floor.order(state="dispatched", reviewed_at=reviewed, dispatched_at=reviewed + 4 * HOUR)
        )
        rounds.round(reviewed + 4 * HOUR, **done)
        assert rounds.open() == set()

    def test_an_order_past_its_limit_warns_and_is_critical_after_three_days(self) -> None:
        limit = NOW
        rounds = Rounds(**self.watched(small_floor.order(state="accepted"), limit))
        assert rounds.round(limit) == []
        rounds.round(limit + SECOND)
        assert rounds.open() == {id_of("order_overdue", "o-1")}
        rounds.round(limit + 3 * DAY)
        assert rounds.open() == {alert_id("order_overdue+critical", "o-1", (limit + 3 * DAY).date())}

    def test_an_old_backlog_raises_nothing(self) -> None:
        late = [
            WatchedOrder(id=f"o-{days}", order=small_floor.order(state="accepted"), limit=NOW - days * DAY)
            for days in (1.5, 2.5, 5, 50)
        ]
        assert Rounds(orders=late).round(NOW) == []

    def test_what_a_person_closed_is_not_raised_again(self) -> None:
        rounds = Rounds(**self.watched(small_floor.order(state="accepted"), NOW))
        rounds.round(NOW + SECOND)
        rounds.apply("alert.close", id_of("order_overdue", "o-1"), NOW, {"note": "知道了"})
        assert rounds.round(NOW + MINUTE) == []
        assert rounds.round(NOW + HOUR) == []

    def test_an_event_of_a_day_whose_alerts_are_not_known_is_not_raised(self) -> None:
        yesterday = NOW.replace(hour=0, minute=0) - HOUR
        order = self.watched(small_floor.order(state="accepted"), yesterday)
        assert Rounds(**order).round(NOW) == []
        assert len(Rounds(**order, known_since=yesterday.date()).round(NOW)) == 1


class TestQueues:
    def test_a_queue_is_long_only_when_it_stays_long(self) -> None:
        def waiting(count: int) -> dict[str, dict[str, Queue]]:
            return {"queues": {"q": small_floor.queue(waiting=count)}}

        rounds = Rounds()
        id_ = id_of("queue_surge", "q")
        assert rounds.round(NOW, queues=waiting(11)["queues"]) == []
        assert rounds.round(NOW + 50 * SECOND, **waiting(9)) == []
        assert rounds.round(NOW + 60 * SECOND, **waiting(11)) == []
        assert rounds.round(NOW + 119 * SECOND, **waiting(12)) == []
        assert rounds.round(NOW + 120 * SECOND, **waiting(12)) != []
        assert rounds.open() == {id_}
        # Six still wait: more than half of what it rose at.
        rounds.round(NOW + 5 * MINUTE, **waiting(6))
        rounds.round(NOW + 20 * MINUTE, **waiting(6))
        assert rounds.open() == {id_}
        rounds.round(NOW + 21 * MINUTE, **waiting(2))
        rounds.round(NOW + 30 * MINUTE, **waiting(2))
        assert rounds.open() == {id_}
        rounds.round(NOW + 31 * MINUTE, **waiting(2))
        assert rounds.open() == set()

    def test_twice_as_many_are_critical_and_take_the_warnings_place(self) -> None:
        rounds = Rounds(queues={"q": small_floor.queue(waiting=11)})
        for minute in range(3):
            rounds.round(NOW + minute * MINUTE)
        for minute in range(3, 6):
            rounds.round(NOW + minute * MINUTE, queues={"q": small_floor.queue(waiting=25)})
        assert rounds.open() == {id_of("queue_surge+critical", "q")}

    @pytest.mark.parametrize(
        ("offered", "rule"), [(20, None), (24, None), (31, "queue_surge"), (45, "queue_surge+critical")]
    )
    def test_arrivals_above_the_forecast_are_a_surge(self, offered: int, rule: str | None) -> None:
        quarters = [quarter(NOW - each * QUARTER, offered=offered) for each in range(1, 4)]
        rounds = Rounds(
            queues={"q": small_floor.queue()}, intervals=quarters, forecast=Forecast(history(20), ZONE, before=TODAY)
        )
        rounds.round(NOW)
        raised = {id_ for id_ in rounds.open() if id_.startswith("queue_surge")}
        assert raised == ({id_of(rule, "q")} if rule else set())

    def test_a_running_quarter_hour_says_nothing_yet(self) -> None:
        rounds = Rounds(
            queues={"q": small_floor.queue()},
            intervals=[quarter(NOW - 14 * MINUTE, offered=500, answered=500, answered_in_target=500)],
            forecast=Forecast(history(20), ZONE, before=TODAY),
        )
        assert rounds.round(NOW) == []

    def test_service_level_needs_twenty_calls_and_recovers_above_its_target(self) -> None:
        def half_hour(offered: int, in_target: int) -> dict[str, Any]:
            return {
                "intervals": [quarter(NOW - QUARTER, offered=offered, answered=in_target, answered_in_target=in_target)]
            }

        rounds = Rounds(queues={"q": small_floor.queue(target_level=0.9)})
        assert rounds.round(NOW, **half_hour(19, 0)) == []
        assert rounds.round(NOW, **half_hour(20, 18)) == []
        rounds.round(NOW, **half_hour(100, 89))
        assert rounds.open() == {id_of("service_level", "q")}
        for minute in range(16):  # at 90 % it has reached the target but not calmed down
            rounds.round(NOW + minute * MINUTE, **half_hour(100, 90))
        assert rounds.open()
        for minute in range(16, 28):
            rounds.round(NOW + minute * MINUTE, **half_hour(100, 93))
        assert not rounds.open()

    @staticmethod
    def staffed(*agents: float) -> dict[str, Any]:
        return {
            "intervals": [
                quarter(NOW - each * QUARTER, staffed_seconds=900 * had)
                for each, had in zip((2, 1), agents, strict=True)
            ]
        }

    @staticmethod
    def seats(*states: str) -> dict[str, Seat]:
        return {f"s-{n}": small_floor.seat(state=state, skills=("q-other", "q")) for n, state in enumerate(states)}

    def rounds(self, **inputs: Any) -> Rounds:
        return Rounds(queues={"q": small_floor.queue()}, forecast=Forecast(history(20), ZONE, before=TODAY), **inputs)

    def test_a_staffing_gap_takes_two_quarter_hours(self) -> None:
        rounds = self.rounds(seats=self.seats("talking"))
        assert rounds.round(NOW, **self.staffed(30, 1)) == []
        assert rounds.round(NOW + MINUTE, **self.staffed(1, 30)) == []
        acts = rounds.round(NOW + 2 * MINUTE, **self.staffed(1, 1))
        assert [act.id for act in acts] == [id_of("staffing_gap", "q")]

    def test_no_staffing_gap_while_anybody_with_the_skill_is_idle(self) -> None:
        busy = ("ringing", "outbound", "wrap_up", "meal")
        rounds = self.rounds(seats=self.seats("ready", *busy), **self.staffed(1, 1))
        for minute in range(2):
            assert rounds.round(NOW + minute * MINUTE) == []
        # Nor where everybody is busy for a moment, nor for those that wait for other queues' calls.
        assert rounds.round(NOW + 2 * MINUTE, seats=self.seats("wrap_up", *busy)) == []
        assert rounds.round(NOW + 2.5 * MINUTE, seats=self.seats("ready", *busy)) == []
        stranger = {"s-x": small_floor.seat(state="ready", skills=("q-other",))}
        assert rounds.round(NOW + 3 * MINUTE, seats=self.seats("wrap_up", *busy) | stranger) == []
        acts = rounds.round(NOW + 4 * MINUTE)
        assert [act.id for act in acts] == [id_of("staffing_gap", "q")]
        # Somebody gets free and stays it: the alert closes itself.
        for minute in range(5, 16):
            rounds.round(NOW + minute * MINUTE, seats=self.seats("ready", *busy))
        assert not rounds.open()

    def test_a_staffing_gap_says_who_is_needed_who_could_and_who_is_idle(self) -> None:
        rounds = self.rounds(seats=self.seats("talking", "wrap_up", "meal", "signed_out"), **self.staffed(1, 1))
        rounds.round(NOW)
        rounds.round(NOW + MINUTE)
        detail = rounds.alerts[id_of("staffing_gap", "q")].detail or ""
        assert re.match(r"需 \d+、能接 2、空闲 0", detail), detail


class TestFloor:
    def test_a_long_call_is_a_notice_until_it_ends(self) -> None:
        call = msgspec.structs.replace(small_floor.talking().call or pytest.fail("no call"), started_at=NOW)
        talking = small_floor.talking(since=NOW, call=call)
        rounds = Rounds(seats={"s": talking})
        assert rounds.round(NOW + 10 * MINUTE) == []
        rounds.round(NOW + 10 * MINUTE + SECOND)
        assert rounds.alerts[id_of("long_call", "s")].severity == "notice"
        rounds.round(NOW + 11 * MINUTE, seats={"s": small_floor.seat(state="wrap_up")})
        assert rounds.open() == set()

    def test_a_second_long_call_of_the_day_is_another_alert(self) -> None:
        def on_call(since: datetime) -> dict[str, dict[str, Seat]]:
            call = small_floor.talking().call
            assert call is not None
            started = msgspec.structs.replace(call, started_at=since)
            return {"seats": {"s": small_floor.talking(since=since, call=started)}}

        rounds = Rounds(**on_call(NOW))
        for minute in range(60):
            now = NOW + minute * MINUTE
            rounds.round(now, **on_call(NOW if minute < 15 else NOW + 20 * MINUTE))
        assert rounds.open() == {alert_id("long_call", "s", TODAY, 2)}

    @pytest.mark.parametrize(("kind", "rule"), [("trunk", "trunk_full"), ("licence", "licence_full")])
    def test_a_trunk_fills_up(self, kind: str, rule: str) -> None:
        def used(in_use: int) -> dict[str, dict[str, Resource]]:
            return {"resources": {"r": small_floor.resource(kind=kind, capacity=100, in_use=in_use)}}

        rounds = Rounds()
        assert rounds.round(NOW, **used(89)) == []
        rounds.round(NOW, **used(90))
        assert rounds.open() == {id_of(rule, "r")}
        rounds.round(NOW + MINUTE, **used(100))
        rounds.round(NOW + 2 * MINUTE, **used(100))
        assert rounds.open() == {id_of(f"{rule}+critical", "r")}

    def test_numbers_that_contradict_each_other_neither_raise_an_alert_nor_end_one(self) -> None:
        odd = {"resources": {"r": small_floor.resource(capacity=30, in_use=35)}}
        rounds = Rounds()
        assert rounds.round(NOW, **odd) == []
        rounds.round(NOW + MINUTE, resources={"r": small_floor.resource(capacity=30, in_use=28)})
        for minute in range(2, 40):
            assert rounds.round(NOW + minute * MINUTE, **odd) == []
        assert rounds.open() == {id_of("trunk_full", "r")}

    def test_a_half_hour_that_contradicts_itself_neither_raises_an_alert_nor_ends_one(self) -> None:
        def half_hour(offered: int, answered: int, in_target: int) -> dict[str, Any]:
            counts = {"offered": offered, "answered": answered, "answered_in_target": in_target}
            return {"intervals": [quarter(NOW - QUARTER, **counts)]}

        rounds = Rounds(queues={"q": small_floor.queue(target_level=0.9)})
        assert rounds.round(NOW, **half_hour(40, 50, 10)) == []
        rounds.round(NOW, **half_hour(40, 40, 10))
        for minute in range(1, 28):
            rounds.round(NOW + minute * MINUTE, **half_hour(40, 50, 45))
        assert rounds.open() == {id_of("service_level", "q")}

    def test_a_headset_is_neither_full_nor_ever_fills(self) -> None:
        rounds = Rounds(resources={"r": small_floor.resource(kind="headset", name="耳麦", capacity=10, in_use=10)})
        assert rounds.round(NOW) == []

    def test_what_is_down_is_critical(self) -> None:
        down = small_floor.resource(in_use=0, state="down")
        acts = Rounds(resources={"r": down}).round(NOW)
        assert [act.id for act in acts] == [id_of("resource_down", "r")]

    def test_misuse_of_data_stays_until_a_person_closes_it(self) -> None:
        usage = Usage(person_id="p-1", reveals=51, exports=20, audit_verifies=False)
        rounds = Rounds(usage=usage)
        rounds.round(NOW)
        ids = {id_of("data_security+reveals", "p-1"), id_of("data_security+audit", "p-1")}
        assert rounds.open() == ids
        rounds.round(NOW + HOUR, usage=Usage(person_id="p-1"))
        assert rounds.open() == ids


@settings(max_examples=60)
@given(st.lists(st.integers(80, 100), min_size=30, max_size=90))
def test_nothing_flickers(shares: list[int]) -> None:
    """However a figure jumps about from minute to minute, an alert neither comes and goes nor stands twice."""
    rounds = Rounds()
    raised: dict[str, datetime] = {}
    for minute, share in enumerate(shares):
        now = NOW + minute * MINUTE
        trunk = small_floor.resource(capacity=100, in_use=share)
        for act in rounds.round(now, resources={"r": trunk}):
            about = act.id
            if isinstance(act, Raise):
                assert about not in raised
                raised[about] = now
        assert len(rounds.open()) <= 1
    # Closed by the rule, it takes ten quiet minutes before each new one.
    warnings = [raised[id_] for id_ in raised if not id_.startswith("trunk_full+critical")]
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(warnings))


def test_two_terminals_that_see_the_same_raise_the_same() -> None:
    inputs = AlertInputs(
        now=NOW,
        zone=ZONE,
        orders=[WatchedOrder(id="o-1", order=small_floor.order(urgency="special_urgent"))],
        usage=Usage(person_id="p-1", reveals=1000),
    )
    first, second = evaluate(inputs), evaluate(inputs)
    assert first == second
    assert len(first) == 2


def test_one_of_yesterday_that_still_stands_is_the_same_alert() -> None:
    down = small_floor.resource(in_use=0, state="down")
    rounds = Rounds(resources={"r": down})
    rounds.round(NOW)
    assert rounds.round(NOW + DAY) == []


def test_alerts_of_the_platform_under_other_ids_are_left_alone() -> None:
    rounds = Rounds(resources={"r": small_floor.resource(in_use=0)})
    rounds.alerts = {"1": small_floor.alert(kind="trunk_full", steps=()), "": small_floor.alert(steps=())}
    assert rounds.round(NOW) == []


def test_thresholds_come_from_the_configuration() -> None:
    from floorctl.config import Alerts

    assert Thresholds.read(Alerts()) == Thresholds()
