"""Only the changed part of a line is written to the terminal."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from floorctl.widgets.narrow import NarrowUpdate, cut_out

STYLES = [None, Style.parse("bold"), Style.parse("red")]
pieces = st.lists(
    st.builds(Segment, st.text(alphabet="席12通:● ", min_size=1, max_size=6), st.sampled_from(STYLES), st.none()),
    min_size=1,
    max_size=6,
)


def cells(strip: Strip) -> list[tuple[str, Style | None]]:
    return [(char, piece.style) for piece in strip for char in piece.text]


@given(pieces, st.data())
def test_a_part_is_cut_out_as_textual_cuts_it(line: list[Segment], data: st.DataObject) -> None:
    strip = Strip(line)
    start = data.draw(st.integers(0, strip.cell_length - 1))
    end = data.draw(st.integers(start + 1, strip.cell_length))
    assert cells(cut_out(strip, start, end)) == cells(strip.crop(start, end))


def test_clocks_in_chinese_leave_nothing_behind_in_memory() -> None:
    held = Segment._split_cells.cache_info().currsize
    for second in range(300):
        changed = Segment(f"剩 {second // 60}:{second % 60:02}")
        line = Strip([Segment("电话通知部门  "), changed, Segment(" 一层")])
        start = next(iter(line)).cell_length
        spans = [(0, start, start + changed.cell_length)]
        update = NarrowUpdate([{0: line}], spans, [[line.cell_length]])
        assert changed.text in update.render_segments(Console())
    assert Segment._split_cells.cache_info().currsize == held


@given(pieces, st.data())
def test_changed_spans_of_one_line_are_written_as_each_of_them_alone(line: list[Segment], data: st.DataObject) -> None:
    strip = Strip(line)
    places = st.integers(0, strip.cell_length - 1)
    starts = sorted(data.draw(st.sets(places, min_size=1, max_size=4)))
    spans = [(0, start, start + 1) for start in starts]

    def written(spans: list[tuple[int, int, int]]) -> str:
        return NarrowUpdate([{0: strip}], spans, [[strip.cell_length]]).render_segments(Console())

    assert written(spans) == "".join(written([span]) for span in spans)
    for _, start, end in spans:
        sent = written([(0, start, end)])
        first = int(sent[len("\x1b[1;") :].partition("H")[0]) - 1
        seen = cells(strip.crop(first, strip.cell_length))
        # No half of a character: what is sent begins with the one that the changed cell belongs to.
        assert first in (start, start - 1)
        assert seen[0][0] != " " or strip.text[cell_to_char(strip, first)] == " "


def cell_to_char(strip: Strip, cell: int) -> int:
    """Return the index of the character at ``cell``."""
    at = 0
    for n, char in enumerate(strip.text):
        at += cell_len(char)
        if at > cell:
            return n
    raise AssertionError(cell)
