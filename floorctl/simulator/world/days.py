"""The running floor from one day to the next: rosters, orders and records on the same agenda as the calls."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TypeVar

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.floor import Interval
from floorctl.models.handover import Handover
from floorctl.models.orders import MissedCall, Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.quality import sampling
from floorctl.simulator.world import missed, quality, records
from floorctl.simulator.world.agenda import Action
from floorctl.simulator.world.arrivals import LINES
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.missed import LiveMissedCalls
from floorctl.simulator.world.orders import LiveOrders, Read, Write, order_id
from floorctl.simulator.world.people import LEADS
from floorctl.simulator.world.queue import interval_id
from floorctl.simulator.world.resources import channels, faults
from floorctl.simulator.world.rota import SHIFT_LENGTH
from floorctl.simulator.world.setup import AHEAD_DAYS, Setup
from floorctl.simulator.world.state import State

#: Returns the entities of a kind by their ids, from the first id to before the last.
Between = Callable[[str, str, str], dict[str, Entity]]
E = TypeVar("E", bound=Entity)

#: Sorts after every id.
_LAST = "\U0010ffff"
_ALERTS_AT = 600
_SAMPLES_AT = 7 * 3600
_SHIFT = 8 * 3600
#: Seconds after the change of shifts at which a handover that nobody signed at a terminal is signed on the floor.
_SIGNED_AFTER = 45 * 60
_DAY = 86_400


class Days:
    """A floor that continues from ``state.time``.

    ``read`` and ``write`` access the store, ``between`` returns the entities of a kind between two ids. ``shifts`` are
    those that are not over, today's and the published ones.
    """

    def __init__(
        self,
        setup: Setup,
        state: State,
        at: float,
        shifts: dict[str, Shift],
        read: Read,
        write: Write,
        between: Between,
    ) -> None:
        self.setup = setup
        self.at = at
        self.day = setup.today(datetime.fromtimestamp(at, setup.zone))
        self.shifts = shifts
        self.broken = faults(setup, self.day)
        self.floor = LiveFloor(setup)
        self.orders = LiveOrders(setup, self.floor.agenda, read, write)
        self._serials = state.serials
        self._read = read
        self._write = write
        self._between = between
        self.missed = LiveMissedCalls(setup, self.floor.agenda, read, write)
        self.floor.telephony.on_call_over = self.orders.call_over
        self.floor.telephony.on_gave_up = self.missed.gave_up
        self.floor.telephony.on_got_through = self.missed.got_through
        self.floor.on_new_day = self._new_day
        self.orders.open_day(self.day, state.serial if state.day == self.day else 0, at)
        self.orders.open_alerts.update(state.open_alerts)

    @property
    def todays_shifts(self) -> list[tuple[str, Shift]]:
        """The shifts that have begun or begin today, in the order of their ids."""
        return sorted(
            (sid, shift) for sid, shift in self.shifts.items() if self.setup.today(shift.starts_at) <= self.day
        )

    def begin(self, open_orders: list[tuple[str, Order]]) -> None:
        """Resume the orders, and plan the rest of the day; call it after the telephony has been resumed."""
        for oid, order in open_orders:
            self.orders.follow(oid, order, self.at)
        yesterday = missed.first_id(self.day - timedelta(days=1))
        for call_id, call in _only(MissedCall, self._between(missed.KIND, yesterday, _LAST)).items():
            self.missed.follow(call_id, call, self.at)
        self._update_trunk(self.at)
        self._plan_day(self.at, self.day)

    def run(self, until: float) -> int:
        """Run all events due by ``until``; return how many there were."""
        done = self.floor.run(until)
        self.at = max(self.at, until)
        return done

    def state(self) -> State:
        """Return what has to be stored for a restart."""
        return State(
            time=self.at,
            day=self.day,
            serial=self.orders.serial,
            open_orders=sorted(self.orders.open),
            open_alerts=sorted(self.orders.open_alerts),
            serials=self._serials,
        )

    # -- the roster ------------------------------------------------------------------------------------------------

    def shift_changed(self, shift_id: str, shift: Shift) -> None:
        """Apply a published or changed shift (停休)."""
        if shift.ends_at.timestamp() <= self.at:
            return
        self.shifts[shift_id] = shift
        if self.setup.today(shift.starts_at) <= self.day:
            self.floor.plan_shift(shift_id, shift, self.at)

    def shift_removed(self, shift_id: str) -> None:
        """Apply the removal of a shift from the roster."""
        if self.shifts.pop(shift_id, None) is not None:
            self.floor.drop_shift(shift_id, self.at)

    def publish(self, *days: date) -> None:
        """Publish the roster of these days, except those that have one."""
        have = {self.setup.today(shift.starts_at) for shift in self.shifts.values()}
        for day in days:
            if day not in have:
                for shift_id, shift in self.setup.shifts(day):
                    self.shifts[shift_id] = shift
                    self._write("shift", shift_id, shift)

    # -- the day ---------------------------------------------------------------------------------------------------

    def _new_day(self, at: float, day: date) -> None:
        self.at, self.day = at, day
        self.broken = faults(self.setup, day)
        self.shifts = {sid: shift for sid, shift in self.shifts.items() if shift.ends_at.timestamp() > at}
        self.publish(day, day + timedelta(days=AHEAD_DAYS))
        starting = [(sid, shift) for sid, shift in self.todays_shifts if self.setup.today(shift.starts_at) == day]
        self.floor.open_day(day, at, starting)
        self.orders.open_day(day, 0, at)
        self._plan_day(at, day)

    def _plan_day(self, since: float, day: date) -> None:
        midnight = self.floor.midnight(day)
        planned: list[tuple[float, Action]] = [
            (midnight + _ALERTS_AT, self._close_alerts),
            (midnight + _SAMPLES_AT, self._draw_samples),
        ]
        planned += [(when, self._update_trunk) for fault in self.broken for when in (fault.begin, fault.end)]
        for when, action in planned:
            if when > since:
                self.floor.agenda.at(when, action)
        self._plan_handovers(since, midnight, day)

    def _plan_handovers(self, since: float, midnight: float, day: date) -> None:
        for shift_day in (day - timedelta(days=1), day):
            for from_shift, to_shift, hour, add in records.HANDOVERS:
                change = records.changes_at(self.setup, shift_day, hour, add)
                opens, signed = change.timestamp() - _SHIFT, change.timestamp() + _SIGNED_AFTER
                handover = (shift_day, from_shift, to_shift, change)
                if opens >= since and shift_day == day:
                    self.floor.agenda.at(opens, self._open_handover, *handover)
                if since < signed < midnight + _DAY:
                    self.floor.agenda.at(signed, self._sign_handover, *handover)

    def _close_alerts(self, at: float) -> None:
        self.orders.close_old_alerts(at, LEADS[0])

    def _update_trunk(self, at: float) -> None:
        self.floor.telephony.trunk = channels(self.setup, at, self.broken)

    def _draw_samples(self, at: float) -> None:
        since, _ = sampling.window(self.day, self.setup.calendar)
        data = quality.DrawData(
            people=_only(Person, self._between("person", "", _LAST)),
            orders=_only(Order, self._between("order", order_id(f"{since:%Y%m%d}"), order_id(f"{self.day:%Y%m%d}"))),
            shifts=_only(Shift, self._between("shift", "", _LAST)),
            samples=_only(Sample, self._between("sample", "", _LAST)),
            inspections=_only(Inspection, self._between("inspection", "", _LAST)),
            rubrics=_only(Rubric, self._between("rubric", "", _LAST)),
        )
        for sample_id, sample in quality.drawn_on(self.setup, self.day, data):
            if sample_id not in data.samples:
                self._write("sample", sample_id, sample)

    def _open_handover(self, at: float, day: date, from_shift: str, to_shift: str, change: datetime) -> None:
        hid = records.handover_id(day, from_shift)
        if self._read("handover", hid) is None:
            self._write("handover", hid, records.handover(self.setup, day, from_shift, to_shift, change))

    def _sign_handover(self, at: float, day: date, from_shift: str, to_shift: str, change: datetime) -> None:
        hid = records.handover_id(day, from_shift)
        held = self._read("handover", hid)
        if isinstance(held, Handover) and held.state == "open":
            begins = change - SHIFT_LENGTH
            calls = records.calls_between(self._quarters(begins, change), begins, change)
            signed = records.handover(self.setup, day, from_shift, to_shift, change, calls)
            self._write("handover", hid, replace(signed, items=held.items))

    def _quarters(self, begins: datetime, ends: datetime) -> Iterator[tuple[float, int, int]]:
        """Yield the stored quarter hours of every queue between two times: start, offered and answered calls."""
        for queue_id in LINES:
            first, last = (interval_id(queue_id, each.isoformat()) for each in (begins, ends))
            for interval in _only(Interval, self._between("interval", first, last)).values():
                yield interval.start.timestamp(), interval.offered, interval.answered


def _only(expected: type[E], entities: dict[str, Entity]) -> dict[str, E]:
    return {entity_id: entity for entity_id, entity in entities.items() if isinstance(entity, expected)}
