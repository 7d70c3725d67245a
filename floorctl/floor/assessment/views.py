"""What the front ends are shown of the contract's assessment, as immutable values; points are exact fractions."""

from datetime import date, datetime
from fractions import Fraction

import msgspec

from floorctl.models.assessment import Fact
from floorctl.models.masked import Masked
from floorctl.rules.assessment.month import Item, Month
from floorctl.rules.assessment.outlook import Outlook, Year

__all__ = ["CostView", "ExplainView", "FactView", "Item", "Month", "MonthBrief", "Outlook", "ScoreView", "Year"]


class ScoreView(msgspec.Struct, frozen=True, kw_only=True):
    """A month's score.

    ``final``: the month is over. ``forecast`` only of the running month. ``no_orders_known``: the first sync is not
    over, so that the counts are of what has come so far. ``contract_begins``: the day on which the contract does, where
    that is after the month, which has no score then, whatever stands here. ``short_courses``: ids of courses that lose
    nothing and are shorter than full marks speak of.
    """

    month: Month
    final: bool
    base: Fraction
    bonus: Fraction
    total: Fraction
    termination_right: bool
    items: tuple[Item, ...]
    year: Year
    forecast: Outlook | None
    no_orders_known: bool
    contract_begins: date | None = None
    short_courses: tuple[str, ...] = ()

    @property
    def unknown(self) -> bool:
        """Whether there is no score that could be told."""
        return self.no_orders_known or self.contract_begins is not None

    def item(self, item_id: str) -> Item:
        """One item.

        Raises:
            KeyError: there is none with this id.

        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


class MonthBrief(msgspec.Struct, frozen=True, kw_only=True):
    """One month of a contract year."""

    month: Month
    base: Fraction
    bonus: Fraction
    total: Fraction
    final: bool


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """What cost points: an order (title masked), a person or a fact; ``at`` is when it did, ``lost`` its share.

    ``title`` is the order's number, the person's name or the fact's title; ``detail`` says what was wrong.
    """

    kind: str
    id: str
    title: str
    detail: str
    at: datetime | date | None
    lost: Fraction


class ExplainView(msgspec.Struct, frozen=True, kw_only=True):
    """An item's formula, the same with the month's numbers in it, the reading taken where there are two, and the way
    to the score step by step.
    """

    formula: str
    with_numbers: str
    reading: str | None
    steps: tuple[str, ...]


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact, whether it was entered at this terminal, and the ids of what is not yet applied."""

    id: str
    version: int
    record: Masked[Fact]
    recorded_here: bool
    pending: tuple[str, ...] = ()

    @property
    def fact(self) -> Fact:
        """The fact, its personal data masked."""
        return self.record.shown
