"""``PlainArea``: several lines to type in, with nothing invisible in them."""

from textual.events import Key, Paste
from textual.widgets import TextArea

from floorctl.tty.bursts import is_text
from floorctl.widgets.pasted import typed


class PlainArea(TextArea):
    """Several lines of plain text; Tab moves on, so that nothing but text is in them."""

    def __init__(self, value: str = "") -> None:
        super().__init__(clean_lines(value), soft_wrap=True, show_line_numbers=False, tab_behavior="focus")
        self.cursor_blink = False  # a blinking cursor repaints twice a second for nothing

    async def on_key(self, event: Key) -> None:
        """Insert blanks that are not printable, which Textual would drop."""
        if is_text(event) and not event.is_printable:  # an ideographic or a no-break space
            event.prevent_default()
            event.stop()
            self.take_paste(event.character or "")

    def on_paste(self, event: Paste) -> None:
        """Insert pasted text without invisible characters."""
        event.prevent_default()
        event.stop()
        self.take_paste(event.text)

    def action_paste(self) -> None:
        """Insert the clipboard's text."""
        self.take_paste(self.app.clipboard)

    def take_paste(self, text: str) -> None:
        """Insert ``text`` at the cursor, or over the selection."""
        if not self.read_only:
            result = self.replace(clean_lines(text), *self.selection, maintain_selection_offset=False)
            self.move_cursor(result.end_location)


def clean_lines(text: str) -> str:
    """Return ``text`` with plain line ends and without invisible characters."""
    lines = text.replace("\t", " ").splitlines() or [""]
    ends = "\n" if text.endswith(("\n", "\r")) else ""
    return "\n".join("".join(map(typed, line)) for line in lines) + ends
