"""Painted widgets: only changed lines are sent, and a list of a million rows loads a hundred at a time."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.app import App, ComposeResult
from wcwidth import wcwidth

from floorctl.text.safe import visible
from floorctl.widgets.painted import changed_spans, clip, spread, width_of
from floorctl.widgets.plain import clean, plain
from floorctl.widgets.rows import Column, Row
from floorctl.widgets.spark import bar, spark
from floorctl.widgets.table import PlainTable
from floorctl.widgets.table_picture import WINDOW
from tests.screens.looking import HOSTILE, text

WORDS = st.text("ab 中文…", max_size=12)
LINES = st.lists(WORDS.map(Segment), max_size=8)


@given(LINES, st.integers(0, 60))
def test_a_clipped_line_has_exactly_its_width(line: list[Segment], width: int) -> None:
    assert width_of(clip(line, width)) == width


@pytest.mark.parametrize(
    ("pieces", "shown"),
    [
        (["Seat ", "Skills      "], "Seat Skills  "),
        (["Seat ", "Skills      ", "Kind"], "Seat Skills… "),
        (["Seat ", "Skills      ", "    "], "Seat Skills  "),
        (["Seat Skills  ", "Kind"], "Seat Skills… "),
    ],
)
def test_a_clipped_line_says_what_is_cut_off_and_blanks_are_nothing(pieces: list[str], shown: str) -> None:
    assert "".join(piece.text for piece in clip([Segment(each) for each in pieces], 13)) == shown


@given(LINES, LINES, st.integers(0, 60))
def test_a_spread_line_has_exactly_its_width(left: list[Segment], right: list[Segment], width: int) -> None:
    assert width_of(spread(left, right, width)) == width


@given(LINES, LINES)
def test_outside_the_changed_spans_two_lines_are_the_same(old: list[Segment], new: list[Segment]) -> None:
    width = 60
    before, after = clip(old, width), clip(new, width)
    spans = changed_spans(before, after)

    def cells(line: list[Segment]) -> list[str]:
        return [part for piece in line for char in piece.text for part in [char, *([""] * (cell_len(char) - 1))]]

    kept = [at for at in range(width) if not any(start <= at < end for start, end in spans)]
    assert [cells(before)[at] for at in kept] == [cells(after)[at] for at in kept]


def test_bars_and_sparks() -> None:
    assert bar(0.7, 10) == ("███████", "░░░")
    assert bar(1.5, 4) == ("████", "")
    assert spark([0, 1, 2, 8], 4) == "▁▂▃█"
    assert spark([], 4) == ""
    assert spark([0, 0], 4) == "▁▁"


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_plain_content(hostile: str) -> None:
    content = plain(hostile)
    assert not content.spans
    assert content.plain.replace("\u200d", "").isprintable()  # which joins the parts of one emoji, and nothing else
    assert len(clean(hostile)) <= 2000
    assert "\x1b" not in clean(hostile)


@pytest.mark.parametrize("typed", ["\U0001f3f3\ufe0f\u200d\U0001f308", "❤\ufe0f", "1\ufe0f\u20e3", "👍🏽", "🇨🇳"])
def test_what_is_typed_is_as_wide_on_every_terminal(typed: str) -> None:
    line = ""
    for char in typed:
        line = clean(line + char)
    assert line == clean(typed) == visible(line)
    assert cell_len(line) == sum(map(wcwidth, line))
    assert line


class Rows(App[None]):
    """A list of a million rows that counts how often rows are read."""

    def __init__(self, total: int = 1_000_000) -> None:
        super().__init__()
        self.ids: Sequence[int] = range(total)
        self.asked: list[int] = []
        self.opened: list[str] = []

    async def load(self, offset: int, limit: int) -> tuple[Sequence[Row], int]:
        self.asked.append(offset)
        return [Row(str(n), (f"行{n}", "x")) for n in self.ids[offset : offset + limit]], len(self.ids)

    def compose(self) -> ComposeResult:
        yield PlainTable((Column("标题", 10), Column("", 4, grow=1)), self.load, empty="空")

    async def on_mount(self) -> None:
        await self.query_one(PlainTable).reload()

    def on_plain_table_opened(self, event: PlainTable.Opened) -> None:
        self.opened.append(event.id)


def seen(app: App[Any]) -> str:
    return text(app)


async def test_a_million_rows_are_read_a_window_at_a_time() -> None:
    app = Rows()
    async with app.run_test(size=(40, 20)) as pilot:
        await pilot.press("end")
        await pilot.pause(0.1)
        assert "行999999" in seen(app)
        await pilot.press("home", "enter")
        await pilot.pause(0.1)
        assert app.opened == ["0"]
        assert len(app.asked) <= 4
        table = app.query_one(PlainTable)
        for _ in range(40):
            await pilot.press("pagedown")
        await pilot.pause(0.1)
        assert f"行{table.cursor}" in seen(app)
        assert sum(table.row_at(n) is not None for n in range(0, table.total, WINDOW)) <= 12


async def test_the_cursor_stays_on_its_row_when_rows_come_and_go_above_it() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press(*["down"] * 30)
        assert (table.cursor_id, table.cursor) == ("30", 30)
        table.end_hold()
        app.ids = [5000, 5001, *range(10, 1000)]
        await table.reload()
        assert (table.cursor_id, table.cursor) == ("30", 22)
        app.ids = range(5)
        await table.reload()
        assert (table.cursor_id, table.cursor, table.gone_id) == ("30", 5, "30"), "gone, and no other in its place"
        app.ids = range(0)
        table.ask()
        await table.reload()
        await pilot.pause()
        assert table.cursor_id is None
        assert "空" in seen(app)
        await pilot.press("down", "end", "space", "enter")


async def test_marks_are_kept_and_acted_on_in_the_order_of_the_rows() -> None:
    app = Rows(1000)
    async with app.run_test(size=(40, 20)) as pilot:
        table = app.query_one(PlainTable)
        await pilot.press("down", "down", "space", "space", "home", "space")
        assert table.targets() == ["0", "2", "3"]
        await pilot.press("home", "space")
        assert table.targets() == ["2", "3"]
        await pilot.click(PlainTable, offset=(5, 6))
        assert table.cursor == 5
        await pilot.click(PlainTable, offset=(5, 6), times=2)
        await pilot.pause()
        assert app.opened == ["5"]
