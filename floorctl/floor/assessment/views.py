"""What the front ends display of the contract's assessment: immutable values; points are exact fractions."""

from datetime import date, datetime
from fractions import Fraction

import msgspec

from floorctl.i18n import t
from floorctl.models.assessment import Fact
from floorctl.models.masked import Masked
from floorctl.rules.assessment.month import Item, Month
from floorctl.rules.assessment.outlook import Outlook, Year
from floorctl.rules.privacy import mask_name
from floorctl.text.numbers import percent, points_text

__all__ = ["CostView", "ExplainView", "FactView", "Item", "Month", "MonthBrief", "Outlook", "ScoreView", "Year"]


class AccuracyCost(msgspec.Struct, frozen=True, kw_only=True):
    """What wrong dispatches cost in a month: dispatch accuracy and points lost, before and after."""

    month: Month
    before: Fraction | None
    after: Fraction | None
    lost_before: Fraction
    lost_after: Fraction

    @property
    def words(self) -> str:
        """The cost as a sentence."""
        return t(
            "stuck.ask.cost",
            month=str(self.month),
            before=percent(self.before, 2),
            after=percent(self.after, 2),
            lost=points_text(self.lost_after),
            lost_now=points_text(self.lost_before),
        )


class ScoreView(msgspec.Struct, frozen=True, kw_only=True):
    """A month's score.

    ``final``: the month is over. ``forecast``: only for the running month. ``no_orders_known``: the first sync is not
    complete, so the counts are of what has arrived so far. ``contract_begins``: the contract's first day, where that is
    after the month; the month then has no score, whatever the other fields contain. ``short_courses``: ids of courses
    that cost no points although they are shorter than full marks require.
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
        """Whether there is no score to show."""
        return self.no_orders_known or self.contract_begins is not None

    def item(self, item_id: str) -> Item:
        """Return one item.

        Raises:
            KeyError: there is none with this id.

        """
        for item in self.items:
            if item.id == item_id:
                return item
        raise KeyError(item_id)


class MonthBrief(msgspec.Struct, frozen=True, kw_only=True):
    """The scores of one month of a contract year."""

    month: Month
    base: Fraction
    bonus: Fraction
    total: Fraction
    final: bool


class CostView(msgspec.Struct, frozen=True, kw_only=True):
    """An order, a person or a fact that cost points, texts masked; ``at``: when it did; ``lost``: its share of them.

    ``title`` is the order's number, the person's name or the fact's title; ``detail`` is the reason.
    """

    kind: str
    id: str
    title: str
    detail: str
    at: datetime | date | None
    lost: Fraction

    @property
    def title_outside(self) -> str:
        """The title for readers outside the floor, to whom the names of its people are not told."""
        return mask_name(self.title) if self.kind == "person" else self.title


class ExplainView(msgspec.Struct, frozen=True, kw_only=True):
    """An item's formula, the same with the month's numbers, the reading that is applied where there are two, and the
    computation step by step.
    """

    formula: str
    with_numbers: str
    reading: str | None
    steps: tuple[str, ...]


class FactView(msgspec.Struct, frozen=True, kw_only=True):
    """A fact, whether it was recorded at this terminal, and the ids of its pending commands."""

    id: str
    version: int
    record: Masked[Fact]
    recorded_here: bool
    pending: tuple[str, ...] = ()

    @property
    def fact(self) -> Fact:
        """The fact, its personal data masked."""
        return self.record.shown
