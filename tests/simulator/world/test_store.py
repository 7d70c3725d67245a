"""The simulated floor and its store: it keeps the contract, what people do stays done, a restart goes on."""

from collections import Counter
from datetime import timedelta
from importlib.resources import files
from itertools import product
from typing import Any

import jsonschema_rs
import pytest
import yaml
from msgspec.structs import replace
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from floorctl.calendar import WorkCalendar
from floorctl.models.alerts import Alert
from floorctl.models.floor import Interval, Queue, Resource, Seat
from floorctl.models.handover import Handover
from floorctl.models.kinds import ENTITIES
from floorctl.models.orders import Order, Urge
from floorctl.models.quality import Inspection
from floorctl.models.team import Person, Shift
from floorctl.rules.orders import deadlines
from floorctl.simulator.seed.seed import seed_history
from floorctl.simulator.world.setup import SETTING
from floorctl.simulator.world.state import State
from floorctl.simulator.world.world import World
from tests.scope import one_in
from tests.simulator.running import Postgres
from tests.simulator.simulated_floor import SEED, TEN, ZONE, Floor, StandingClock, floor


def _validators() -> dict[str, Any]:
    document = yaml.safe_load(files("floorctl.data").joinpath("openapi.yaml").read_text("utf-8"))
    schemas = document["components"]["schemas"]
    return {
        kind: jsonschema_rs.Draft202012Validator(
            {"$ref": f"#/components/schemas/{kind.title().replace('_', '')}", "components": {"schemas": schemas}},
            validate_formats=True,
        )
        for kind in ENTITIES
    }


def _check_all(opened: Floor) -> Counter[str]:
    import json

    validators = _validators()
    assert not any(each.is_valid({"state": 7}) for each in validators.values())
    seen: Counter[str] = Counter()
    after = 0
    while True:
        page = opened.store.feed_page(after, None, 5000)
        for change in json.loads(page.changes):
            error = next(iter(validators[change["kind"]].iter_errors(change["data"])), None)
            assert error is None, (change["kind"], change["id"], error)
            seen[change["kind"]] += 1
        after = page.next
        if not page.more:
            return seen


def test_everything_written_keeps_the_contract() -> None:
    with floor() as opened:
        seed_history(opened.store, days=60)
        opened.go(30 * 3600, every=1800)
        seen = _check_all(opened)
    assert set(seen) == set(ENTITIES)
    assert seen["order"] > 9000
    assert seen["seat"] == 49
    assert seen["department"] >= 25
    assert seen["article"] >= 55
    assert seen["interval"] >= 60 * 96 * 3


def test_the_default_floor_leaves_work_for_people() -> None:
    with floor() as opened:
        calendar = WorkCalendar(ZONE)
        orders = [each for each in opened.all("order").values() if isinstance(each, Order)]
        limits = [(each, deadlines.limit_at(each, calendar)) for each in orders]
        overdue = sum(deadlines.overdue(each, limit, TEN) for each, limit in limits)
        due_soon = sum(deadlines.due_soon(each, limit, TEN, calendar) for each, limit in limits)
        to_dispatch = sum(deadlines.waits_for_dispatch(each) for each in orders)
        to_call_back = sum(
            each.state == "handled" and each.callback_required and each.callback_at is None for each in orders
        )
        assert 4 <= overdue <= 9
        assert 2 <= due_soon <= 8
        assert 7 <= to_dispatch <= 10
        assert 22 <= to_call_back <= 31
        fresh = [
            each
            for each in opened.all("alert").values()
            if isinstance(each, Alert) and each.kind == "special_urgent_order" and each.state == "open"
        ]
        assert any(each.next_step is not None and each.next_step.due_at > TEN for each in fresh)
        directory = [each for each in opened.all("person").values() if isinstance(each, Person)]
        people = Counter(each.post for each in directory if each.left_on is None)
        assert people == {
            "agent": 35, "dispatcher": 8, "knowledge": 2, "floor_manager": 1, "team_lead": 2, "hr": 1,
        }  # fmt: skip


@pytest.mark.parametrize(("day", "hour"), one_in(4, [*product([22, 23, 28], [0, 3, 8, 12, 17, 20, 23])]))
def test_a_floor_opens_at_any_hour_of_any_day(day: int, hour: int) -> None:
    with floor(TEN.replace(day=day, hour=hour, minute=7)) as opened:
        opened.go(3 * 3600, every=600)
        for order in opened.all("order").values():
            assert isinstance(order, Order)
            steps = [order.received_at, order.reviewed_at, order.dispatched_at, order.accepted_at, order.handled_at]
            told = [each for each in steps if each is not None]
            assert told == sorted(told)
            assert all(each <= opened.clock.at for each in told)


def test_history_is_filled_in_once_and_leaves_what_is_there() -> None:
    with floor() as opened:
        before = opened.all("seat")
        assert seed_history(opened.store, days=5) > 0
        head = opened.store.head()
        assert seed_history(opened.store, days=5) == 0
        assert opened.store.head() == head
        assert opened.all("seat") == before


def test_history_that_was_interrupted_goes_on_and_overwrites_nobody() -> None:
    with floor() as opened:
        seed_history(opened.store, days=1)
        inspection_id, inspection = next(
            (iid, each)
            for iid, each in opened.all("inspection").items()
            if isinstance(each, Inspection) and each.submitted_at.date() == TEN.date() - timedelta(days=1)
        )
        opened.put("inspection", inspection_id, replace(inspection, state="appealed"))
        opened.store.set_setting("world.history", 2)
        assert seed_history(opened.store, days=3) > 0
        assert opened.get("inspection", inspection_id) == replace(inspection, state="appealed")


def test_history_in_the_background_does_not_change_the_day() -> None:
    with floor() as alone, floor() as filled:
        alone.go(3600, every=60)
        filled.go(1800, every=60)
        seed_history(filled.store, days=10)
        filled.go(1800, every=60)
        for kind in ("seat", "queue"):
            assert alone.all(kind) == filled.all(kind)


# -- commands ------------------------------------------------------------------------------------------------------


def _seat_in(opened: Floor, *states: str) -> tuple[str, Seat]:
    # With a shift that goes on for hours and no pause soon, so that nothing but the command is a reason to change.
    for _ in range(500):
        for seat_id, seat in opened.all("seat").items():
            assert isinstance(seat, Seat)
            if seat.state not in states or seat.shift_id is None or not seat.skills:
                continue
            shift = opened.get("shift", seat.shift_id)
            assert isinstance(shift, Shift)
            soon = opened.clock.at + timedelta(minutes=20)
            if shift.ends_at > soon and not any(opened.clock.at < p.starts_at < soon for p in shift.pauses):
                return seat_id, seat
        opened.go(20)
    raise AssertionError(states)


def test_a_seat_ordered_out_of_the_queue_stays_out() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "ready")
        ordered = replace(seat, state="not_ready", since=opened.clock.at)
        opened.put("seat", seat_id, ordered)
        opened.go(900, every=10)
        assert opened.get("seat", seat_id) == ordered


def test_a_call_that_was_up_when_a_seat_was_ordered_out_goes_on_to_its_end() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "talking")
        assert seat.call is not None
        opened.put("seat", seat_id, replace(seat, state="not_ready", since=opened.clock.at))
        opened.go(10)
        during = opened.get("seat", seat_id)
        assert isinstance(during, Seat)
        assert during.state == "not_ready"
        opened.go(900, every=10)
        after = opened.get("seat", seat_id)
        assert isinstance(after, Seat)
        assert (after.state, after.call) == ("not_ready", None)


def test_a_seat_signed_out_by_command_comes_back_with_the_next_shift() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "ready")
        opened.put("seat", seat_id, replace(seat, state="signed_out", person_id=None, shift_id=None))
        opened.go(3600, every=60)
        assert opened.get("seat", seat_id).state == "signed_out"  # type: ignore[attr-defined]
        states = set()
        for _ in range(200):
            opened.go(1200)
            states.add(opened.get("seat", seat_id).state)  # type: ignore[attr-defined]
        assert states & {"ready", "talking", "wrap_up"}


def test_a_call_that_was_cut_ends_in_wrap_up() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "talking")
        opened.put("seat", seat_id, replace(seat, state="wrap_up", since=opened.clock.at, call=None))
        opened.go(0.001)
        assert opened.get("seat", seat_id).state == "wrap_up"  # type: ignore[attr-defined]
        opened.go(300)
        assert opened.get("seat", seat_id).state in {"ready", "ringing", "talking", "hold", "wrap_up"}  # type: ignore[attr-defined]


def test_changed_skills_are_what_calls_go_by() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "ready", "talking", "wrap_up")
        opened.put("seat", seat_id, replace(seat, skills=("q-12320",)))
        opened.go(400, every=5)
        lines = set()
        for _ in range(1500):
            opened.go(5)
            now = opened.get("seat", seat_id)
            assert isinstance(now, Seat)
            assert now.skills == ("q-12320",)
            if now.call is not None and now.state in ("ringing", "talking"):
                lines.add(now.call.line)
        assert lines == {"12320"}


def test_a_cancelled_pause_is_not_taken() -> None:
    with floor(TEN.replace(hour=9, minute=59)) as opened:
        seats = {
            seat.person_id: seat_id
            for seat_id, seat in opened.all("seat").items()
            if isinstance(seat, Seat) and seat.skills
        }
        shifts = {
            shift_id: shift
            for shift_id, shift in opened.all("shift").items()
            if isinstance(shift, Shift) and shift.person_id in seats and shift.name == "morning"
        }
        for shift_id, shift in shifts.items():
            opened.put(
                "shift", shift_id, replace(shift, pauses=tuple(replace(p, cancelled=True) for p in shift.pauses))
            )
        watched = [seats[shift.person_id] for shift in shifts.values()]
        opened.go(1200)  # pauses that had begun before run out
        for _ in range(150):
            opened.go(60)
            assert not {opened.get("seat", seat_id).state for seat_id in watched} & {"break", "meal"}  # type: ignore[attr-defined]


def test_an_urged_order_is_handled_sooner() -> None:
    with floor() as opened:
        calendar = WorkCalendar(ZONE)
        waiting = [
            (oid, order)
            for oid, order in opened.all("order").items()
            if isinstance(order, Order)
            and order.state == "accepted"
            and order.urgency == "normal"
            and (deadlines.limit_at(order, calendar) or TEN) > TEN + timedelta(days=1)
        ]
        urged, left = waiting[::2], waiting[1::2]
        for oid, order in urged:
            opened.put(
                "order", oid, replace(order, urges=(*order.urges, Urge(at=opened.clock.at, by="p-1002", level=3)))
            )
        opened.go(7 * 3600, every=300)
        done = [sum(opened.get("order", oid).handled_at is not None for oid, _ in some) for some in (urged, left)]  # type: ignore[attr-defined]
        assert done[0] > len(urged) * 0.6
        assert done[1] < len(left) * 0.6
        for oid, _ in urged:
            assert opened.get("order", oid).urges[-1].level == 3  # type: ignore[attr-defined]


def test_a_special_orders_ladder_counts_from_its_dispatch() -> None:
    with floor() as opened:
        alert_id, alert = next(
            (aid, each)
            for aid, each in opened.all("alert").items()
            if isinstance(each, Alert) and each.kind == "special_urgent_order"
        )
        order = opened.get("order", alert.subject.id)
        assert isinstance(order, Order)
        at = opened.clock.at + timedelta(minutes=1)
        dispatched = replace(
            order,
            state="dispatched",
            reviewed_at=opened.clock.at,
            dispatched_at=at,
            lead_department_id="d-fire",
            department_ids=("d-fire",),
        )
        opened.put("order", alert.subject.id, dispatched)
        opened.go(61)
        moved = opened.get("alert", alert_id)
        assert isinstance(moved, Alert)
        assert [step.due_at - at for step in moved.steps] == [timedelta(minutes=m) for m in (15, 15, 120)]


def test_alerts_of_old_days_are_closed_with_their_steps_done() -> None:
    with floor() as opened:
        opened.go(40 * 3600, every=3600)
        old = [each for each in opened.all("alert").values() if isinstance(each, Alert) and each.raised_at < TEN]
        assert old
        assert all(each.state == "closed" and each.next_step is None for each in old)


# -- restarts ------------------------------------------------------------------------------------------------------


def _counters_hold(opened: Floor) -> None:
    ringing = Counter(
        f"q-{seat.call.line}"
        for seat in opened.all("seat").values()
        if isinstance(seat, Seat) and seat.state == "ringing" and seat.call is not None
    )
    for queue_id, queue in opened.all("queue").items():
        assert isinstance(queue, Queue)
        assert queue.offered == queue.answered + queue.abandoned + queue.waiting + ringing[queue_id]


@pytest.mark.parametrize("gap", [0, 30, 3600, 5 * 3600, 30 * 3600])
def test_a_restart_goes_on(gap: float) -> None:
    with floor(TEN.replace(hour=11)) as opened:
        opened.go(600, every=7)
        _counters_hold(opened)
        again = opened.restarted()
        again.go(gap)
        again.go(1800, every=31)
        _counters_hold(again)
        states = Counter(each.state for each in again.all("seat").values() if isinstance(each, Seat))
        assert states["talking"] + states["ready"] > 0
        assert states["signed_out"] < 49
        trunk = again.get("resource", "r-trunk")
        assert isinstance(trunk, Resource)
        seats = [each for each in again.all("seat").values() if isinstance(each, Seat)]
        waiting = sum(each.waiting for each in again.all("queue").values() if isinstance(each, Queue))
        assert trunk.in_use == waiting + sum(each.call is not None for each in seats)


def test_a_restart_keeps_what_people_ordered() -> None:
    with floor() as opened:
        seat_id, seat = _seat_in(opened, "ready")
        ordered = replace(seat, state="not_ready", since=opened.clock.at, skills=("q-12333",))
        opened.put("seat", seat_id, ordered)
        opened.go(5)
        again = opened.restarted()
        again.go(600, every=10)
        assert again.get("seat", seat_id) == ordered


def test_order_numbers_go_on_after_a_restart() -> None:
    with floor(TEN.replace(hour=9)) as opened:
        opened.go(2 * 3600, every=120)
        before = set(opened.all("order"))
        versions = {oid: row.version for oid, row in opened.store.all("order")}
        again = opened.restarted()
        again.go(2 * 3600, every=120)
        after = opened.all("order")
        new = set(after) - before
        assert new
        assert all(after[oid].received_at > TEN.replace(hour=11) for oid in new)  # type: ignore[attr-defined]
        assert before <= set(after)
        assert all(row.version >= versions.get(oid, 1) for oid, row in opened.store.all("order"))


def test_a_step_that_failed_is_made_good_by_the_next() -> None:
    with floor() as opened:
        with opened.store.transaction() as tx:
            tx.execute(text("CREATE TRIGGER full BEFORE INSERT ON entity BEGIN SELECT RAISE(ABORT, 'full'); END"))
        with pytest.raises(DBAPIError, match="full"):
            opened.go(3600)  # over the ends of quarter hours, which nothing that comes later touches again
        with opened.store.transaction() as tx:
            tx.execute(text("DROP TRIGGER full"))
        opened.go(600, every=9)
        _counters_hold(opened)
        offered: Counter[str] = Counter()
        for quarter in opened.all("interval").values():
            assert isinstance(quarter, Interval)
            offered[quarter.queue_id] += quarter.offered
        queues = opened.all("queue")
        assert offered == {each: queue.offered for each, queue in queues.items() if isinstance(queue, Queue)}


def test_every_shift_change_has_its_handover() -> None:
    with floor(TEN.replace(hour=7, minute=50)) as opened:
        opened.go(18 * 3600, every=600)
        states = {hid: each.state for hid, each in opened.all("handover").items() if isinstance(each, Handover)}
        assert states["ho-2026-11-25-night"] == "taken"
        assert states["ho-2026-11-25-morning"] == "taken"
        assert states["ho-2026-11-25-evening"] == "taken"
        assert states["ho-2026-11-26-night"] == "open"


def test_the_roster_is_published_a_week_ahead() -> None:
    with floor() as opened:
        seed_history(opened.store, days=1)
        opened.go(20 * 3600, every=3600)
        days = {
            each.starts_at.astimezone(ZONE).date() for each in opened.all("shift").values() if isinstance(each, Shift)
        }
        assert {(opened.clock.at + timedelta(days=ahead)).date() for ahead in range(8)} <= days


def test_a_large_floor_opens_and_runs() -> None:
    with floor(seats=500) as opened:
        opened.go(120, every=5)
        _counters_hold(opened)
        assert len(opened.all("seat")) == 500


def test_a_floor_on_postgresql_runs_and_takes_commands(postgres: Postgres) -> None:
    postgres.execute("CREATE DATABASE world")
    with floor(path=postgres.url("world")) as opened:
        seed_history(opened.store, days=1)
        opened.go(120, every=3)
        seat_id, seat = _seat_in(opened, "ready")
        ordered = replace(seat, state="not_ready", since=opened.clock.at)
        opened.put("seat", seat_id, ordered)
        opened.go(60, every=3)
        again = opened.restarted()
        again.go(300, every=5)
        _counters_hold(again)
        assert again.get("seat", seat_id) == ordered


def test_the_store_of_another_seed_is_refused() -> None:
    with floor() as opened, pytest.raises(ValueError, match=str(SEED)):
        World(opened.store, StandingClock(TEN), SEED + 1)


def test_data_that_version_0_1_made_goes_on() -> None:
    with floor(orders=300) as opened:
        store = opened.store
        state = store.setting(State.SETTING, State)
        state.serials = {day: len(used) for day, used in state.serials.items() if isinstance(used, list)}
        store.set_setting(State.SETTING, state)
        setting = store.setting(SETTING)
        setting.pop("scenario")
        store.set_setting(SETTING, setting)
        again = opened.restarted()
        again.go(120)
        assert seed_history(store, days=3) > 0
        numbers = [each.number for each in again.all("order").values() if isinstance(each, Order)]
        assert len(numbers) == len(set(numbers))
