"""The seats as they are shown, kept from one asking to the next: a second later little but their times are others."""

from datetime import datetime

from floorctl.floor.read_model import Picture
from floorctl.floor.views import SeatView
from floorctl.models import Seat
from floorctl.rules.floor.contradictions import AHEAD
from floorctl.rules.floor.limits import SeatLimits, limit_past, seconds_in_state
from floorctl.rules.floor.usual_queues import moved_away
from floorctl.sync.cache.cache import Row


class SeatViews:
    """Makes the views of the seats. Thread-safe: what is kept is replaced as a whole."""

    def __init__(self, picture: Picture, limits: SeatLimits) -> None:
        self._picture = picture
        self._limits = limits
        #: When the views were made, the people and the ids of the queues that they name, and the views by seat id.
        self._kept: tuple[datetime | None, dict[str, Row], frozenset[str], dict[str, SeatView]] = (
            None, {}, frozenset(), {}
        )  # fmt: skip

    def at(self, now: datetime) -> list[SeatView]:
        """Every seat as of ``now``, by zone and number."""
        people, queues = self._picture.base("person"), self._picture.base("queue")
        made_at, of_people, of_queues, kept = self._kept
        # The names, teams and usual queues of those who work at the seats.
        if of_people is not people or of_queues != queues.keys():
            kept = {}
        views = {}
        for row in self._picture.seats():
            each, version, seat, pending = row
            view = kept.get(each)
            # On a busy floor this is asked for many times a second, and a few of hundreds of seats are others then.
            if view is None or view.seat is not seat or view.version != version or view.pending != pending:
                view = self._made(row, now)
            elif made_at != now:
                view = self._later(view, now)
            views[each] = view
        self._kept = now, people, frozenset(queues), views
        return list(views.values())

    def _made(self, row: tuple[str, int, Seat, tuple[str, ...]], now: datetime) -> SeatView:
        each, version, seat, pending = row
        usual = self._picture.usual_queues(seat.person_id)
        spent = seconds_in_state(seat, now)
        return SeatView(
            id=each,
            version=version,
            seat=seat,
            person_name=self._picture.person_name(seat.person_id),
            seconds_in_state=spent,
            limit=limit_past(seat.state, spent, self._limits),
            pending=pending,
            team=self._picture.team(seat.person_id),
            usual=usual,
            moved=moved_away(seat, usual, self._picture.base("queue")),
            ahead=seat.since > now + AHEAD,
        )

    def _later(self, view: SeatView, now: datetime) -> SeatView:
        """The view of a seat of which only the time in its state has changed."""
        seat = view.seat
        spent = seconds_in_state(seat, now)
        limit = limit_past(seat.state, spent, self._limits)
        ahead = view.ahead and seat.since > now + AHEAD
        return SeatView(
            view.id, view.version, seat, view.person_name, spent, limit, view.pending, view.team, view.usual,
            view.moved, ahead,
        )  # fmt: skip
