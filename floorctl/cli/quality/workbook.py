"""A month's quality results as a workbook: a sheet for each view, with number formats and charts.

Texts are written as strings: a name or comment that begins like a formula does not become one.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import IO, TYPE_CHECKING, Any

from floorctl.cli.cells import Cells, Pages
from floorctl.cli.documents import Shapes
from floorctl.files.writing import ForArchives
from floorctl.i18n import t, term
from floorctl.text.numbers import points_text
from floorctl.text.safe import visible
from floorctl.text.unknown import unknown

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.quality.views import InspectionView, ResultRow
    from floorctl.models.masked import Grant

_VIEWS = ("agent", "team", "line", "item", "month")
_WIDEST = 60


def write(floor: Floor, month: str, file: IO[bytes], grant: Grant | None = None) -> tuple[int, int]:
    """Write the results of ``month`` into ``file``; return the number of scores listed, and of texts that were cut."""
    results = floor.quality.results(month)
    scores = floor.quality.inspections(month=month)
    book = _Workbook(file, floor, Shapes(floor.config.zone, grant))
    for by in _VIEWS:
        book.results(by, getattr(results, f"by_{by}"))
    book.lists(results.top, results.below_pass, results.for_coaching)
    book.scores(scores)
    book.close()
    return len(scores), book.cells.cut


class _Workbook:
    def __init__(self, file: Any, floor: Floor, shapes: Shapes) -> None:
        import xlsxwriter

        self._book = xlsxwriter.Workbook(ForArchives(file), {"in_memory": True, "remove_timezone": True})
        self.cells = Cells()
        self._floor = floor
        self._shapes = shapes
        self._titles = floor.quality.book().titles()
        make = self._book.add_format
        self._formats = {
            "head": make({"bold": True, "bottom": 1, "bg_color": "#D9E2EC", "text_wrap": True, "valign": "top"}),
            "text": make({"num_format": "@", "valign": "top"}),
            "wrapped": make({"num_format": "@", "text_wrap": True, "valign": "top"}),
            "mark": make({"num_format": "0.00"}),
            "change": make({"num_format": "+0.00;-0.00;0.00"}),
            "share": make({"num_format": "0.0%"}),
            "whole": make({"num_format": "0"}),
            "time": make({"num_format": "yyyy-mm-dd hh:mm"}),
        }

    def close(self) -> None:
        self._book.close()

    def _sheet(self, name: str, heads: Sequence[str]) -> Any:
        sheet = self._book.add_worksheet(name[:31])
        self._head(sheet, heads)
        return sheet

    def _head(self, sheet: Any, heads: Sequence[str]) -> None:
        for column, head in enumerate(heads):
            self.cells.text(sheet, 0, column, head, self._formats["head"])
            sheet.set_column(column, column, min(max(len(head) * 2.2, 10), _WIDEST))
        sheet.freeze_panes(1, 0)

    def _text(self, sheet: Any, row: int, column: int, text: str, kind: str = "text") -> None:
        self.cells.text(sheet, row, column, visible(text, keep_newlines=True), self._formats[kind])

    def _number(self, sheet: Any, row: int, column: int, value: float | Fraction | Decimal | None, kind: str) -> None:
        if value is not None:
            self.cells.number(sheet, row, column, float(value), self._formats[kind])

    def results(self, by: str, rows: Sequence[ResultRow]) -> None:
        """Add the sheet of one view of the results, with its chart."""
        rate = "full_rate" if by == "item" else "pass_rate"
        heads = [t(f"cli.column.{name}") for name in (f"by_{by}", "count", "mean", "trend", rate, "lost_item")]
        sheet = self._sheet(t(f"cli.column.by_{by}"), heads)
        sheet.set_column(0, 0, 18)
        for at, row in enumerate(rows, 1):
            self._text(sheet, at, 0, row.name)
            self._number(sheet, at, 1, row.result.count, "whole")
            self._number(sheet, at, 2, row.result.mean, "mark")
            self._number(sheet, at, 3, row.trend, "change")
            self._number(sheet, at, 4, row.result.pass_rate, "share")
            lost = row.result.commonest_lost
            self._text(sheet, at, 5, self._titles.get(lost, lost) if lost else "")
        if rows:
            sheet.autofilter(0, 0, len(rows), len(heads) - 1)
            self._chart(sheet, by, len(rows))

    def _chart(self, sheet: Any, by: str, count: int) -> None:
        name = sheet.get_name()
        chart = self._book.add_chart({"type": "line" if by == "month" else "bar" if count > 12 else "column"})
        chart.add_series(
            {
                "name": t("cli.column.mean"),
                "categories": [name, 1, 0, count, 0],
                "values": [name, 1, 2, count, 2],
                "marker": {"type": "circle"} if by == "month" else None,
            }
        )
        chart.set_title({"name": t("inspect.chart", by=name)})
        chart.set_legend({"none": True})
        axis = chart.set_x_axis if count > 12 and by != "month" else chart.set_y_axis
        axis({"min": 0, "max": 100, "num_format": "0"})
        if count > 12 and by != "month":
            chart.set_y_axis({"reverse": True})
        chart.set_size({"width": 640, "height": max(320, 18 * count if count > 12 else 320)})
        sheet.insert_chart(1, 7, chart)

    def lists(self, top: Sequence[ResultRow], below: Sequence[ResultRow], coaching: Sequence[ResultRow]) -> None:
        """Add the sheet 奖惩: the best, those below the pass mark, those due for coaching."""
        heads = [t(f"cli.column.{name}") for name in ("list", "agent", "count", "mean", "coaching")]
        sheet = self._sheet(t("inspect.sheet.lists"), heads)
        at = 1
        for name, rows in (("top", top), ("below_pass", below), ("for_coaching", coaching)):
            for row in rows:
                self._text(sheet, at, 0, t(f"inspect.sheet.{name}"))
                self._text(sheet, at, 1, row.name)
                self._number(sheet, at, 2, row.result.count, "whole")
                self._number(sheet, at, 3, row.result.mean, "mark")
                self._text(sheet, at, 4, t("cli.list_comma").join(term("coaching", each) for each in row.reasons))
                at += 1

    def scores(self, views: Sequence[InspectionView]) -> None:
        """Add the sheets of the month's scores, the oldest first, with lost points and comments."""
        names = ("submitted", "agent", "inspector", "total", "state", "lost_items", "fatal", "comment", "sample")

        def begin(sheet: Any) -> None:
            self._head(sheet, [t(f"cli.column.{name}") for name in names])
            sheet.set_column(0, 0, 17)
            sheet.set_column(5, 5, 40)

        pages = Pages(self._book, t("inspect.sheet.scores"), begin, len(names))
        rubrics = self._floor.quality.book().rubrics
        for view in reversed(views):
            sheet, at = pages.next()
            score = self._shapes.seen(view)
            rubric = rubrics.get(score.rubric_id)
            full = (
                {}
                if rubric is None
                else {item.id: item.points for section in rubric.rubric.sections for item in section.items}
            )
            errors = {} if rubric is None else {error.id: error.title for error in rubric.rubric.fatal}
            self.cells.time(sheet, at, 0, self._local(score.submitted_at), self._formats["time"])
            self._text(sheet, at, 1, view.agent_name)
            self._text(sheet, at, 2, view.inspector_name)
            self._number(sheet, at, 3, score.total, "mark")
            self._text(sheet, at, 4, term("inspection_state", score.state))
            lost = [
                f"{self._titles.get(each.item_id, unknown('item'))}"
                f" -{points_text(full.get(each.item_id, 0) - each.points)}"
                f" {each.comment or ''}".rstrip()
                for each in score.scores
                if each.points is not None and each.points < full.get(each.item_id, 0)
            ]
            self._text(sheet, at, 5, "\n".join(lost), "wrapped")
            self._text(
                sheet, at, 6, t("cli.list_comma").join(errors.get(each, unknown("item")) for each in score.fatal)
            )
            self._text(sheet, at, 7, score.comment or "", "wrapped")
            self._text(sheet, at, 8, score.sample_id)
        if views:
            pages.end()

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(self._floor.config.zone).replace(tzinfo=None)
