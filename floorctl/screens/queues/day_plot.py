"""``DayPlot``: a day by quarter hours, with calls answered and abandoned as bars and the service level beneath."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from fractions import Fraction
from typing import TYPE_CHECKING

from rich.style import Style

from floorctl.i18n import t
from floorctl.rules.floor import metrics
from floorctl.text.numbers import count_text, percent_in_full, whole
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg, width_of

if TYPE_CHECKING:
    from floorctl.models.floor import Interval

QUARTERS = 96
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_AXIS = 6
#: Rates are drawn in eighths from this one up, so that differences near the target can be seen.
_FLOOR_RATE = 0.5


class DayPlot(Painted):
    """The plot of one queue's quarter hours, or of several queues' added up, as last shown with ``show``."""

    def __init__(self) -> None:
        super().__init__()
        self._title = ""
        self._offered = [0] * QUARTERS
        self._abandoned = [0] * QUARTERS
        self._rates: list[Fraction | None] = [None] * QUARTERS
        self._target = 0.0
        self._seconds = 0
        #: Indices of the quarter hours whose service level can still be influenced.
        self._open: frozenset[int] = frozenset()

    def show(
        self,
        title: str,
        intervals: "Iterable[Interval]",
        target: float,
        seconds: int,
        zone: tzinfo,
        now: datetime | None = None,
    ) -> None:
        """Show ``intervals``; ``target`` is the share of calls to be answered within ``seconds``.

        ``now``: the time if the day is today, else None. A missed target is amber only in the running quarter hour and
        the one before, which make up the last 30 minutes; earlier ones can't be influenced any more.
        """
        at = None if now is None else now.astimezone(zone)
        running = None if at is None else at.hour * 4 + at.minute // 15
        self._open = frozenset() if running is None else frozenset({running - 1, running})
        slots: dict[int, list[Interval]] = defaultdict(list)
        for interval in intervals:
            start = interval.start.astimezone(zone)
            slots[start.hour * 4 + start.minute // 15].append(interval)
        counts = [metrics.summed(slots[slot]) for slot in range(QUARTERS)]
        self._title, self._target, self._seconds = title, target, seconds
        self._offered = [count.offered for count in counts]
        self._abandoned = [count.abandoned for count in counts]
        self._rates = [metrics.service_level(count) for count in counts]
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return title, bars with axis, hours and rates. A column is 1, 2, 4 or 8 quarter hours, by the width."""
        per_column = next((n for n in (1, 2, 4) if QUARTERS // n <= width - _AXIS), 8)
        wide = max(1, min(3, (width - _AXIS) * per_column // QUARTERS))
        columns = range(0, QUARTERS, per_column)
        offered = [sum(self._offered[at : at + per_column]) for at in columns]
        abandoned = [sum(self._abandoned[at : at + per_column]) for at in columns]
        lines: list[Line] = [self._heading(per_column, width)]
        rows = max(3, height - 5)
        top = max(4, *offered)
        for row in range(rows, 0, -1):
            label = f"{whole(Fraction(top * row, rows)):>5} " if row in (rows, (rows + 1) // 2) else " " * _AXIS
            lines.append([seg(label, looks.QUIET), *self._bars(offered, abandoned, row, rows, top, wide)])
        hours = "".join(f"{at // 4:<{max(2, 2 * wide * 4 // per_column)}}" for at in range(0, QUARTERS, 8))
        lines.append([seg(" " * _AXIS + hours, looks.QUIET)])
        lines.append(
            [
                seg(f"{t('queues.rate_row', seconds=self._seconds):<{_AXIS}}"[:_AXIS], looks.QUIET),
                *self._rate_row(per_column, wide),
            ]
        )
        return lines

    def _heading(self, per_column: int, width: int) -> Line:
        """Return title, units and legend, in the longest wording that fits ``width`` cells."""
        columns = t(f"queues.plot.per_{per_column}")
        rate = t("queues.legend.rate", seconds=self._seconds, target=percent_in_full(self._target))
        short = t("queues.column.service_level")
        words = (
            (f"{self._title} {columns}", rate, "   "),
            (f"{self._title} {columns}", short, "   "),
            (self._title, short, "  "),
            (self._title.partition(" · ")[0], short, "  "),
        )
        legends = [self._legend(*each) for each in words]
        return next((line for line in legends if width_of(line) <= width), legends[-1])

    def _legend(self, title: str, rate: str, gap: str) -> Line:
        return [
            seg(f" {title}{gap}", looks.HEADER),
            seg("█ ", looks.SKY),
            seg(t("queues.legend.answered", n=count_text(sum(self._offered) - sum(self._abandoned))) + gap, looks.TEXT),
            seg("▒ ", looks.RED),
            seg(t("queues.legend.abandoned", n=count_text(sum(self._abandoned))) + gap, looks.TEXT),
            seg("▁▇ ", looks.GREEN),
            seg(rate, looks.TEXT),
        ]

    @staticmethod
    def _bars(offered: Sequence[int], abandoned: Sequence[int], row: int, rows: int, top: int, wide: int) -> Line:
        """Return one row of all bars; adjacent bars of one style are one piece."""
        line: Line = []
        text, style = "", looks.SKY
        for calls, lost in zip(offered, abandoned, strict=True):
            filled = calls * rows * 8 / top - (row - 1) * 8
            answered = (calls - lost) * rows * 8 / top - (row - 1) * 8
            step = max(0, min(8, whole(filled)))
            is_lost = step > 0 and answered < step / 2 and lost > 0
            mine = looks.RED if is_lost else looks.SKY
            char = "▒" if is_lost and step == 8 else _EIGHTHS[step]
            if mine is not style and text:
                line.append(seg(text, style))
                text = ""
            style = mine
            text += char * wide
        return [*line, seg(text, style)]

    def _rate_row(self, per_column: int, wide: int) -> Line:
        line: Line = []
        for at in range(0, QUARTERS, per_column):
            known = [rate for rate in self._rates[at : at + per_column] if rate is not None]
            if not known:
                line.append(seg(" " * wide))
                continue
            rate = min(known)
            step = max(1, min(8, whole((float(rate) - _FLOOR_RATE) / (1 - _FLOOR_RATE) * 8)))
            missed = looks.QUIET if self._open.isdisjoint(range(at, at + per_column)) else looks.AMBER
            style: Style = missed if metrics.is_below_target(rate, self._target) else looks.GREEN
            line.append(seg(_EIGHTHS[step] * wide, style))
        return line
