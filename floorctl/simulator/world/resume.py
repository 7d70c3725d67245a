"""Rebuilding the floor in memory from the store: after a restart, or in another process."""

from collections.abc import Iterator, Sequence
from datetime import date
from random import Random

from floorctl.models.base import Entity
from floorctl.models.floor import Interval, Queue, Seat
from floorctl.models.team import Shift
from floorctl.simulator.store.store import Reading
from floorctl.simulator.world.arrivals import LINES, QUARTER, QUARTERS, Caller, draw_caller
from floorctl.simulator.world.calls import DESK_POSTS
from floorctl.simulator.world.floor import LiveFloor
from floorctl.simulator.world.past import quarters_until
from floorctl.simulator.world.queue import Line, Tally, interval_id
from floorctl.simulator.world.seat import Desk, moment

Shifts = Sequence[tuple[str, Shift]]
Written = tuple[tuple[str, str], Entity]
_QUEUE_OF = {line: queue_id for queue_id, line in LINES.items()}
_PAUSES = frozenset({"break", "meal", "training", "meeting"})
#: Longest remaining time of calls, wrap-ups and outbound calls from before the restart, in seconds.
_CALL_LEFT, _WRAP_LEFT, _OUT_LEFT = 75.0, 20.0, 60.0


def start_afresh(floor: LiveFloor, at: float, day: date, shifts: Shifts) -> None:
    """Simulate the day up to ``at`` as on a new floor, after a stop that was too long to resume from."""
    floor.start(at, day, shifts, quarters_until)
    floor.telephony.count_staffed(at)
    floor.telephony.changed.update(floor.telephony.desks)


def resume(floor: LiveFloor, reading: Reading, at: float, day: date, shifts: Shifts) -> Iterator[Written]:
    """Resume the floor as of ``at``; yield what is in the store, so that only changes are written.

    Calls in progress end soon; waiting callers go on waiting; pauses last as planned.
    """
    rng = Random(f"{floor.setup.seed}:{at}:resume")
    floor.open_day(day, at, shifts)
    for line in floor.telephony.lines.values():
        yield from _line(floor, line, reading)
    for seat_id, row in reading.all("seat"):
        desk = floor.telephony.desks.get(seat_id)
        if desk is not None and isinstance(row.data, Seat):
            _desk(floor, desk, row.data, at, rng)
            yield ("seat", seat_id), row.data
    for line in floor.telephony.lines.values():
        row_of_queue = reading.get("queue", line.queue_id)
        if row_of_queue is not None and isinstance(row_of_queue.data, Queue):
            _waiting(floor, line, row_of_queue.data, at, rng)
    for desk in floor.telephony.desks.values():
        # People who came or left during the stop.
        if desk.state == "signed_out" and desk.shift_at(at) is not None and desk.forced is None:
            floor.telephony.settle(at, desk)


def _line(floor: LiveFloor, line: Line, reading: Reading) -> Iterator[Written]:
    row = reading.get("queue", line.queue_id)
    if row is not None and isinstance(row.data, Queue):
        queue = row.data
        line.offered, line.answered, line.abandoned = queue.offered, queue.answered, queue.abandoned
        line.abandoned_short, line.in_target = queue.abandoned_short, queue.answered_in_target
        line.waited, line.handled = queue.wait_seconds, queue.handle_seconds
        yield ("queue", line.queue_id), queue
    for quarter in range(QUARTERS):
        start = line.midnight + quarter * float(QUARTER)
        stored_id = interval_id(line.queue_id, moment(start, floor.setup.zone).isoformat())
        row = reading.get("interval", stored_id)
        if row is None or not isinstance(row.data, Interval):
            break
        interval = row.data
        line.quarters[start] = Tally(
            interval.offered,
            interval.answered,
            interval.abandoned,
            interval.answered_in_target,
            interval.handle_seconds,
            interval.staffed_seconds,
        )
        yield ("interval", stored_id), interval


def _desk(floor: LiveFloor, desk: Desk, seat: Seat, at: float, rng: Random) -> None:
    telephony = floor.telephony
    desk.state, desk.since = seat.state, seat.since.timestamp()
    desk.person_id, desk.shift_id, desk.skills = seat.person_id, seat.shift_id, seat.skills
    desk.staffed_since = at
    for worked in desk.worked_shifts:
        worked.taken = {index for index, pause in enumerate(worked.shift.pauses) if pause.starts_at.timestamp() <= at}
    if seat.call is not None:
        caller = draw_caller(
            rng, seat.call.id, _QUEUE_OF.get(seat.call.line, "q-12345"), seat.call.started_at.timestamp()
        )
        caller.phone, caller.transfer_to, caller.hold = seat.call.caller or caller.phone, None, 0.0
        desk.call_since = seat.call.started_at.timestamp()
        _call(floor, desk, seat, caller, at, rng)
    elif seat.state == "wrap_up":
        telephony.resume_wrap_up(at, desk, rng.uniform(2, _WRAP_LEFT))
    elif seat.state in _PAUSES:
        length = next(
            (
                (pause.ends_at - pause.starts_at).total_seconds()
                for worked in desk.worked_shifts
                for pause in worked.shift.pauses
                if pause.kind == seat.state and pause.starts_at.timestamp() <= at + 60
            ),
            600.0,
        )
        desk.pause_until = max(at + 1, desk.since + length)
        telephony.resume_wrap_up(desk.pause_until, desk, 0.0)
    elif seat.state == "not_ready" and desk.post in DESK_POSTS and not desk.skills:
        telephony.resume_wrap_up(at, desk, rng.uniform(5, 120))
    elif seat.state == "not_ready" or (seat.state == "signed_out" and desk.shift_at(at) is not None):
        _keep_forced_state(floor, desk, at)
    elif desk.shift_at(at) is None and seat.state != "signed_out":
        telephony.resume_wrap_up(at, desk, 1.0)


def _keep_forced_state(floor: LiveFloor, desk: Desk, at: float) -> None:
    """Keep a state that only a person can have forced, as long as it would have been kept without the restart."""
    worked = desk.shift_at(at)
    recent = worked is not None and desk.state == "signed_out" and desk.since <= worked.begins
    if recent:
        return  # the shift has just begun; nobody forced it
    desk.forced = desk.state
    desk.forced_until = worked.ends if desk.state == "signed_out" and worked else desk.next_reason(at)
    floor.telephony.resume_wrap_up(desk.forced_until, desk, 0.0)


def _call(floor: LiveFloor, desk: Desk, seat: Seat, caller: Caller, at: float, rng: Random) -> None:
    telephony = floor.telephony
    if seat.state == "ringing":
        caller.ring, caller.order_draw = 1.0, 0.5
        telephony.resume_ringing(at, desk, caller)
    elif seat.state == "outbound":
        telephony.resume_outbound(at, desk, caller, rng.uniform(5, _OUT_LEFT))
    else:
        if seat.state == "not_ready":
            desk.forced, desk.forced_until = "not_ready", desk.next_reason(at)
        telephony.resume_call(at, desk, caller, rng.uniform(5, _CALL_LEFT))


def _waiting(floor: LiveFloor, line: Line, queue: Queue, at: float, rng: Random) -> None:
    if queue.oldest_wait_since is None:
        return
    oldest = queue.oldest_wait_since.timestamp()
    since = sorted([oldest, *(rng.uniform(oldest, at) for _ in range(queue.waiting - 1))])
    for index, began in enumerate(since[: queue.waiting]):
        floor.telephony.resume_waiting(
            at, draw_caller(rng, f"w{int(began)}{index}{line.queue_id[-2:]}", line.queue_id, began)
        )
