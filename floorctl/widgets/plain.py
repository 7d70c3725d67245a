"""Text from outside for Textual's own widgets: no markup, no control characters. Public: ``plain``, ``PlainInput``."""

from collections.abc import Collection
from typing import Any, cast

from textual.content import Content
from textual.events import Key, Paste
from textual.widgets import Input

from floorctl.i18n import t
from floorctl.text.safe import visible
from floorctl.tty.bursts import KeyInText, is_text
from floorctl.widgets.pasted import in_one_line, without_ends

#: Most characters of a line: more than any note may have, few enough that a mistaken paste does not block the screen.
LONGEST_INPUT = 2_000
#: Keys that move to the next line of a form; a program that types number and password sends them too.
NEXT_LINE = frozenset({"enter", "tab"})
#: From this many characters directly after an Enter on, they are pasted text and not keys.
_NO_KEYS = 8


def plain(text: object, *, keep_newlines: bool = False) -> Content:
    """Return ``text`` for Textual's widgets: every character visible, nothing interpreted as markup."""
    return Content(visible(text, keep_newlines=keep_newlines))


class PlainInput(Input):
    """A line to type in, used for every line of the cockpit. Pasted text is never cut silently.

    Textual keeps only the first line of pasted text. Here lines are joined by a blank; if the text is too long, a
    message says so and ``Ctrl+V`` inserts the rest. A pasted password of several lines is refused.
    """

    _full_said = False

    def __init__(
        self,
        *,
        placeholder: str = "",
        password: bool = False,
        value: str = "",
        id: str | None = None,  # noqa: A002
        prose: bool = False,
        leads_on: Collection[str] = (),
    ) -> None:
        """Make a line.

        ``prose``: the line is for text of any length, so an Enter with text behind it is a line break of pasted text.
        ``leads_on``: keys that always move to another line of the same form, whatever follows them.
        """
        super().__init__(
            value=clean(value),
            placeholder=placeholder,
            password=password,
            id=id,
            max_length=LONGEST_INPUT,
            select_on_focus=False,
        )
        self.prose = prose
        self.leads_on = leads_on
        self.cursor_blink = False  # a blinking cursor repaints twice a second for nothing

    def validate_value(self, value: str) -> str:
        """Return ``value`` without invisible characters, at most ``LONGEST_INPUT`` characters."""
        return clean(value)

    async def on_key(self, event: Key) -> None:
        """Insert blanks that are not printable, which Textual would drop."""
        if is_text(event) and not event.is_printable:  # an ideographic or a no-break space
            event.prevent_default()
            event.stop()
            self.take_paste(event.character or "")

    def on_paste(self, event: Paste) -> None:
        """Insert pasted text as one line."""
        event.prevent_default()
        event.stop()
        self.take_paste(event.text)

    def action_paste(self) -> None:
        """Insert the rest of a paste that did not fit; else the clipboard."""
        self.take_paste(getattr(self.app, "rest_of_paste", "") or self.app.clipboard)

    def take_paste(self, text: str) -> None:
        """Insert ``text`` as one line at the cursor (or over the selection), and show how much was left out."""
        start, end = sorted(self.selection)
        found = in_one_line(text, LONGEST_INPUT - len(self.value) + end - start)
        if self.password and found.text + found.rest != without_ends(text):
            self.tell(t("ui.paste.password"))  # joined it would be a wrong password and count as a failed attempt
            return
        if not self.password:
            self._keep_rest(found.rest)
        if found.text:
            self.replace(found.text, start, end)
        if found.rest:
            key = "ui.paste.password_long" if self.password else "ui.paste.too_long"
            self.tell(t(key, n=len(found.rest), most=LONGEST_INPUT))
        elif found.hidden:
            self.tell(t("ui.paste.hidden", n=found.hidden))

    def is_text(self, key: KeyInText) -> bool:
        """Whether an Enter or Tab that came with text behind it belongs to text that the terminal pastes as keys.

        In a line for prose or a password it does. Elsewhere a person may type keys fast after Enter, so it does only
        if no Enter key sends such a line break (``key.by_no_hand``), or if the text behind it is long or not ASCII.
        """
        if key.key in self.leads_on:
            return False
        sure = self.prose or self.password or key.by_no_hand
        return sure or len(key.behind) >= _NO_KEYS or not key.behind.isascii()

    def take_break(self) -> bool:
        """Insert a blank for a line break in text pasted as keys; for a password, clear it and return False."""
        if self.password:
            self.value = ""
            self.tell(t("ui.paste.password"))
            return False
        if self.cursor_position:
            self.insert_text_at_cursor(" ")
        return True

    def restricted(self) -> None:
        """Show that the line is full and typed text was dropped; once, until there is room again."""
        if not self._full_said:
            self._full_said = True
            self.tell(t("ui.paste.full", most=LONGEST_INPUT))

    def watch_value(self, value: str) -> None:
        """Allow the message of a full line again once there is room."""
        self._full_said = self._full_said and len(value) >= LONGEST_INPUT

    def _keep_rest(self, rest: str) -> None:
        if hasattr(self.app, "rest_of_paste"):
            self.app.rest_of_paste = rest

    def tell(self, words: str) -> None:
        """Show ``words`` where the screen shows messages about its lines, else as a note."""
        for say in (getattr(self.screen, "say_of_line", None), getattr(self.screen, "say", None)):
            if say is not None:
                say(words)
                return
        cast("Any", self.app).say(words, severity="warning")


def clean(text: str) -> str:
    """Return ``text`` as one line without invisible characters, at most ``LONGEST_INPUT`` characters."""
    return in_one_line(text[: LONGEST_INPUT * 2], LONGEST_INPUT).text
