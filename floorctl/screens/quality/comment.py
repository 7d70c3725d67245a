"""The line under the form in which comments are typed, and who gets a key while it is open."""

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
from floorctl.screens.quality.points import goes_on
from floorctl.screens.quality.score_form import ScoreForm
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut
from floorctl.widgets import looks
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.rules.quality.form import Form

#: The comment on the whole sample, where others are an item's.
_WHOLE = ""
#: What keys do while a comment is being typed; every other one is text.
_IN_COMMENT = frozenset({"item", "go_on", "submit", "back", "scroll"})


class Commenting(CockpitScreen):
    """A screen with a form and a line for comments. The form holds the comment as far as it is typed."""

    def __init__(self) -> None:
        super().__init__()
        self.form: Form
        #: The number that is being typed, digit by digit.
        self.typed = ""
        #: What is being commented on: an item's id, the whole, or nothing; and its comment before.
        self.commenting: str | None = None
        self._before = ""
        #: What was said last, how, and until when it stands.
        self.said_last: tuple[str, Style, float] | None = None

    def change(self, form: "Form") -> None:
        """Show ``form`` and keep it."""
        raise NotImplementedError

    def say(self, text: str, *, severity: str = "information", timeout: float = 5) -> None:
        """Say it in the bottom line: a notification would lie over the comment that is being typed."""
        if severity == "error":
            super().say(text, severity=severity, timeout=timeout)
            return
        style = looks.WARNING if severity == "warning" else looks.GREEN
        self.said_last = brief(text), style, elapsed() + timeout
        self.refresh_bars()

    def forget_said(self) -> None:
        """What was said goes after a while."""
        if self.said_last is not None and elapsed() > self.said_last[2]:
            self.said_last = None
            self.refresh_bars()

    @property
    def sheet(self) -> ScoreForm:
        """The form as it is shown."""
        return self.query_one("#form", ScoreForm)

    @property
    def line(self) -> CommentLine:
        """The line."""
        return self.query_one("#comment-text", CommentLine)

    def line_keys(self) -> list[Segment]:
        """What was said last, and the keys of the line for comments."""
        hint = Segment(t("quality.form.line_hint"), looks.QUIET)
        if self.said_last is None:
            return [hint]
        words, style, _ = self.said_last
        return [Segment(words + "   ", style), hint]

    def compose_comment(self) -> ComposeResult:
        """The line, with what it is about in front of it."""
        with Horizontal(id="comment"):
            yield Label(id="comment-of")
            yield CommentLine(id="comment-text")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """While a comment is typed, keys are text but for a few; digits go on with the number until it has begun."""
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
        return action == "step" or goes_on(self.typed, str(parameters[0]), item.points, item.step)

    def action_comment(self) -> None:
        """A comment on the item."""
        if (item := self.sheet.item) is not None:
            self.open_comment(item.id)

    def action_comment_whole(self) -> None:
        """A comment on the whole sample."""
        self.open_comment(_WHOLE)

    def open_comment(self, about: str, *, begun: bool = True) -> None:
        """Type a comment; unless ``begun``, digits that come first go on with the points."""
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
        # What stands in the line now, not what stood there when this was sent: by now it may be another item's.
        self._take(self.line.value)

    def _take(self, text: str) -> None:
        if self.commenting is not None:
            self.change(forms.with_comment(self.form, self.commenting or None, text))

    def close_comment(self) -> None:
        """Give the keys back to the form."""
        self.commenting = None
        self.query_one("#comment").remove_class("open")
        self.leave_line()

    def leave_comment(self) -> None:
        """Close the line with the comment as it was before."""
        self._take(self._before)
        self.close_comment()

    def after_comment(self, then: Callable[[], object]) -> None:
        """Take the comment that is being typed, all of it, then go on; keys typed meanwhile come after that."""
        if self.commenting is None:
            then()
            return
        self.cockpit.hold_keys()

        def take() -> None:
            if self.commenting is not None:
                self._take(self.line.value)
                self.close_comment()
            self.cockpit.release_keys()
            then()

        self.line.call_later(take)  # behind the keys that are on their way to the line
