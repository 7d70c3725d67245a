"""The summary of a shift in words."""

from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from floorctl.floor.handover.summary import markdown, sections
from floorctl.rules.assessment.month import Span
from floorctl.rules.handover import shift_figures as figures
from floorctl.rules.handover.shift_figures import OrderFigures, ScoreFigures, ShiftFigures
from floorctl.rules.handover.shifts import ShiftOf
from tests.build import HOUR

DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, 8, tzinfo=ZoneInfo("Asia/Shanghai"))
END = START + 8 * HOUR
SPAN = Span(start=START, end=END, now=END)


def test_the_summary_says_nothing_where_nothing_was_offered_and_fits_the_contract() -> None:
    shift = ShiftFigures(
        shift=ShiftOf(DAY, "morning"),
        start=START,
        end=END,
        until=END,
        calls=figures.calls({}, {}),
        orders=OrderFigures(),
        alerts=figures.alerts([], SPAN),
        quality=None,
        surges=(),
        rostered=2,
        absent=tuple("张" * 3 for _ in range(5000)),
        score=ScoreFigures(month="2026-11", base=Fraction(195, 2), lost={"callback_rate": Fraction(-1, 5)}),
    )
    words = sections(shift)
    assert words[0].table is not None
    assert "—" in words[0].table.rows[0]
    assert ["97.5" in line for _, line in words[-1].lines] == [True, False]
    assert "0.2" in words[-1].lines[1][1]
    assert len(markdown(words).encode()) < 60_000
