"""The seats as they are shown, kept from one asking to the next: a second later little but their times are others."""

from collections.abc import Mapping
from datetime import datetime

from floorctl.floor.read_model import ReadModel
from floorctl.floor.views import SeatView
from floorctl.models import Held, Person, Queue, Seat
from floorctl.models.masked import Masked
from floorctl.rules.floor.contradictions import AHEAD
from floorctl.rules.floor.limits import SeatLimits, limit_past, seconds_in_state
from floorctl.rules.floor.usual_queues import moved_away
from floorctl.rules.privacy import masked_seat


class SeatViews:
    """Makes the views of the seats. Thread-safe: what is kept is replaced as a whole."""

    def __init__(self, read_model: ReadModel, limits: SeatLimits) -> None:
        self._read_model = read_model
        self._limits = limits
        #: When the views were made, the people and the ids of the queues that they name, and the views by seat id.
        self._kept: tuple[datetime | None, Mapping[str, Held[Person]], frozenset[str], dict[str, SeatView]] = (
            None, {}, frozenset(), {}
        )  # fmt: skip

    def at(self, now: datetime) -> list[SeatView]:
        """Every seat as of ``now``, by zone and number."""
        people, queues = self._read_model.all(Person), self._read_model.all(Queue)
        made_at, of_people, of_queues, kept = self._kept
        # The names, teams and usual queues of those who work at the seats.
        if of_people != people or of_queues != queues.keys():
            kept = {}
        views = {}
        for held in self._read_model.seats():
            view = kept.get(held.id)
            # On a busy floor this is asked for many times a second, and a few of hundreds of seats are others then.
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
        return SeatView(
            id=held.id,
            version=held.version,
            record=Masked(seat, masked_seat),
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
        """The view of a seat of which only the time in its state has changed."""
        seat = view.seat
        spent = seconds_in_state(seat, now)
        limit = limit_past(seat.state, spent, self._limits)
        ahead = view.ahead and seat.since > now + AHEAD
        return SeatView(
            view.id, view.version, view.record, view.person_name, spent, limit, view.pending, view.team, view.usual,
            view.moved, ahead,
        )  # fmt: skip


def _shows(view: SeatView, held: Held[Seat]) -> bool:
    return view.record.holds(held.value) and view.version == held.version and view.pending == held.pending
