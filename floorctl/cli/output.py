"""Writes a command's output: the answer to standard output, everything else to standard error.

Every text from outside passes ``text.visible``, except inside JSON, where characters that are not visible are escaped,
so that the document is lossless and harmless on a terminal.
"""

from __future__ import annotations

import codecs
import os
import re
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, TextIO
from unicodedata import category

import msgspec
from rich.cells import cell_len

from floorctl.cli.layout import asked_width
from floorctl.errors import Exit, FloorctlError, UsageError, stack
from floorctl.i18n import t
from floorctl.text.errors import sentence
from floorctl.text.safe import visible
from floorctl.tty.glyphs import safe, safe_at_first

if TYPE_CHECKING:
    from rich.console import Console

#: A pattern as text: compiling it takes 5 ms, and only JSON needs it. ``re`` keeps what it has compiled.
_NOT_PLAIN = r"[^\n -~\u2010-\u2027\u2030-\u205e\u3000-\u9fff\uff00-\uffef]"
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")
_HALF = re.compile(r"[\ud800-\udfff]")
#: The error handler for characters that a stream's encoding lacks (an old terminal, a pipe in GBK): their code.
_UNSHOWN = "floorctl.unshown"
_PLAINER = {"✓": "+", "✗": "x", "⚠": "!", "…": "...", "—": "-", "–": "-", "·": ".", "“": '"', "”": '"', "\u00a0": " "}
#: Cells in which a table is laid out where standard output is not a terminal.
_WIDTH_IN_A_FILE = 200
#: Cells to which a column may shrink, and cells between two columns.
_LEAST_WIDTH, _BETWEEN = 16, 3


class Column(msgspec.Struct, frozen=True):
    """A column of a table.

    ``keep``: its cells are never cut. ``fold``: long cells are wrapped. ``rank``: where the terminal is too narrow, the
    columns of the highest rank are left out first, those of rank 0 never. ``names``: its cells are numbers of things,
    which are not masked although they may look like personal data.
    """

    title: str
    align: Literal["left", "right"] = "left"
    keep: bool = False
    fold: bool = False
    rank: int = 0
    names: bool = False


class Cell(msgspec.Struct, frozen=True):
    """A cell with a style of rich (``red``, ``bold``); a plain str is a cell without style."""

    text: str
    style: str = ""


class Output:
    """Writes a command's answer, notes, warnings, errors and progress."""

    def __init__(self) -> None:
        self.json = False
        self._quiet = False
        self._no_color = False
        self._debug = False
        self._console: Console | None = None
        #: The setting ``[terminal] glyphs``: which characters a terminal gets.
        self.glyphs = "auto"
        for stream in (sys.stdout, sys.stderr):
            if hasattr(stream, "reconfigure"):
                stream.reconfigure(errors=_UNSHOWN)

    def configure(self, *, json: bool, quiet: bool, no_color: bool, debug: bool) -> None:
        """Apply the general options."""
        self.json, self._quiet, self._no_color, self._debug = json, quiet, no_color, debug

    @property
    def color(self) -> bool:
        """Whether the answer may be coloured: on a terminal, unless ``--no-color``, NO_COLOR or TERM=dumb is set."""
        plain = self._no_color or bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") == "dumb"
        return not plain and sys.stdout.isatty()

    # --- the answer

    def answer(self, text: str) -> None:
        """Print lines of the answer."""
        self._write(visible(text, keep_newlines=True) + "\n")

    def page(self, text: str) -> None:
        """Print an answer that declares itself UTF-8, such as HTML."""
        _as_utf8(visible(text, keep_newlines=True) + "\n")

    def file(self, text: str) -> None:
        """Print an answer that is meant to be a file, such as Markdown: in UTF-8, except on a terminal."""
        say = self.answer if sys.stdout.isatty() else self.page
        say(text)

    def document(self, value: Any) -> None:
        """Print the answer as one JSON document, in UTF-8 whatever the locale is, as JSON requires.

        A terminal of another encoding gets ASCII, which is valid in both.
        """
        try:
            encoded = msgspec.json.encode(value)
        except UnicodeEncodeError:
            encoded = msgspec.json.encode(_whole(msgspec.to_builtins(value)))
        text = msgspec.json.format(encoded, indent=2).decode()
        if sys.stdout.isatty() and not _is_utf8(sys.stdout):
            _as_utf8(_NOT_ASCII.sub(_escape, text) + "\n")
        else:
            _as_utf8(re.sub(_NOT_PLAIN, _escaped, text) + "\n")

    def content(self, content: bytes, *, binary: bool) -> None:
        """Print a file's content unchanged; binary content is not printed on a terminal.

        Raises:
            UsageError: it is binary, and standard output is a terminal.
        """
        if binary and sys.stdout.isatty():
            raise UsageError("error.not_for_a_terminal")
        if not binary:
            self.file(content.decode().rstrip("\n"))
            return
        sys.stdout.flush()
        sys.stdout.buffer.write(content)
        sys.stdout.buffer.flush()

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str | Cell]]) -> None:
        """Print a table, at most as wide as the terminal; columns in which all cells are empty are left out."""
        from rich.box import SIMPLE_HEAD
        from rich.table import Table
        from rich.text import Text

        cells = [[each if isinstance(each, Cell) else Cell(each) for each in row] for row in rows]
        widest = [max(cell_len(visible(row[at].text)) for row in cells) for at in range(len(columns))]
        shown = _that_fit(columns, widest, self.console.width)
        widths = _widths({at: (_least(columns[at], widest[at]), widest[at]) for at in shown}, self.console.width)
        table = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
        for at in shown:
            column = columns[at]
            table.add_column(
                Text(column.title),
                justify=column.align,
                no_wrap=not column.fold,
                overflow="fold" if column.fold else "ellipsis",
                width=max(widths[at], cell_len(column.title)),
            )
        for row in cells:
            table.add_row(*(Text(visible(row[at].text), style=row[at].style) for at in shown))
        self.styled(table)

    def styled(self, *what: Any, end: str = "\n") -> None:
        """Print rich renderables that were built without markup."""
        # Through a capture, so that trailing blanks are removed and a closed pipe raises in ``_write``.
        console = self.console
        with console.capture() as capture:
            console.print(*what, end=end)
        self._write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))

    @property
    def console(self) -> Console:
        """The rich console for standard output."""
        if self._console is None:
            from rich.console import Console

            terminal = sys.stdout.isatty()
            self._console = Console(
                file=sys.stdout,
                markup=False,
                highlight=False,
                emoji=False,
                width=None if terminal else asked_width() or _WIDTH_IN_A_FILE,
                force_terminal=self.color,
                no_color=not self.color,
                color_system="auto" if self.color else None,
                legacy_windows=False,
            )
        return self._console

    # --- everything else

    def note(self, text: str) -> None:
        """Print a message to standard error, unless ``-q``."""
        if not self._quiet:
            self._say(text)

    def warn(self, text: str) -> None:
        """Print a message to standard error, also with ``-q``."""
        self._say(text)

    def error(self, error: FloorctlError) -> Exit:
        """Print in one sentence what failed and what to do about it.

        Returns:
            The error's exit code.
        """
        self._say(t("cli.error", sentence=sentence(error, visible)))
        return error.exit_code

    def traceback(self, error: BaseException) -> None:
        """Print the traceback for ``--debug``: the lines of code, without any data."""
        self._say(stack(error).rstrip())

    def progress_on_terminal(self) -> bool:
        """Whether standard error is a terminal on which a progress bar can be drawn."""
        return sys.stderr.isatty() and not self._quiet and os.environ.get("TERM") != "dumb"

    def progress(self, text: str) -> None:
        """Replace the progress line on the terminal by ``text``; remove it if ``text`` is empty."""
        try:
            sys.stderr.write("\r\x1b[2K" + self._drawn(visible(text), sys.stderr))
            sys.stderr.flush()
        except OSError:
            self._quiet = True

    def discard_output(self) -> None:
        """Redirect standard output to nowhere: its reader is gone, and the interpreter would fail at exit."""
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())

    def _write(self, text: str) -> None:
        sys.stdout.write(self.drawn(text))

    def drawn(self, text: str) -> str:
        """``text`` in characters that standard output can show, for callers that write there themselves."""
        return self._drawn(text, sys.stdout)

    def _drawn(self, text: str, stream: TextIO) -> str:
        """``text`` in characters that ``stream`` shows at their proper width; unchanged unless it is a terminal."""
        if text.isascii() or not stream.isatty() or not safe_at_first(self.glyphs, stream.encoding):
            return text
        return safe(text)

    def _say(self, text: str) -> None:
        try:
            sys.stderr.write(self._drawn(visible(text, keep_newlines=True), sys.stderr) + "\n")
            sys.stderr.flush()
        except OSError:
            pass  # nobody reads standard error; the exit code still tells the outcome


def _is_utf8(stream: TextIO) -> bool:
    return (stream.encoding or "").lower().replace("_", "-") in ("utf-8", "utf8")


def _as_utf8(text: str) -> None:
    if _is_utf8(sys.stdout):
        sys.stdout.write(text)
        return
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8", "replace"))
    sys.stdout.buffer.flush()


def _whole(value: Any) -> Any:
    """``value`` with lone surrogates replaced; names of files that are not UTF-8 contain them."""
    match value:
        case str():
            return _HALF.sub("\ufffd", value)
        case dict():
            return {_whole(name): _whole(each) for name, each in value.items()}
        case list() | tuple():
            return [_whole(each) for each in value]
    return value


def _replacement(error: UnicodeError) -> tuple[str, int]:
    """The replacement for characters that a stream's encoding lacks; a handler for ``codecs.register_error``."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    missing = error.object[error.start : error.end]
    return "".join(_PLAINER.get(char) or f"<{ord(char):04X}>" for char in missing), error.end


codecs.register_error(_UNSHOWN, _replacement)


def _escaped(found: re.Match[str]) -> str:
    return _escape(found) if category(found.group()) in _HIDDEN else found.group()


def _escape(found: re.Match[str]) -> str:
    code = ord(found.group())
    if code <= 0xFFFF:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _least(column: Column, widest: int) -> int:
    """The least width of a column in cells."""
    return max(cell_len(column.title), widest if column.keep else min(widest, _LEAST_WIDTH))


def _that_fit(columns: Sequence[Column], widest: Sequence[int], width: int) -> list[int]:
    """The positions of the columns that are shown."""
    shown = [at for at in range(len(columns)) if widest[at]]
    while sum(_least(columns[at], widest[at]) + _BETWEEN for at in shown) - _BETWEEN > width:
        rank = max(columns[at].rank for at in shown)
        if rank == 0:
            break
        shown.remove(max(at for at in shown if columns[at].rank == rank))
    return shown


def _widths(wanted: dict[int, tuple[int, int]], width: int) -> dict[int, int]:
    """The width of each column by position; ``wanted`` contains (least, most) of each."""
    widths = {at: max(least, most) for at, (least, most) in wanted.items()}
    excess = sum(widths.values()) + _BETWEEN * (len(widths) - 1) - width
    while excess > 0 and (wide := [at for at in widths if widths[at] > wanted[at][0]]):
        widths[max(wide, key=lambda at: widths[at])] -= 1
        excess -= 1
    return widths
