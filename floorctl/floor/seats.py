"""The seats as views, and the acts on them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.errors import NotFoundError, UsageError
from floorctl.floor.command_data import without_none
from floorctl.floor.read_model import ReadModel
from floorctl.floor.views import SeatView
from floorctl.models.base import Held, Ref
from floorctl.models.floor import Queue, Seat
from floorctl.models.masked import Masked
from floorctl.models.team import Person
from floorctl.rules.floor.contradictions import AHEAD
from floorctl.rules.floor.limits import SeatLimits, limit_past, seconds_in_state
from floorctl.rules.floor.usual_queues import moved_away
from floorctl.rules.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.floor.desk import Desk
    from floorctl.floor.status import Status
    from floorctl.floor.views import OutboxItem


class SeatViews:
    """Makes the seats' views and keeps them between calls, since usually only their times change.

    Thread-safe: the kept tuple is replaced as a whole.
    """

    def __init__(self, read_model: ReadModel, limits: SeatLimits) -> None:
        self._read_model = read_model
        self._limits = limits
        #: The time the views are of, the people and queue ids that they name, and the views by seat id.
        self._kept: tuple[datetime | None, Mapping[str, Held[Person]], frozenset[str], dict[str, SeatView]] = (
            None, {}, frozenset(), {}
        )  # fmt: skip

    def at(self, now: datetime) -> list[SeatView]:
        """Every seat as of ``now``, by zone and number."""
        people, queues = self._read_model.all(Person), self._read_model.all(Queue)
        made_at, of_people, of_queues, kept = self._kept
        # The views contain names, teams and usual queues of the people at the seats.
        if of_people != people or of_queues != queues.keys():
            kept = {}
        views = {}
        for held in self._read_model.seats():
            view = kept.get(held.id)
            # On a busy floor this runs many times a second, and only a few of hundreds of seats have changed.
            if view is None or not _shows(view, held):
                view = self._made(held, now)
            elif made_at != now:
                view = self._later(view, now)
            views[held.id] = view
        self._kept = now, people, frozenset(queues), views
        return list(views.values())

    def _made(self, held: Held[Seat], now: datetime) -> SeatView:
        seat = held.value
        usual = self._read_model.usual_queues(seat.person_id)
        spent = seconds_in_state(seat, now)
        record = Masked(seat, masked, Ref("seat", held.id))
        return SeatView(
            id=held.id,
            version=held.version,
            record=record,
            seat=record.shown,
            person_name=self._read_model.person_name(seat.person_id),
            seconds_in_state=spent,
            limit=limit_past(seat.state, spent, self._limits),
            pending=held.pending,
            team=self._read_model.team(seat.person_id),
            usual=usual,
            moved=moved_away(seat, usual, self._read_model.all(Queue).keys()),
            ahead=seat.since > now + AHEAD,
        )

    def _later(self, view: SeatView, now: datetime) -> SeatView:
        """Return ``view`` with only the time in its state brought up to ``now``."""
        seat = view.seat
        spent = seconds_in_state(seat, now)
        limit = limit_past(seat.state, spent, self._limits)
        ahead = view.ahead and seat.since > now + AHEAD
        return SeatView(
            view.id,
            view.version,
            view.record,
            seat,
            view.person_name,
            spent,
            limit,
            view.pending,
            view.team,
            view.usual,
            view.moved,
            ahead,
        )


def _shows(view: SeatView, held: Held[Seat]) -> bool:
    return view.record.holds(held.value) and view.version == held.version and view.pending == held.pending


class Seats:
    """Reads seats and acts on them. Reads are from memory; the acts raise what ``Desk`` raises."""

    def __init__(self, read_model: ReadModel, views: SeatViews, status: Status, desk: Desk) -> None:
        self._read_model = read_model
        self._views = views
        self._status = status
        self._desk = desk

    def all(self) -> list[SeatView]:
        """*memory* Every seat, by zone and number."""
        return self._views.at(self._status.shown_at())

    def moved(self) -> list[SeatView]:
        """*memory* The seats that serve other queues than usual, by 技能调整."""
        return [view for view in self.all() if view.moved]

    def set_state(self, seat_id: str, state: str, reason: str | None = None) -> OutboxItem:
        """Set a forced state: 强制示闲, 示忙 or 签出."""
        return self._desk.submit("seat.state", seat_id, {"state": state} | without_none(reason=reason))

    def set_skills(self, seat_id: str, queue_ids: Sequence[str]) -> OutboxItem:
        """技能调整: set the queues that the seat serves, first choice first."""
        self._desk.require("seat.skills")
        known = self._read_model.all(Queue)
        if missing := [each for each in queue_ids if each not in known]:
            raise NotFoundError("error.no_such_queue", id=missing[0])
        return self._desk.submit("seat.skills", seat_id, {"skills": list(queue_ids)})

    def restore_skills(self, seat_id: str) -> OutboxItem:
        """技能恢复: set the seat's skills to its usual queues.

        Raises:
            UsageError: the usual queues are not known.

        """
        self._desk.require("seat.skills")
        seat = self._read_model.value(Seat, seat_id)
        if seat is None:
            raise NotFoundError("error.no_such_seat", id=seat_id)
        usual = self._read_model.usual_queues(seat.person_id)
        if not usual:
            raise UsageError("error.usual_queues_unknown", seat=seat.number)
        return self._desk.submit("seat.skills", seat_id, {"skills": list(usual)})

    def listen(self, seat_id: str, mode: str) -> OutboxItem:
        """Send 监听 (listen), 密语 (whisper), 插话 (barge) or 强拆 (release) for the call at this seat."""
        return self._desk.submit("seat.listen", seat_id, {"mode": mode})

    def cancel_pause(self, seat_id: str, shift_id: str, index: int) -> OutboxItem:
        """停休: cancel one planned break of the person at this seat."""
        return self._desk.submit("pause.cancel", seat_id, {"shift_id": shift_id, "pause": index})

    def message(self, seat_ids: Sequence[str], text: str) -> OutboxItem:
        """Show ``text`` on these agents' screens."""
        self._desk.require("floor.message")
        if not seat_ids:
            raise NotFoundError("error.no_such_seat", id="")
        return self._desk.submit("floor.message", seat_ids[0], {"text": text, "seat_ids": list(seat_ids)})
