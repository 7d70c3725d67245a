"""Orders as they are read: counted, listed, looked up, each with its deadlines and what is pending laid over it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.calendar import WorkCalendar
from floorctl.config import Config
from floorctl.errors import NotFoundError
from floorctl.floor.views import OrderPage, OrderView
from floorctl.models import Order
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.rules.orders import deadlines
from floorctl.sync.cache.cache import Cache
from floorctl.sync.cache.orders import CLOCK_RUNS, NOT_WAITING, fits, to_call_back, to_dispatch
from floorctl.sync.overlay import Overlay, Pending
from floorctl.text import typed

if TYPE_CHECKING:
    from floorctl.floor.read_model import Picture

#: Pending commands by the id of the entity that they change.
Waiting = dict[str, tuple[Pending, ...]]


class OrderReads(ABC):
    """The reads of Floor that are about orders."""

    config: Config
    calendar: WorkCalendar
    picture: Picture
    _cache: Cache
    _overlay: Overlay
    _counts: OrderCounts | None

    @abstractmethod
    def now(self) -> datetime:
        """Platform time."""

    def order_counts(self) -> OrderCounts:
        """*memory* once counted: overdue, due soon, to dispatch, to call back."""
        counts = self._counts
        return counts if counts is not None else self.count_orders()

    def count_orders(self) -> OrderCounts:
        """Count the open orders now, what is pending included."""
        now = self.now()
        waiting = self._overlay.waiting("order")
        soon = self.config.work.due_soon_hours
        counts = self._cache.order_counts(now, self.calendar, waiting, soon)
        for view in self._touched_orders(waiting, now):
            counts = _plus(counts, view, now)
        self._counts = counts
        return counts

    def orders(
        self, wanted: OrderFilter | None = None, *, sort: str = "latest", offset: int = 0, limit: int = 100
    ) -> OrderPage:
        """A window of the orders that fit ``wanted``. ``sort``: latest, received, number, limit or dispatch_due.

        What is pending counts here as it does in ``order_counts``: an order leaves the list with the act that settles
        it, and one that an act brings into the list stands on top of it until the platform has it in its place.
        """
        wanted = wanted or OrderFilter()
        now = self.now()
        waiting = self._overlay.waiting("order")
        come, gone = self._moved(wanted, waiting, now)
        views = come[offset : offset + limit]
        found, total = self._cache.orders(
            wanted, now, sort=sort, offset=max(offset - len(come), 0), limit=limit - len(views), exclude=gone
        )
        for each, row, _ in found:
            entity, pending = self._overlay.view("order", each, row, waiting.get(each, ()))
            if isinstance(entity, Order):
                views.append(self._order_view(each, row.version, entity, pending, now=now))
        searched = bool(wanted.search.strip())
        known = self._cache.search_taken_in() if searched and self._cache.search_remaining() else None
        return OrderPage(views, total + len(come), more=self._cache.search_goes_on(wanted.search), known=known)

    def _moved(self, wanted: OrderFilter, waiting: Waiting, now: datetime) -> tuple[list[OrderView], set[str]]:
        """What is pending brings these into the list, and takes those out of it."""
        if not waiting or wanted == OrderFilter():
            return [], set()
        held = self._cache.orders_among(wanted, now, waiting)
        fitting = {
            view.id: view for view in self._touched_orders(waiting, now) if fits(view.order, view.due_at, now, wanted)
        }
        come = fitting.keys() - held
        if come and wanted.search.strip():  # nothing that can be done to an order changes what is searched
            come = self._cache.orders_among(OrderFilter(search=wanted.search), now, come)
        views = [view for each, view in fitting.items() if each in come]
        return sorted(views, key=lambda view: view.order.received_at, reverse=True), held - fitting.keys()

    def _touched_orders(self, waiting: Waiting, now: datetime) -> list[OrderView]:
        return [
            self._order_view(each, version, order, pending, now=now)
            for each, (version, order, pending) in self.picture.some("order", waiting).items()
            if isinstance(order, Order)
        ]

    def order(self, number_or_id: str) -> OrderView:
        """One order by its number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        each = self.order_id(number_or_id)
        row = self.picture.row("order", each)
        if row is None or not isinstance(row[1], Order):
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return self._order_view(each, row[0], row[1], row[2])

    def order_id(self, number_or_id: str) -> str:
        """The id of the order with this number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        found = self._cache.find_order(number_or_id)
        if found is not None:
            return found[0]
        meant = typed.compact(number_or_id)
        each = self._found_by_text(meant) if (found := self._cache.find_order(meant)) is None else found[0]
        if each is None:
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return each

    def _found_by_text(self, number: str) -> str | None:
        """The order whose number the platform has in another form than people type it."""
        found, _ = self._cache.orders(OrderFilter(search=number), self.now())
        numbers = ((each, getattr(row.entity, "number", "")) for each, row, _ in found)
        return next((each for each, its in numbers if typed.compact(its) == number), None)

    def _order_view(
        self, each: str, version: int, order: Order, pending: tuple[str, ...], *, now: datetime | None = None
    ) -> OrderView:
        now = now or self.now()
        limit = self.limit_of(order)
        overdue = deadlines.overdue(order, limit, now)
        return OrderView(
            id=each,
            version=version,
            order=order,
            due_at=limit,
            overdue=overdue,
            overdue_seconds=(now - limit).total_seconds() if overdue and limit else 0.0,
            due_soon=deadlines.due_soon(order, limit, now, self.calendar, self.config.work.due_soon_hours),
            dispatch_due_at=deadlines.dispatch_due_at(order),
            dispatch_state=deadlines.dispatch_state(order, now),
            urge_level=max((urge.level for urge in order.urges), default=0),
            proposed_level=deadlines.proposed_urge_level(order, limit, now),
            department_name=self.picture.department_name(order.lead_department_id),
            agent_name=self.picture.person_name(order.agent_id),
            pending=pending,
        )

    def limit_of(self, order: Order) -> datetime | None:
        """The department's limit: the platform's, or the one that the rules give where it has none."""
        return deadlines.limit_at(order, self.calendar)


def _plus(counts: OrderCounts, view: OrderView, now: datetime) -> OrderCounts:
    """``counts`` with one more order in them."""
    order = view.order
    waits = to_dispatch(order)
    shortest = counts.shortest_dispatch_seconds
    if view.dispatch_due_at is not None and waits == CLOCK_RUNS:
        left = (view.dispatch_due_at - now).total_seconds()
        shortest = left if shortest is None else min(left, shortest)
    return OrderCounts(
        overdue=counts.overdue + view.overdue,
        due_soon=counts.due_soon + view.due_soon,
        to_dispatch=counts.to_dispatch + (waits != NOT_WAITING),
        to_call_back=counts.to_call_back + to_call_back(order),
        shortest_dispatch_seconds=shortest,
    )
