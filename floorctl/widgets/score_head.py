"""``ScoreHead``: a month's score in large digits, with the month before, the forecast and the year beside it."""

from fractions import Fraction
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style

from floorctl.i18n import t
from floorctl.text.numbers import money_text, points_text
from floorctl.widgets import figures, looks
from floorctl.widgets.painted import Line, Painted, seg, spread, width_of

if TYPE_CHECKING:
    from floorctl.floor.assessment.views import ScoreView

#: Height (lines) of the head with small digits, and with large ones.
LOW, HIGH = 5, 7
_GAP = 3
#: Brackets of the year's score: below each, a larger part of the final payment is lost.
_GOOD, _FAIR = 90, 80


def level_style(base: Fraction) -> Style:
    """Return the colour of a base score by the brackets of the final payment."""
    return looks.GREEN if base >= _GOOD else looks.AMBER if base >= _FAIR else looks.RED


def difference(base: Fraction, before: Fraction) -> Segment:
    """Return ``▲0.5`` or ``▼1`` (points): the difference between two base scores; empty if they are equal."""
    by = base - before
    if not by:
        return seg("", looks.QUIET)
    return seg(f"{'▲' if by > 0 else '▼'}{points_text(abs(by))}", looks.GREEN if by > 0 else looks.AMBER)


class ScoreHead(Painted):
    """The head of one month, as last shown with ``show``; its height decides the size of the digits."""

    DEFAULT_CSS = "ScoreHead { height: 5; width: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._view: ScoreView | None = None
        self._before: ScoreView | None = None
        self._contract_month = 0

    def show(self, view: "ScoreView", before: "ScoreView | None", contract_month: int) -> None:
        """Show ``view`` with ``before`` beside it; ``contract_month``: number of the month in its contract year."""
        self._view, self._before, self._contract_month = view, before, contract_month
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the month, the large digits with their label below, and the other figures at their right."""
        view = self._view
        if view is None:
            return [[seg(" " + t("assessment.counting"), looks.QUIET)]]
        lines = [self._title(view, width)]
        # Only the base score decides the payment, so only it is large; the bonus is small, behind the label.
        rows = (figures.large if height >= HIGH else figures.small)(_figure(view, view.base))
        label: Line = [seg(t("assessment.base"), looks.QUIET)]
        if view.bonus and not view.unknown:
            label.append(seg("  " + t("assessment.bonus", bonus=points_text(view.bonus)), looks.SKY))
        wide = max(len(rows[0]), width_of(label)) + _GAP
        beside = self._beside(view, width - wide - 2)
        for at, row in enumerate(rows):
            line = [seg("  "), seg(row + " " * (wide - len(row)), level_style(view.base))]
            lines.append([*line, *(beside[at] if at < len(beside) else [])])
        high = len(rows)
        label.append(seg(" " * (wide - width_of(label))))
        lines.append([seg("  "), *label, *(beside[high] if high < len(beside) else [])])
        return lines

    def _title(self, view: "ScoreView", width: int) -> Line:
        state = t("assessment.final" if view.final else "assessment.running")
        month = t("assessment.month", year=view.month.year, month=view.month.month)
        left = [
            seg(f" {month} ", looks.STRONG),
            seg(f" {state} · {t('assessment.contract_month', n=self._contract_month)}", looks.QUIET),
        ]
        if view.no_orders_known:
            left.append(seg(f"  ◌ {t('assessment.first_sync')}", looks.WARNING))
        elif view.contract_begins is not None:
            left[1] = seg(f" {t('assessment.begins', start=view.contract_begins)}", looks.WARNING)
        right = seg(t("assessment.months_hint") + " ", looks.QUIET)
        if view.short_courses:
            right = seg("▲ " + t("assessment.short_courses", n=len(view.short_courses)) + " ", looks.WARNING)
        if width_of([*left, right]) > width:
            left[1] = seg(f" {state}", looks.QUIET)
        return spread(left, [right], width)

    def _beside(self, view: "ScoreView", room: int) -> list[Line]:
        """Return the month before, the forecast, its method and the year, one line each for ``room`` cells."""
        if view.unknown:
            return []
        lines: list[Line] = []
        if (before := self._before) is not None:
            words = t("assessment.before", base=points_text(before.base))
            if before.bonus:
                words += f" +{points_text(before.bonus)}"
            lines.append([seg(words + "  ", looks.TEXT), difference(view.base, before.base)])
        else:
            lines.append([seg(t("assessment.no_before"), looks.QUIET)])
        if view.forecast is not None:
            ahead = view.forecast
            lines.append(
                [
                    seg(t("assessment.forecast", expected=points_text(ahead.expected)) + " ", looks.TEXT),
                    seg(t("assessment.range", low=points_text(ahead.low), high=points_text(ahead.high)), looks.QUIET),
                ]
            )
            lines.append([seg(t("assessment.method"), looks.QUIET)])
        year = year_line(view)
        # If short of room, drop the year's mean: the payment matters more, and the year's plot shows the mean too.
        return [*lines, year if width_of(year) <= room else year[1:]]


def year_line(view: "ScoreView", *, months: bool = False) -> Line:
    """Return the year's score so far and the loss of the final payment, in yuan if the price is known.

    ``months``: add the number of months.
    """
    year = view.year
    if year.score is None or year.payment_lost_percent is None:
        return [seg(t("assessment.no_year"), looks.QUIET)]
    over = t("assessment.year_months", n=year.months) if months else ""
    line = [seg(t("assessment.year", score=points_text(year.score)) + f"{over} · ", looks.TEXT)]
    if not year.payment_lost_percent:
        return [*line, seg(t("assessment.payment_whole"), looks.GREEN)]
    words = t("assessment.payment_lost", percent=points_text(year.payment_lost_percent))
    if year.payment_lost is not None:
        yuan = money_text(year.payment_lost)
        words += t("assessment.money", yuan=yuan)
    return [*line, seg(words, looks.RED)]


def _figure(view: "ScoreView", value: Fraction) -> str:
    return "—" if view.unknown else points_text(value)
