"""The telephone side of the floor: callers arrive, wait, give up or are answered; seats ring, talk, hold, wrap up.

A call goes to the ready seat that has its queue earliest among its skills, the longest idle first; a seat that becomes
ready takes the longest waiting call of its first queue that has one. All of it is events on an agenda; this module does
not access the store.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, time, timedelta, tzinfo
from random import Random

from floorctl.models.floor import Seat
from floorctl.simulator.world.agenda import Agenda
from floorctl.simulator.world.arrivals import QUARTER, SHARES, Arrivals, Caller, draw_caller
from floorctl.simulator.world.queue import Line
from floorctl.simulator.world.seat import Desk, is_staffed

_RING_TOO_LONG = 15.0
_UNANSWERED_CHANCE = 0.003
_UNANSWERED_PAUSE = 150.0
_OUTBOUND_MEAN, _OUTBOUND_BETWEEN = 95.0, 110.0
#: Longest time at the desk between two outbound calls.
_OUTBOUND_BETWEEN_MOST = 240.0
#: Share of the callers who gave up that call again, and after how many seconds.
_CALLS_AGAIN, _CALLS_AGAIN_AFTER = 0.3, (60.0, 1500.0)
#: Posts whose seats do paper work and call out, to citizens by day and to duty rooms by night.
DESK_POSTS = frozenset({"dispatcher", "team_lead", "knowledge", "floor_manager"})


class Telephony:
    """Seats and queues in motion. ``changed`` holds the ids of seats that changed since it was last emptied."""

    def __init__(
        self, agenda: Agenda, arrivals: Arrivals, desks: Iterable[Desk], *, seed: int, zone: tzinfo, trunk: int
    ) -> None:
        self.agenda = agenda
        self.arrivals = arrivals
        #: Returns the callers of a day and a queue, in the order of their calls.
        self.callers: Callable[[date, str], Iterator[Caller]] = arrivals.of_day
        self.desks = {desk.place.seat_id: desk for desk in desks}
        self.lines: dict[str, Line] = {queue_id: Line(queue_id, 0.0) for queue_id in SHARES}
        self.changed: set[str] = set()
        self.trunk = trunk
        #: Called after each answered call: (when, seat, caller).
        self.on_call_over: Callable[[float, Desk, Caller], None] = lambda at, desk, caller: None
        #: Called for each caller who gives up, and for each who had given up and is answered now: (when, caller).
        #: ``on_gave_up`` returns the id of the missed call, empty if it is none.
        self.on_gave_up: Callable[[float, Caller], str] = lambda at, caller: ""
        self.on_got_through: Callable[[float, Caller], None] = lambda at, caller: None
        self._seed = seed
        self._zone = zone
        self._on_trunk = 0
        self._day = date.min

    @property
    def on_trunk(self) -> int:
        """Channels in use: callers waiting or connected, and outbound calls."""
        return self._on_trunk

    # -- the day ---------------------------------------------------------------------------------------------------

    def open_day(self, day: date, since: float = 0.0) -> None:
        """Plan the calls and quarter hours of ``day`` from ``since`` on, and set the start of the day."""
        midnight = datetime.combine(day, time(), self._zone)
        start = midnight.timestamp()
        self._day = day
        for line in self.lines.values():
            line.midnight = start
            calls = (caller for caller in self.callers(day, line.queue_id) if caller.at > since)
            self._plan_next(calls)
        first = max(start, since - since % QUARTER)
        if first >= since:
            self.agenda.at(first, self._quarter)
        else:
            self.agenda.at(first + QUARTER, self._quarter)

    def roll(self, at: float) -> None:
        """Reset the counters at midnight."""
        self.count_staffed(at)
        for line in self.lines.values():
            line.roll(at)

    def _plan_next(self, calls: Iterator[Caller]) -> None:
        caller = next(calls, None)
        if caller is not None:
            self.agenda.at(caller.at, self.arrive, caller, calls)

    def _quarter(self, at: float) -> None:
        self.count_staffed(at)
        for line in self.lines.values():
            line.tally(at)
        following = at + QUARTER
        end_of_day = datetime.combine(self._day + timedelta(days=1), time(), self._zone).timestamp()
        if following < end_of_day:
            self.agenda.at(following, self._quarter)

    def count_staffed(self, at: float) -> None:
        """Add the staffed time up to ``at`` to the current quarter hour."""
        for desk in self.desks.values():
            self._count_desk(desk, at)

    def _count_desk(self, desk: Desk, at: float) -> None:
        since, desk.staffed_since = desk.staffed_since, at
        if not desk.staffed or not desk.skills or at <= since:
            return
        # A seat's time counts in full for its first queue, so that queues can be added up.
        line = self.lines.get(desk.skills[0])
        if line is None:
            return
        while since < at:
            end = min(at, since - since % QUARTER + QUARTER)
            line.tally(since).staffed += end - since
            since = end

    # -- callers ---------------------------------------------------------------------------------------------------

    def arrive(self, at: float, caller: Caller, calls: Iterator[Caller] | None = None) -> None:
        """Let a caller arrive; ``calls``: the callers to plan next."""
        if calls is not None:
            self._plan_next(calls)
        if self._on_trunk >= self.trunk:
            return  # every channel is taken: the citizen hears the busy tone, and no queue counts the call
        self._on_trunk += 1
        line = self.lines[caller.queue_id]
        line.offer(caller)
        caller.state = "waiting"
        self.agenda.at(at + caller.patience, self._give_up, caller)
        desk = self._free_desk(caller.queue_id)
        if desk is None:
            line.waiting.append(caller)
        else:
            self._ring(at, desk, caller)

    def _free_desk(self, queue_id: str) -> Desk | None:
        best: tuple[int, float, str] | None = None
        found = None
        for desk in self.desks.values():
            if desk.state == "ready" and queue_id in desk.skills:
                rank = (desk.skills.index(queue_id), desk.since, desk.place.seat_id)
                if best is None or rank < best:
                    best, found = rank, desk
        return found

    def _give_up(self, at: float, caller: Caller) -> None:
        if caller.state == "waiting":
            self.lines[caller.queue_id].waiting.remove(caller)
        elif caller.state == "ringing":
            desk = next(desk for desk in self.desks.values() if desk.caller is caller)
            desk.caller = None
            self.settle(at, desk)
        else:
            return
        caller.state = "gone"
        self._on_trunk -= 1
        self.lines[caller.queue_id].lose(caller, at - caller.at)
        missed = self.on_gave_up(at, caller)
        if missed:
            self._call_again(at, caller, missed)

    def _call_again(self, at: float, caller: Caller, missed: str) -> None:
        """Let some of those who gave up call again some minutes later."""
        rng = Random(f"{self._seed}:{caller.id}:again")
        if caller.missed or rng.random() >= _CALLS_AGAIN:
            return
        again = draw_caller(rng, caller.id + "r", caller.queue_id, at + rng.uniform(*_CALLS_AGAIN_AFTER))
        again.phone, again.about, again.missed = caller.phone, caller.about, missed
        self.agenda.at(again.at, self.arrive, again)

    def resume_waiting(self, at: float, caller: Caller) -> None:
        """Put a caller who was waiting before a restart back into the queue; the counters include them already."""
        caller.state = "waiting"
        self._on_trunk += 1
        self.lines[caller.queue_id].waiting.append(caller)
        self.agenda.at(at + caller.patience, self._give_up, caller)

    # -- calls at a seat -------------------------------------------------------------------------------------------

    def set_state(self, at: float, desk: Desk, state: str) -> None:
        """Change a seat's state; events planned for the former state become void."""
        if desk.staffed != is_staffed(state):
            self._count_desk(desk, at)
        desk.token += 1
        if desk.state != state:
            desk.state = state
            desk.since = at
        self.changed.add(desk.place.seat_id)

    def _ring(self, at: float, desk: Desk, caller: Caller) -> None:
        desk.caller, desk.call_since = caller, at
        caller.state = "ringing"
        self.set_state(at, desk, "ringing")
        unanswered = caller.order_draw > 1 - _UNANSWERED_CHANCE
        if unanswered:
            caller.ring = 2.0  # the next seat answers it
            self.agenda.at(at + _RING_TOO_LONG, self._unanswered, desk, desk.token)
        else:
            self.agenda.at(at + caller.ring, self._answer, desk, desk.token)

    def _unanswered(self, at: float, desk: Desk, token: int) -> None:
        caller = desk.caller
        if desk.token != token or caller is None:
            return
        caller.order_draw = 0.5
        desk.caller = None
        self.set_state(at, desk, "not_ready")
        self.agenda.at(at + _UNANSWERED_PAUSE, self._settle_if_unchanged, desk, desk.token)
        caller.state = "waiting"
        other = self._free_desk(caller.queue_id)
        if other is not None:
            self._ring(at, other, caller)
        else:
            self.lines[caller.queue_id].waiting.appendleft(caller)

    def _answer(self, at: float, desk: Desk, token: int) -> None:
        caller = desk.caller
        if desk.token != token or caller is None:
            return
        caller.state = "talking"
        caller.answered_at = at
        self.lines[caller.queue_id].answer(caller, at - caller.at)
        if caller.missed:
            self.on_got_through(at, caller)
        self.set_state(at, desk, "talking")
        if caller.hold:
            self.agenda.at(at + caller.hold_after, self._hold, desk, caller)
        self.agenda.at(at + caller.talk + caller.hold, self._hang_up, desk, caller)

    def _hold(self, at: float, desk: Desk, caller: Caller) -> None:
        if desk.caller is caller and desk.state == "talking":
            self.set_state(at, desk, "hold")
            self.agenda.at(at + caller.hold, self._unhold, desk, caller)

    def _unhold(self, at: float, desk: Desk, caller: Caller) -> None:
        if desk.caller is caller and desk.state == "hold":
            self.set_state(at, desk, "talking")

    def _hang_up(self, at: float, desk: Desk, caller: Caller) -> None:
        if desk.caller is not caller or caller.state != "talking":
            return
        self._end_talk(at, desk, caller)
        if desk.forced is not None:
            # Forced out of the queue during the call: no wrap-up after it.
            self._finish_call(at, desk, caller)
            self.settle(at, desk)
            return
        self.set_state(at, desk, "wrap_up")
        self.agenda.at(at + caller.wrap, self._end_wrap_up, desk, desk.token, caller)

    def _end_talk(self, at: float, desk: Desk, caller: Caller) -> None:
        caller.state = "over"
        caller.handled = at - caller.answered_at
        desk.caller = None
        self._on_trunk -= 1
        if caller.transfer_to is not None:
            rng = Random(f"{self._seed}:{caller.id}:transfer")
            self.arrive(at, draw_caller(rng, caller.id + "z", caller.transfer_to, at))

    def _finish_call(self, at: float, desk: Desk, caller: Caller) -> None:
        self.lines[caller.queue_id].finish(caller, caller.handled)
        self.on_call_over(at, desk, caller)

    def _end_wrap_up(self, at: float, desk: Desk, token: int, caller: Caller) -> None:
        caller.handled += caller.wrap if desk.token == token else 0.0
        self._finish_call(at, desk, caller)
        if desk.token == token:
            self.settle(at, desk)

    def cut(self, at: float, desk: Desk) -> None:
        """Cut the current call (强拆); the seat wraps up."""
        caller = desk.caller
        if caller is None:
            return
        if caller.state == "ringing":
            self._give_up(at, caller)
        elif caller.state == "talking":
            self._end_talk(at, desk, caller)
            self.set_state(at, desk, "wrap_up")
            self.agenda.at(at + caller.wrap, self._end_wrap_up, desk, desk.token, caller)
        else:
            desk.caller = None
            self._on_trunk -= 1
            self.settle(at, desk)

    def resume_call(self, at: float, desk: Desk, caller: Caller, seconds: float) -> None:
        """Resume a call from before a restart, for ``seconds``."""
        desk.caller = caller
        self._on_trunk += 1
        caller.state = "talking"
        caller.answered_at = desk.call_since
        self.agenda.at(at + seconds, self._hang_up, desk, caller)

    def resume_ringing(self, at: float, desk: Desk, caller: Caller) -> None:
        """Resume a call that was ringing before a restart; it is answered at once."""
        desk.caller = caller
        self._on_trunk += 1
        caller.state = "ringing"
        self.agenda.at(at + caller.ring, self._answer, desk, desk.token)

    def resume_wrap_up(self, at: float, desk: Desk, seconds: float) -> None:
        """End a wrap-up from before a restart, whose call is no longer known, in ``seconds``."""
        self.agenda.at(at + seconds, self._settle_if_unchanged, desk, desk.token)

    # -- what a seat does next -------------------------------------------------------------------------------------

    def settle(self, at: float, desk: Desk) -> None:
        """Set an idle seat to its forced state, else to what its shift plans, else to its work."""
        if desk.forced is not None:
            if at < desk.forced_until:
                self._keep_forced_state(at, desk, desk.forced)
                return
            desk.forced = None
        worked = desk.shift_at(at)
        if worked is None:
            self._sign_out(at, desk)
            return
        if at < desk.pause_until:
            return
        if desk.person_id is None:
            desk.person_id, desk.shift_id = worked.shift.person_id, worked.shift_id
        due = desk.pause_due(at)
        if due is not None:
            desk.take_pause(*due, at)
            self.set_state(at, desk, due[2].kind)
            self.agenda.at(desk.pause_until, self._settle_if_unchanged, desk, desk.token)
        elif desk.post in DESK_POSTS and not desk.skills:
            self._desk_work(at, desk)
        else:
            self._get_ready(at, desk)

    def _keep_forced_state(self, at: float, desk: Desk, state: str) -> None:
        if state == "ready":
            self._get_ready(at, desk)
        elif desk.state != state:
            self.set_state(at, desk, state)
        else:
            self.changed.add(desk.place.seat_id)

    def apply_change(self, at: float, desk: Desk, seat: Seat) -> None:
        """Apply what a person did to a seat: its skills, its state, or that its call was cut (强拆).

        A forced state is kept until the shift gives a reason for another: a pause, or its end.
        """
        if seat.skills != desk.skills:
            self._count_desk(desk, at)
            desk.skills = seat.skills
        if seat.state != desk.state:
            self._count_desk(desk, at)
            if seat.state == "wrap_up" and desk.caller is not None:
                self.cut(at, desk)
                return
            desk.token += 1
            desk.state, desk.since = seat.state, seat.since.timestamp()
            desk.person_id, desk.shift_id = seat.person_id, seat.shift_id
            if seat.state == "ready":
                desk.give_up_pauses(at)
            worked = desk.shift_at(at)
            desk.forced = seat.state
            desk.forced_until = worked.ends if seat.state == "signed_out" and worked else desk.next_reason(at)
            self.agenda.at(desk.forced_until, self._settle_if_unchanged, desk, desk.token)
        if desk.state == "ready":
            self._get_ready(at, desk)

    def settle_idle(self, at: float, desk: Desk) -> None:
        """Call ``settle`` unless a call or its wrap-up is going on, after which it is called anyway."""
        if not desk.handling:
            self.settle(at, desk)

    def _settle_if_unchanged(self, at: float, desk: Desk, token: int) -> None:
        if desk.token == token:
            self.settle(at, desk)

    def _sign_out(self, at: float, desk: Desk) -> None:
        if desk.state != "signed_out":
            self.set_state(at, desk, "signed_out")
        desk.person_id = desk.shift_id = None

    def _get_ready(self, at: float, desk: Desk) -> None:
        for queue_id in desk.skills:
            line = self.lines.get(queue_id)
            if line is not None and line.waiting:
                caller = line.waiting.popleft()
                self._ring(at, desk, caller)
                return
        if desk.state != "ready":
            self.set_state(at, desk, "ready")

    def _desk_work(self, at: float, desk: Desk) -> None:
        """Alternate between paper work and outbound calls, as dispatchers do."""
        rng = Random(f"{self._seed}:{desk.place.seat_id}:{int(at)}")
        if desk.state == "not_ready" and self._on_trunk < self.trunk - 2:
            caller = draw_caller(rng, f"o{int(at)}{desk.place.number}", "q-12345", at)
            caller.state = "outbound"
            desk.caller, desk.call_since = caller, at
            self._on_trunk += 1
            self.set_state(at, desk, "outbound")
            self.agenda.at(at + 15 + rng.expovariate(1 / _OUTBOUND_MEAN), self._end_outbound, desk, desk.token)
        else:
            self.set_state(at, desk, "not_ready")
            self.agenda.at(
                at + 20 + min(rng.expovariate(1 / _OUTBOUND_BETWEEN), _OUTBOUND_BETWEEN_MOST),
                self._settle_if_unchanged,
                desk,
                desk.token,
            )

    def _end_outbound(self, at: float, desk: Desk, token: int) -> None:
        if desk.token == token and desk.caller is not None:
            desk.caller = None
            self._on_trunk -= 1
            self.settle(at, desk)

    def resume_outbound(self, at: float, desk: Desk, caller: Caller, seconds: float) -> None:
        """End an outbound call from before a restart in ``seconds``."""
        caller.state = "outbound"
        desk.caller = caller
        self._on_trunk += 1
        self.agenda.at(at + seconds, self._end_outbound, desk, desk.token)
