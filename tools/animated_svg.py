"""Write what a terminal showed as one animated SVG: frames side by side on a film, moved by CSS, nothing loaded.

What frames have in common is stored once: a line of the screen is cut into pieces at fixed columns, equal pieces and
equal lines are shared, and a frame refers to its lines.
"""

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from pyte.screens import Char
from rich.cells import cell_len

_CELL, _LINE, _MARGIN, _CAPTION = 10, 20, 14, 40
_GROUND, _TEXT = "#0c0f14", "#c9d1d9"
#: CJK fonts last: their Latin letters would be wider than half of their Chinese characters.
_FONTS = (
    "'Sarasa Mono SC','Cascadia Mono','SF Mono',Menlo,Consolas,'DejaVu Sans Mono','Noto Sans Mono CJK SC',"
    "'Noto Sans CJK SC','PingFang SC','Microsoft YaHei',monospace"
)
#: The colours that pyte calls by name, as most terminals have them.
_NAMED = {
    "black": "#21262d", "red": "#ff7b72", "green": "#3fb950", "brown": "#d29922", "blue": "#58a6ff",
    "magenta": "#bc8cff", "cyan": "#39c5cf", "white": "#b1bac4", "brightblack": "#6e7681", "brightred": "#ffa198",
    "brightgreen": "#56d364", "brightbrown": "#e3b341", "brightyellow": "#e3b341", "brightblue": "#79c0ff",
    "brightmagenta": "#d2a8ff", "brightcyan": "#56d4dd", "brightwhite": "#f0f6fc",
}  # fmt: skip
#: Columns at which a line is cut, so that its quiet half is shared while the other half counts seconds.
_CUTS = (0, 40, 78)


@dataclass(frozen=True)
class Frame:
    """What stands on the screen, for how many seconds, and what is said about it."""

    lines: tuple[tuple[Char, ...], ...]
    seconds: float
    caption: str


class _Look(NamedTuple):
    """Colours as SVG has them; no ground: that of the terminal."""

    foreground: str
    ground: str
    bold: bool
    italic: bool
    struck: bool


class _Written(NamedTuple):
    """A character, where it begins and how many cells it takes."""

    column: int
    char: str
    width: int
    look: _Look


class _Run(NamedTuple):
    """Characters of one look and one width, ``at`` cells from the left of their piece."""

    at: int
    text: str
    cells: int
    look: _Look


@dataclass
class _Drawing:
    """What has been drawn so far: classes of looks, pieces and lines by what they are made of."""

    looks: dict[str, str] = field(default_factory=dict)
    pieces: dict[tuple[_Run, ...], int] = field(default_factory=dict)
    lines: dict[tuple[tuple[int, int], ...], int] = field(default_factory=dict)

    def line(self, cells: Sequence[Char]) -> int | None:
        """The number of the line that looks like this; None for a blank one."""
        parts = tuple((cut, self.pieces.setdefault(piece, len(self.pieces))) for cut, piece in _pieces(cells) if piece)
        return self.lines.setdefault(parts, len(self.lines)) if parts else None

    def look(self, style: str) -> str:
        """The class for a style."""
        return self.looks.setdefault(style, f"{'abcdefghijklmnopqrstuvw'[len(self.looks) % 23]}{len(self.looks) // 23}")


def animated(frames: Sequence[Frame], title: str) -> str:
    """Return the SVG that shows ``frames`` one after the other, again and again."""
    columns, rows = len(frames[0].lines[0]), len(frames[0].lines)
    width, height = columns * _CELL + 2 * _MARGIN, rows * _LINE + 2 * _MARGIN + _CAPTION
    drawing = _Drawing()
    strip = "".join(_frame(frame, number * width, rows, drawing) for number, frame in enumerate(frames))
    lines = "".join(_line(number, parts) for parts, number in drawing.lines.items())
    pieces = "".join(_piece(number, runs, drawing) for runs, number in drawing.pieces.items())
    looks = "".join(f".{name}{{{style}}}" for style, name in drawing.looks.items())
    seconds = sum(frame.seconds for frame in frames)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}">'
        f"<title>{html.escape(title)}</title>"
        f"<style>text{{font:16px {_FONTS};white-space:pre;fill:{_TEXT}}}"
        ".t{font-size:18px;font-weight:700}.w{font-size:18px}"
        f".film{{animation:film {seconds:g}s step-end infinite}}@keyframes film{{{_moves(frames, width, seconds)}}}"
        # Whoever wants nothing to move sees the floor as it stands.
        f"@media(prefers-reduced-motion:reduce){{.film{{animation:none}}}}{looks}</style>"
        f"<defs>{pieces}{lines}</defs>"
        f'<rect width="{width}" height="{height}" rx="8" fill="{_GROUND}"/>'
        f'<svg width="{width}" height="{height}"><g class="film">{strip}</g></svg></svg>\n'
    )


def _moves(frames: Sequence[Frame], width: int, seconds: float) -> str:
    """The keyframes that bring each frame into sight when it is due."""
    moves, due = [], 0.0
    for number, frame in enumerate(frames):
        moves.append(f"{100 * due / seconds:.2f}%{{transform:translateX({-number * width}px)}}")
        due += frame.seconds
    return "".join(moves)


def _frame(frame: Frame, left: int, rows: int, drawing: _Drawing) -> str:
    """One frame at its place on the film, with its caption beneath."""
    used = (
        f'<use href="#l{number}" y="{row * _LINE}"/>'
        for row, cells in enumerate(frame.lines)
        if (number := drawing.line(cells)) is not None
    )
    caption = f'<text class="t" x="6" y="{rows * _LINE + _MARGIN + 18}">{html.escape(frame.caption)}</text>'
    return f'<g class="frame" transform="translate({left + _MARGIN} {_MARGIN})">{"".join(used)}{caption}</g>'


def _line(number: int, parts: Iterable[tuple[int, int]]) -> str:
    used = (f'<use href="#p{piece}"{f" x={chr(34)}{cut * _CELL}{chr(34)}" if cut else ""}/>' for cut, piece in parts)
    return f'<g id="l{number}">{"".join(used)}</g>'


def _piece(number: int, runs: Iterable[_Run], drawing: _Drawing) -> str:
    """Grounds first, then what is written on them: a glyph may reach over the edge of its cell."""
    grounds, texts = [], []
    for run in runs:
        look, left, width = run.look, run.at * _CELL, run.cells * _CELL
        if look.ground:
            grounds.append(f'<rect x="{left}" width="{width}" height="{_LINE}" fill="{look.ground}"/>')
        if run.text.strip():
            style = f"fill:{look.foreground}" + ";font-weight:700" * look.bold + ";font-style:italic" * look.italic
            style += ";text-decoration:line-through" * look.struck
            name = drawing.look(style) if style != f"fill:{_TEXT}" else ""
            texts.append(_text(run, left, name))
    return f'<g id="p{number}">{"".join(grounds)}{"".join(texts)}</g>'


def _text(run: _Run, left: int, look: str) -> str:
    """The characters of a run, held to their cells whatever the font's widths are."""
    text = run.text.rstrip()
    blanks = len(text) - len(text.lstrip())
    text, left = text[blanks:], left + blanks * _CELL
    width = cell_len(text) * _CELL
    # A Chinese character is as wide as high: at the size of the Latin letters it would not fill its two cells.
    classes = " ".join(each for each in (look, "w" if cell_len(text) == 2 * len(text) else "") if each)
    named = f' class="{classes}"' if classes else ""
    return f'<text{named} x="{left}" y="15" textLength="{width}">{html.escape(text, quote=False)}</text>'


def _pieces(cells: Sequence[Char]) -> Iterator[tuple[int, tuple[_Run, ...]]]:
    """(first column, runs) of each part of a line; a character belongs to the part in which it begins."""
    for cut, part in groupby(_written(cells), lambda each: max(cut for cut in _CUTS if cut <= each.column)):
        runs: list[_Run] = []
        # Wide and narrow characters apart: one length over both would stretch the digits between Chinese words.
        for (look, _), run in groupby(part, lambda each: (each.look, each.width)):
            written = list(run)
            text, width = "".join(each.char for each in written), sum(each.width for each in written)
            if text.strip() or look.ground:
                runs.append(_Run(written[0].column - cut, text, width, look))
        yield cut, tuple(runs)


def _written(cells: Sequence[Char]) -> Iterator[_Written]:
    """The characters of a line; the second half of a wide one is a cell without any."""
    for column, cell in enumerate(cells):
        if cell.data:
            wide = column + 1 < len(cells) and not cells[column + 1].data
            yield _Written(column, cell.data, 2 if wide else 1, _look(cell))


def _look(cell: Char) -> _Look:
    foreground, ground = _colour(cell.fg, _TEXT), _colour(cell.bg, "")
    if cell.reverse:
        foreground, ground = ground or _GROUND, foreground
    return _Look(foreground, "" if ground == _GROUND else ground, cell.bold, cell.italics, cell.strikethrough)


def _colour(name: str, otherwise: str) -> str:
    if name == "default":
        return otherwise
    return _NAMED.get(name) or f"#{name}"
