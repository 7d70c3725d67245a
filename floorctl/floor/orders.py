"""Work orders: counts, lists and single orders, with their deadlines and pending commands, and the acts on them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from floorctl.calendar import WorkCalendar
from floorctl.config import Config
from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.command_data import without_none
from floorctl.floor.views import OrderPage, OrderView
from floorctl.models.base import Held, Ref
from floorctl.models.masked import Masked
from floorctl.models.order_filter import OrderCounts, OrderFilter
from floorctl.models.orders import Category, Department, Order
from floorctl.models.quality import Sample
from floorctl.rules.orders import deadlines
from floorctl.rules.orders.stuck import Waiting, still_stuck, waiting
from floorctl.rules.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from floorctl.floor.desk import Desk
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OutboxItem


class Orders:
    """Reads orders and acts on them. Reads use the disk unless marked *memory*; the acts raise what ``Desk`` raises."""

    def __init__(
        self,
        config: Config,
        calendar: WorkCalendar,
        read_model: ReadModel,
        now: Callable[[], datetime],
        desk: Desk,
        hot_spots: Callable[[], int | None],
    ) -> None:
        self._config = config
        self._calendar = calendar
        self._read_model = read_model
        self.now = now
        self._desk = desk
        self._hot_spots = hot_spots
        self._counts: OrderCounts | None = None
        #: Minute of platform time, and what ``due_soon_seconds`` returned in it: it counts working time.
        self._due_soon = -1, 0.0

    def last_counts(self) -> OrderCounts | None:
        """*memory* The counts of the last ``count``; None before the first."""
        return self._counts

    def counts(self) -> OrderCounts:
        """*memory* after the first call: the counts of overdue, due soon, to dispatch and to call back."""
        counts = self._counts
        return counts if counts is not None else self.count()

    def count(self) -> OrderCounts:
        """Count the open orders now, pending commands included."""
        counted = self._read_model.order_counts(self.now(), self._config.work.due_soon_hours)
        counts = self._counts = replace(counted, hot_spots=self._hot_spots())
        return counts

    def due_soon_seconds(self) -> float:
        """Return within how many seconds from now an order is due soon; computed anew once a minute."""
        now = self.now()
        minute, seconds = self._due_soon
        if minute != (this := int(now.timestamp() // 60)):
            seconds = self._calendar.seconds_until_worked(now, self._config.work.due_soon_hours)
            self._due_soon = this, seconds
        return seconds

    def page(
        self, wanted: OrderFilter | None = None, *, sort: str = "latest", offset: int = 0, limit: int = 100
    ) -> OrderPage:
        """A window of the orders that fit ``wanted``. ``sort``: latest, received, number, limit or dispatch_due."""
        now = self.now()
        window = self._read_model.orders(wanted or OrderFilter(), now, sort=sort, offset=offset, limit=limit)
        return OrderPage(self.views(window.orders, now), window.total, more=window.more, known=window.known)

    def get(self, number_or_id: str) -> OrderView:
        """Return one order by its number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        held = self._read_model.get(Order, self.id_of(number_or_id))
        if held is None:
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return self.views([held], self.now())[0]

    def views(self, orders: Sequence[Held[Order]], now: datetime) -> list[OrderView]:
        """The views of ``orders``, each with the order that it repeats."""
        parents = self._read_model.many(Order, (each.value.parent_id for each in orders if each.value.parent_id))
        leading = {each: self._order_view(self._read_model.leading(held), now) for each, held in parents.items()}
        return [self._order_view(held, now, parent=leading.get(held.value.parent_id or "")) for held in orders]

    def many(self, ids: Iterable[str]) -> list[OrderView]:
        """Return those of the orders that are held here, in the order of their ids."""
        wanted, now = list(ids), self.now()
        found = self._read_model.many(Order, wanted)
        return [self._order_view(found[each], now) for each in wanted if each in found]

    def of_sample(self, sample_id: str) -> OrderView | None:
        """Return the order that a sample is about, or that its call led to; None if it has none or it is not held here.

        It is a part of the sample: revealing the sample reveals its order too.
        """
        sample = self._read_model.value(Sample, sample_id)
        if sample is None:
            return None
        order_id = sample.order_id or (sample.target.id if sample.target.kind == "order" else None)
        held = self._read_model.get(Order, order_id) if order_id else None
        return None if held is None else self._order_view(held, self.now(), Ref("sample", sample_id))

    def id_of(self, number_or_id: str) -> str:
        """Return the id of the order with this number or id.

        Raises:
            NotFoundError: it is not in the cache.

        """
        found = self._read_model.order_id(number_or_id, self.now())
        if found is None:
            raise NotFoundError("error.no_such_order", id=number_or_id)
        return found

    def leading_id(self, number_or_id: str) -> str:
        """Return the id of the order on which acts on this one are done: of a repetition the one that it repeats.

        Raises:
            NotFoundError: it is not in the cache.

        """
        order_id = self.id_of(number_or_id)
        held = self._read_model.get(Order, order_id)
        return order_id if held is None else self._read_model.leading(held).id

    def _order_view(
        self, held: Held[Order], now: datetime, *part_of: Ref, parent: OrderView | None = None
    ) -> OrderView:
        order = held.value
        due = deadlines.due(order, self._calendar)
        limit = due.at
        record = Masked(order, masked, Ref("order", held.id), *part_of, confidential=order.confidential)
        stuck = (
            self._stuck(record.shown, limit, now)
            if still_stuck(order, now) and not self._read_model.is_left(held)
            else None
        )
        return OrderView(
            id=held.id,
            version=held.version,
            record=record,
            due=due,
            overdue=deadlines.overdue(order, limit, now),
            overdue_seconds=deadlines.overdue_seconds(order, limit, now),
            due_soon=deadlines.due_soon(order, limit, now, self._calendar, self._config.work.due_soon_hours),
            dispatch_due_at=deadlines.dispatch_due_at(order),
            dispatch_state=deadlines.dispatch_state(order, now),
            urge_level=deadlines.urge_level(order),
            proposed_level=deadlines.proposed_urge_level(order, limit, now),
            department_name=self._read_model.department_name(order.lead_department_id),
            agent_name=self._read_model.person_name(order.agent_id),
            pending=held.pending,
            parent=parent,
            stuck=stuck,
            stuck_by="" if stuck is None else self._read_model.department_name(stuck.department_id),
        )

    def _stuck(self, order: Order, limit: datetime | None, now: datetime) -> Waiting | None:
        category = self._read_model.value(Category, order.category_id) if order.return_log else None
        soon = deadlines.due_soon(order, limit, now, self._calendar, self._config.work.due_soon_hours)
        return waiting(
            order,
            limit,
            now,
            limit_soon=soon,
            return_within=timedelta(seconds=self._config.orders.return_within.seconds),
            usual_departments=() if category is None else category.department_ids,
        )

    def limit_of(self, order: Order) -> datetime | None:
        """The department's limit: the platform's, or the one by the rules where the platform has none."""
        return deadlines.limit_at(order, self._calendar)

    # -- acts. Urging, dispatch and call-back of a repetition are done on the order that it repeats.

    def urge(
        self, order: str, level: int | None = None, note: str | None = None, *, confirmed: bool = False
    ) -> OutboxItem:
        """催办 at ``level``, or at the proposed one. The same level twice within an hour requires ``confirmed``."""
        self._desk.require("order.urge")
        order_id = self.leading_id(order)
        with self._desk.acting:
            seen, now = self._read_model.value(Order, order_id), self.now()
            if seen is None:
                raise NotFoundError("error.no_such_order", id=order_id)
            chosen = level or deadlines.proposed_urge_level(seen, self.limit_of(seen), now) or 1
            if not confirmed and deadlines.urge_too_soon(seen, chosen, now):
                raise RefusedError("error.urged_within_the_hour", number=seen.number, level=chosen)
            return self._desk.submit("order.urge", order_id, {"level": chosen} | without_none(note=note))

    def dispatch(
        self,
        order: str,
        department_ids: Sequence[str],
        lead: str | None = None,
        due_at: datetime | None = None,
    ) -> OutboxItem:
        """派单 to ``department_ids``; ``lead`` is the department in charge, by default the first."""
        self._desk.require("order.dispatch")
        known = self._read_model.all(Department)
        if missing := [each for each in department_ids if each not in known]:
            raise NotFoundError("error.no_such_department", id=missing[0])
        data = {
            "department_ids": list(department_ids),
            "lead_department_id": lead or next(iter(department_ids), ""),
        }
        return self._desk.submit(
            "order.dispatch",
            self.leading_id(order),
            data | without_none(due_at=due_at.isoformat() if due_at else None),
        )

    def review(self, order: str, errors: Sequence[str] = ()) -> OutboxItem:
        """初审: ``errors`` are the errors found; empty where the order is correct."""
        return self._desk.submit("order.review", self.id_of(order), {"errors": list(errors)})

    def call_back(
        self, order: str, outcome: str, satisfaction: int | None = None, note: str | None = None
    ) -> OutboxItem:
        """回访: its outcome, and the satisfaction (5 to 1) where the citizen was reached."""
        data = {"outcome": outcome} | without_none(satisfaction=satisfaction, note=note)
        return self._desk.submit("order.callback", self.leading_id(order), data)

    def mark_problem(self, order: str, problem: str) -> OutboxItem:
        """问题工单: mark the order with the error that the agent made."""
        return self._desk.submit("order.problem", self.id_of(order), {"problem": problem})
