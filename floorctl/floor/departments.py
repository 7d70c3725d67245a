"""单位: the departments compared by the orders that were sent to them in a span of days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

import msgspec

from floorctl.rules.orders.departments import MEASURES, DepartmentCounts, rate
from floorctl.text.typed import contains

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from floorctl.config import Config
    from floorctl.floor.names import Names
    from floorctl.floor.read_model import ReadModel

#: Sort orders: by name, by the number of orders, or by the rate of a measure; the worst first.
DEPARTMENT_SORTS = ("dispatched", *MEASURES, "name")
#: Measures of which less is better.
_BAD = frozenset({"returned", "extended", "redone"})
_DAY = timedelta(days=1)


class DepartmentView(msgspec.Struct, frozen=True):
    """One department: its id, its name as it was sent, and its counts."""

    id: str
    name: str
    counts: DepartmentCounts


class Departments:
    """Compares the departments. Every read goes to the disk."""

    def __init__(self, config: Config, read_model: ReadModel, names: Names, now: Callable[[], datetime]) -> None:
        self._config = config
        self._read_model = read_model
        self._names = names
        self._now = now

    def this_month(self) -> tuple[date, date]:
        """*memory* The first day of this month, and today."""
        today = self._now().date()
        return today.replace(day=1), today

    def compared(
        self, first: date, last: date, *, sort: str = "dispatched", search: Sequence[str] = ()
    ) -> list[DepartmentView]:
        """The departments to which orders were sent from ``first`` to ``last``, both included.

        ``sort``: one of ``DEPARTMENT_SORTS``. ``search``: words that must be in the name.
        """
        counts = self._read_model.departments((first, last + _DAY), self._now(), self._config.work.accept_hours * 3600)
        views = [DepartmentView(each, self._names.department(each), counted) for each, counted in counts.items()]
        return ordered([view for view in views if contains(view.name, search)], sort)

    def span(self, first: date, last: date) -> tuple[datetime, datetime]:
        """*memory* The time from the start of ``first`` until the end of ``last``, as an order filter's ``sent``."""
        zone = self._config.zone
        return datetime.combine(first, time(), zone), datetime.combine(last + _DAY, time(), zone)


def ordered(views: Sequence[DepartmentView], sort: str) -> list[DepartmentView]:
    """Return the departments sorted: by name, most orders first, or the worst rate first and those without one last."""

    def key(view: DepartmentView) -> tuple[bool, float, int, str]:
        counts = view.counts
        if sort in MEASURES:
            value = rate(counts, sort)
            worst_first = 0.0 if value is None else float(-value if sort in _BAD else value)
            return value is None, worst_first, -counts.dispatched, view.name
        return False, 0.0, -counts.dispatched if sort == "dispatched" else 0, view.name

    return sorted(views, key=key)
