"""The open matters at present, as text for the handover: 此刻未了."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.models.floor import Queue
from floorctl.models.order_filter import OrderFilter
from floorctl.models.team import Shift
from floorctl.rules.handover.unfinished import GROUPS, LEFT_OUT, LISTED, Group
from floorctl.text import hot_spots
from floorctl.text.durations import clock_words, lasting
from floorctl.text.times import between, when

if TYPE_CHECKING:
    from datetime import datetime

    from floorctl.floor.alerts.alerts import Alerts
    from floorctl.floor.hot_spots.reads import HotSpotReads
    from floorctl.floor.missed_calls import MissedCalls
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.seats import Seats
    from floorctl.floor.views import OrderView


class StandingMatters:
    """Reads the open matters that the next shift takes over; ``shifts`` are those in progress."""

    def __init__(
        self,
        orders: Orders,
        alerts: Alerts,
        missed_calls: MissedCalls,
        seats: Seats,
        hot_spot_reads: HotSpotReads,
        read_model: ReadModel,
        now: datetime,
        shifts: Sequence[Shift],
    ) -> None:
        self._order_reads = orders
        self._alert_reads = alerts
        self._missed_calls = missed_calls
        self._seats = seats
        self._hot_spot_reads = hot_spot_reads
        self._read_model = read_model
        self._shifts = shifts
        self._now = now

    def groups(self) -> tuple[Group, ...]:
        """Every group of matters, empty ones included, except ``LEFT_OUT``."""
        reads = {
            "overdue": self._overdue, "alerts": self._alerts, "hot_spots": self._hot_spots,
            "stuck": self._stuck, "call_backs": self._call_backs, "missed_calls": self._missed,
            "moved": self._moved, "pauses": self._pauses,
        }  # fmt: skip
        groups = (reads[name]() for name in GROUPS)
        return tuple(group for group in groups if group.count or group.name not in LEFT_OUT)

    def _overdue(self) -> Group:
        def words(view: OrderView) -> str:
            late = 0.0 if view.due_at is None else (self._now - view.due_at).total_seconds()
            return t(
                "handover.unfinished.order",
                number=view.order.number,
                title=view.order.title,
                department=view.department_name,
                late=lasting(max(late, 0)),
            )

        return self._orders("overdue", OrderFilter(overdue=True), words)

    def _stuck(self) -> Group:
        def words(view: OrderView) -> str:
            kind = "" if view.stuck is None else term("stuck", view.stuck.kind)
            left = "" if view.stuck is None else clock_words(view.stuck.due_at, self._now)
            said = "  ".join(word for word in (kind, left, view.stuck_by) if word)
            return t("handover.unfinished.stuck_order", number=view.order.number, title=view.order.title, waits=said)

        return self._orders("stuck", OrderFilter(stuck=True), words, sort="stuck")

    def _call_backs(self) -> Group:
        def words(view: OrderView) -> str:
            title = view.order.title
            return t("handover.unfinished.call_back", number=view.order.number, title=title)

        return self._orders("call_backs", OrderFilter(to_call_back=True), words)

    def _missed(self) -> Group:
        return _group(
            "missed_calls",
            [
                t(
                    "handover.unfinished.missed_call",
                    at=when(view.call.at, self._now),
                    line=view.call.line,
                    caller=view.call.caller,
                    tries=view.tries,
                )
                for view in self._missed_calls.all()
            ],
        )

    def _orders(
        self, name: str, wanted: OrderFilter, words: Callable[[OrderView], str], *, sort: str = "limit"
    ) -> Group:
        page = self._order_reads.page(wanted, sort=sort, limit=LISTED)
        return Group(name, page.total, tuple(words(view) for view in page.items))

    def _alerts(self) -> Group:
        found = [view for view in self._alert_reads.all() if view.alert.state == "open"]
        return _group(
            "alerts",
            [
                t("handover.unfinished.alert", at=when(each.alert.raised_at, self._now), title=each.title)
                for each in found
            ],
        )

    def _hot_spots(self) -> Group:
        return _group(
            "hot_spots",
            [
                t(
                    "handover.unfinished.hot_spot",
                    about=hot_spots.about(each.category, each.region),
                    callers=hot_spots.callers(each.callers, each.expected),
                    at=when(each.since, self._now),
                )
                for each in self._hot_spot_reads.all().swelling
            ],
        )

    def _moved(self) -> Group:
        comma = t("handover.comma")
        return _group(
            "moved",
            [
                t(
                    "handover.unfinished.seat",
                    number=view.seat.number,
                    name=view.person_name,
                    now=comma.join(map(self._queue, view.seat.skills)),
                    usual=comma.join(map(self._queue, view.usual)),
                )
                for view in self._seats.moved()
            ],
        )

    def _queue(self, queue_id: str) -> str:
        queue = self._read_model.value(Queue, queue_id)
        return queue_id if queue is None else queue.name

    def _pauses(self) -> Group:
        """The breaks and meals that were cancelled in the current shifts, past ones included."""
        found = []
        for shift in self._shifts:
            for pause in shift.pauses:
                if pause.cancelled:
                    name = self._read_model.person_name(shift.person_id)
                    found.append((pause.starts_at, name, pause))
        found.sort(key=lambda each: each[:2])
        return _group(
            "pauses",
            [
                t(
                    "handover.unfinished.pause",
                    name=name,
                    kind=term("seat_state", pause.kind),
                    times=between(pause.starts_at, pause.ends_at, self._now),
                )
                for _, name, pause in found
            ],
        )


def _group(name: str, found: Sequence[str]) -> Group:
    return Group(name, len(found), tuple(found[:LISTED]))
