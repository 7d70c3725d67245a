"""The line under the form for comments, and which keys are text while it is open."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Input, Label

from floorctl.clock import elapsed
from floorctl.i18n import t
from floorctl.rules.quality import form as forms
from floorctl.screens.quality.comment_line import CommentLine
from floorctl.screens.quality.points import continues_number
from floorctl.screens.quality.score_form import ScoreForm
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut
from floorctl.widgets import looks
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.rules.quality.form import Form

#: Value of ``commenting`` for the comment on the whole sample; others are an item's id.
_WHOLE = ""
#: Actions whose keys still act while a comment is typed; all other keys are text.
_IN_COMMENT = frozenset({"item", "go_on", "submit", "back", "scroll"})


class Commenting(CockpitScreen):
    """A screen with a form and a line for comments. The form holds the open comment as typed so far."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form
        #: The digits of a number typed so far.
        self.typed = ""
        #: Id of the item whose comment is open, ``_WHOLE``, or None; and the comment before it was opened.
        self.commenting: str | None = None
        self._before = ""
        #: The last message, its style, and the monotonic time at which it goes.
        self.last_message: tuple[str, Style, float] | None = None

    def change(self, form: "Form") -> None:
        """Show ``form`` and save it."""
        raise NotImplementedError

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Show a message in the bottom line: a notification would cover the comment that is typed.

        Errors are shown as notifications.
        """
        if severity == "error":
            super().say(text, severity=severity, timeout=timeout)
            return
        style = looks.WARNING if severity == "warning" else looks.GREEN
        self.last_message = brief(text), style, elapsed() + timeout
        self.refresh_bars()

    def expire_message(self) -> None:
        """Remove the last message when its time is over."""
        if self.last_message is not None and elapsed() > self.last_message[2]:
            self.last_message = None
            self.refresh_bars()

    @property
    def sheet(self) -> ScoreForm:
        """The form's widget."""
        return self.query_one("#form", ScoreForm)

    @property
    def line(self) -> CommentLine:
        """The widget of the line for comments."""
        return self.query_one("#comment-text", CommentLine)

    def line_keys(self) -> list[Segment]:
        """Return the last message and the keys of the line for comments."""
        hint = Segment(t("quality.form.line_hint"), looks.QUIET)
        if self.last_message is None:
            return [hint]
        words, style, _ = self.last_message
        return [Segment(words + "   ", style), hint]

    def compose_comment(self) -> ComposeResult:
        """Yield the line, with a label for what the comment is about."""
        with Horizontal(id="comment"):
            yield Label(id="comment-of")
            yield CommentLine(id="comment-text")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Disable keys that are text while a comment is typed; digits continue the points until text has begun."""
        if action in ("filter", "find_order"):
            return False
        if self.commenting is None:
            return True
        if action in ("digit", "step"):
            return self._number_goes_on(action, parameters)
        return action not in self.bound_actions or action in _IN_COMMENT

    def _number_goes_on(self, action: str, parameters: tuple[object, ...]) -> bool:
        if self.line.begun or self.commenting == _WHOLE or (item := self.sheet.item) is None:
            return False
        return action == "step" or continues_number(self.typed, str(parameters[0]), item.points, item.step)

    def action_comment(self) -> None:
        """Comment on the item under the cursor."""
        if (item := self.sheet.item) is not None:
            self.open_comment(item.id)

    def action_comment_whole(self) -> None:
        """Comment on the whole sample."""
        self.open_comment(_WHOLE)

    def open_comment(self, about: str, *, begun: bool = True) -> None:
        """Open the line for a comment on ``about``; unless ``begun``, leading digits continue the points."""
        self.commenting = about
        self._before = self.form.comments.get(about, "") if about else self.form.comment
        item = self.sheet.item
        words = brief(item.title) if about and item is not None else t("quality.form.whole")
        self.query_one("#comment-of", Label).update(plain("✎ " + cut(words, 12) + " "))
        self.line.value = self._before
        self.line.cursor_position = len(self._before)
        self.line.begun = begun
        self.query_one("#comment").add_class("open")
        self.set_focus(self.line)  # at once: the text may be typed ahead

    @on(Input.Changed, "#comment-text")
    def _comment_typed(self, event: Input.Changed) -> None:
        event.stop()
        # The line's current text, not the event's: the event may be older than the move to another item.
        self._set_comment(self.line.value)

    def _set_comment(self, text: str) -> None:
        if self.commenting is not None:
            self.change(forms.with_comment(self.form, self.commenting or None, text))

    def close_comment(self) -> None:
        """Close the line and return the focus to the form."""
        self.commenting = None
        self.query_one("#comment").remove_class("open")
        self.leave_line()

    def leave_comment(self) -> None:
        """Restore the comment from before and close the line."""
        self._set_comment(self._before)
        self.close_comment()

    def after_comment(self, then: Callable[[], object]) -> None:
        """Take the complete comment and call ``then``; hold keys typed meanwhile until after it."""
        if self.commenting is None:
            then()
            return
        self.cockpit.hold_keys()

        def take() -> None:
            if self.commenting is not None:
                self._set_comment(self.line.value)
                self.close_comment()
            self.cockpit.release_keys()
            then()

        self.line.call_later(take)  # after the keys that are queued for the line
