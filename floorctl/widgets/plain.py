"""Text from outside for Textual's own widgets: never markup, never a control character."""

from functools import lru_cache

from textual.content import Content
from textual.widgets import Input

from floorctl.text import visible

#: More than any note may hold; a megabyte pasted by mistake must not stop the screen.
LONGEST_INPUT = 2_000


def plain(text: object, *, keep_newlines: bool = False) -> Content:
    """``text`` as Textual may show it: every character visible, nothing of it read as markup."""
    return Content(visible(text, keep_newlines=keep_newlines))


class PlainInput(Input):
    """A line to type in. What is pasted into it loses its control characters and what is longer than a note may be."""

    def __init__(
        self,
        *,
        placeholder: str = "",
        password: bool = False,
        value: str = "",
        id: str | None = None,  # noqa: A002
    ) -> None:
        super().__init__(
            value=clean(value),
            placeholder=placeholder,
            password=password,
            id=id,
            max_length=LONGEST_INPUT,
            select_on_focus=False,
        )
        self.cursor_blink = False  # a blinking cursor repaints twice a second for nothing

    def validate_value(self, value: str) -> str:
        """Keep what can be seen, and no more of it than fits a note."""
        return clean(value)


def clean(text: str) -> str:
    """``text`` in one line without what can't be seen, at most ``LONGEST_INPUT`` characters.

    What only says how the character before it looks goes too: terminals don't agree on the width that it gives.
    """
    text = text[: LONGEST_INPUT * 2]
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_typed, text))
    return text[:LONGEST_INPUT]


@lru_cache(maxsize=4096)
def _typed(char: str) -> str:
    shown = visible(char)
    is_letter_of_flag = len(shown) == 1 and shown.isascii()
    return shown if shown == char or is_letter_of_flag else ""
