"""Text from outside for Textual's own widgets: never markup, never a control character."""

from collections.abc import Collection
from typing import Any, cast

from textual.content import Content
from textual.events import Key, Paste
from textual.widgets import Input

from floorctl.i18n import t
from floorctl.text.safe import visible
from floorctl.tty.bursts import KeyInText, is_text
from floorctl.widgets.pasted import in_one_line, without_ends

#: More than any note may hold; a megabyte pasted by mistake must not stop the screen.
LONGEST_INPUT = 2_000
#: Keys that lead from one line of a form to the next: a program that types number and password presses them too.
NEXT_LINE = frozenset({"enter", "tab"})
#: So many characters right behind an Enter are no keys.
_NO_KEYS = 8


def plain(text: object, *, keep_newlines: bool = False) -> Content:
    """``text`` as Textual may show it: every character visible, nothing of it read as markup."""
    return Content(visible(text, keep_newlines=keep_newlines))


class PlainInput(Input):
    """A line to type in. Every line of the cockpit is one: what is pasted into it is never cut without a word.

    Textual takes the first line of what is pasted and drops the others. Here lines are joined by a blank; what is
    longer than the line may be is said, and ``Ctrl+V`` puts in the rest. A password of several lines is refused.
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

        ``prose``: for a text of any length, which is not meant to be followed by keys of a screen. ``leads_on``: the
        keys that lead on to another line of the same form, whatever comes behind them.
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
        """Keep what can be seen, and no more of it than fits a note."""
        return clean(value)

    async def on_key(self, event: Key) -> None:
        """Take a blank that can't be printed: Textual would drop it."""
        if is_text(event) and not event.is_printable:  # a wide or a fixed blank
            event.prevent_default()
            event.stop()
            self.take_paste(event.character or "")

    def on_paste(self, event: Paste) -> None:
        """Take what is pasted, in one line."""
        event.prevent_default()
        event.stop()
        self.take_paste(event.text)

    def action_paste(self) -> None:
        """Put in what did not fit before; else what was copied last."""
        self.take_paste(getattr(self.app, "rest_of_paste", "") or self.app.clipboard)

    def take_paste(self, text: str) -> None:
        """Put ``text`` in at the cursor, in one line, and say what of it did not go in."""
        start, end = sorted(self.selection)
        found = in_one_line(text, LONGEST_INPUT - len(self.value) + end - start)
        if self.password and found.text + found.rest != without_ends(text):
            self.tell(t("ui.paste.password"))  # joined, it would be another one, and count as a wrong try
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
        """Whether an Enter or a Tab that came with text behind it is part of a text that is pasted here as keys.

        In a line for prose it is. Elsewhere a fast hand goes on with keys: it is what no hand types that tells.
        """
        if key.key in self.leads_on:
            return False
        sure = self.prose or self.password or key.by_no_hand
        return sure or len(key.behind) >= _NO_KEYS or not key.behind.isascii()

    def take_break(self) -> bool:
        """A line break came in the middle of text, as keys. False: of such a text nothing is taken."""
        if self.password:
            self.value = ""
            self.tell(t("ui.paste.password"))
            return False
        if self.cursor_position:
            self.insert_text_at_cursor(" ")
        return True

    def restricted(self) -> None:
        """The line is full: what was typed did not go in. Said once, and again when there was room meanwhile."""
        if not self._full_said:
            self._full_said = True
            self.tell(t("ui.paste.full", most=LONGEST_INPUT))

    def watch_value(self, value: str) -> None:
        """There may be room again."""
        self._full_said = self._full_said and len(value) >= LONGEST_INPUT

    def _keep_rest(self, rest: str) -> None:
        if hasattr(self.app, "rest_of_paste"):
            self.app.rest_of_paste = rest

    def tell(self, words: str) -> None:
        """Say something about the line where its screen says such things, or in a note."""
        for say in (getattr(self.screen, "say_of_line", None), getattr(self.screen, "say", None)):
            if say is not None:
                say(words)
                return
        cast("Any", self.app).say(words, severity="warning")


def clean(text: str) -> str:
    """``text`` in one line without what can't be seen, at most ``LONGEST_INPUT`` characters."""
    return in_one_line(text[: LONGEST_INPUT * 2], LONGEST_INPUT).text
