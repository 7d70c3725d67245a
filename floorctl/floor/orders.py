"""Orders as they are read: counted, listed, looked up, each with its deadlines and what is pending laid over it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime
from typing import TYPE_CHECKING

from floorctl.calendar import WorkCalendar
from floorctl.config import Config
from floorctl.errors import NotFoundError
from floorctl.floor.views import OrderPage, OrderView
from floorctl.models import Held, Order
from floorctl.models.masked import Masked
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.rules.orders import deadlines
from floorctl.rules.privacy import masked_order

if TYPE_CHECKING:
    from floorctl.floor.read_model import ReadModel


class OrderReads(ABC):
    """The reads of Floor that are about orders."""

    config: Config
    calendar: WorkCalendar
    read_model: ReadModel
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
        counts = self._counts = self.read_model.order_counts(self.now(), self.config.work.due_soon_hours)
        return counts

    def orders(
        self, wanted: OrderFilter | None = None, *, sort: str = "latest", offset: int = 0, limit: int = 100
    ) -> OrderPage:
        """A window of the orders that fit ``wanted``. ``sort``: latest, received, number, limit or dispatch_due."""
        now = self.now()
        window = self.read_model.orders(wanted or OrderFilter(), now, sort=sort, offset=offset, limit=limit)
        views = [self._order_view(held, now) for held in window.orders]
        return OrderPage(views, window.total, more=window.more, known=window.known)

    def order(self, number_or_id: str) -> OrderView:
        """One order by its number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        held = self.read_model.get(Order, self.order_id(number_or_id))
        if held is None:
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return self._order_view(held, self.now())

    def order_id(self, number_or_id: str) -> str:
        """The id of the order with this number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        found = self.read_model.order_id(number_or_id, self.now())
        if found is None:
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return found

    def _order_view(self, held: Held[Order], now: datetime) -> OrderView:
        order = held.value
        limit = self.limit_of(order)
        overdue = deadlines.overdue(order, limit, now)
        return OrderView(
            id=held.id,
            version=held.version,
            record=Masked(order, masked_order),
            due_at=limit,
            overdue=overdue,
            overdue_seconds=(now - limit).total_seconds() if overdue and limit else 0.0,
            due_soon=deadlines.due_soon(order, limit, now, self.calendar, self.config.work.due_soon_hours),
            dispatch_due_at=deadlines.dispatch_due_at(order),
            dispatch_state=deadlines.dispatch_state(order, now),
            urge_level=max((urge.level for urge in order.urges), default=0),
            proposed_level=deadlines.proposed_urge_level(order, limit, now),
            department_name=self.read_model.department_name(order.lead_department_id),
            agent_name=self.read_model.person_name(order.agent_id),
            pending=held.pending,
        )

    def limit_of(self, order: Order) -> datetime | None:
        """The department's limit: the platform's, or the one that the rules give where it has none."""
        return deadlines.limit_at(order, self.calendar)
