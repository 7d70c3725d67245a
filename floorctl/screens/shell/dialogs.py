"""The base of all dialogs, and the small ones: a yes/no question, a line of text, a choice by digit."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar, TypeVar

from textual.app import ComposeResult
from textual.await_complete import AwaitComplete
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label, Static

from floorctl.i18n import t
from floorctl.widgets.line_keys import LineKeys
from floorctl.widgets.plain import PlainInput, plain

T = TypeVar("T")


class Dialog(ModalScreen[T], LineKeys[T]):
    """A modal screen. It closes at most once: a second fast key must not close the screen beneath it."""

    #: Absolute, since a dialog's class may be in any folder.
    CSS_PATH = Path(__file__).with_name("dialogs.tcss")

    def dismiss(self, result: T | None = None) -> AwaitComplete:
        """Close with ``result``, unless it is closed already."""
        if not self.is_active:
            return AwaitComplete()
        closing: AwaitComplete = super().dismiss(result)
        return closing


class Confirm(Dialog[bool]):
    """A yes/no question. Only `y` is yes; Enter, easily pressed by habit, shows a hint instead."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "ui.key.yes"),
        Binding("n,escape,q", "answer(False)", "ui.key.no"),
        Binding("enter", "insist", show=False),
    ]

    def __init__(self, question: str) -> None:
        super().__init__()
        self.question = question

    def compose(self) -> ComposeResult:
        """Yield the question and its two keys."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.question, keep_newlines=True), classes="question")
            yield Static(plain(t("ui.confirm.keys")), classes="keys")

    def action_insist(self) -> None:
        """Show that Enter is not yes; the question stays open."""
        keys = self.query_one(".keys", Static)
        keys.update(plain(t("ui.confirm.insist")))
        keys.add_class("insists")

    def action_answer(self, yes: bool) -> None:
        """Close with the answer."""
        self.dismiss(yes)


class AskText(Dialog[str | None]):
    """A line of text; Enter submits it, Esc cancels. With ``required``, an empty line is not accepted."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "give_up", "ui.key.back")]

    def __init__(
        self,
        title: str,
        *,
        value: str = "",
        required: bool = True,
        draft: str = "",
        wants: str = "text",
        keep: Callable[[str], object] = lambda _: None,
    ) -> None:
        super().__init__()
        self.heading = title
        self.value = value
        self.required = required
        #: Kind of text (text, reason, note, message), named in the hint for an empty line.
        self.wants = wants
        #: The words about the draft, where ``value`` is one.
        self.draft = draft
        self._keep = keep
        #: The current text of the line, also after the dialog was closed without an answer.
        self.typed = value

    def compose(self) -> ComposeResult:
        """Yield the title, the line and the keys."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            yield PlainInput(value=self.value, prose=True)
            if self.draft:
                yield Static(plain(self.draft), id="draft", classes="keys")
            yield Static(plain(t("ui.ask.keys")), id="ask-keys", classes="keys")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Record the text on every change: the dialog may be removed without an answer."""
        event.stop()
        if event.value != self.typed:
            self.typed = event.value
            self._keep(event.value)
        if event.value.strip():
            self._say_keys("ui.ask.keys", missing=False)
        for line in self.query("#draft").results(Static):
            line.update(plain(self.draft if event.value.strip() else t("ui.ask.draft_gone")))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Submit the text."""
        event.stop()
        self.typed = event.value
        text = event.value.strip()
        if text or not self.required:
            self.dismiss(text)
        else:
            self._say_keys(f"ui.ask.missing.{self.wants}", missing=True)

    def _say_keys(self, key: str, *, missing: bool) -> None:
        for keys in self.query("#ask-keys").results(Static):
            if keys.has_class("insists") or missing:
                keys.update(plain(t(key)))
                keys.set_class(missing, "insists")

    def action_give_up(self) -> None:
        """Close with None; the caller keeps the text as a draft."""
        self.typed = self.query_one(PlainInput).value
        self.dismiss(None)


class Choose(Dialog[tuple[int, ...] | None]):
    """A choice by digit; the result is the tuple of chosen indexes, None where cancelled.

    A digit chooses its option and closes the dialog. With ``several``, digits switch options on and off, Enter submits
    them, and the indexes are in the order in which they were chosen. With ``replace``, the first digit replaces what is
    chosen already instead of changing it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"digit({digit})", show=False) for digit in range(1, 10)),
        Binding("enter", "take", "ui.key.take"),
        Binding("escape", "give_up", "ui.key.back"),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[str],
        *,
        several: bool = False,
        chosen: Sequence[int] = (),
        replace: bool = False,
    ) -> None:
        super().__init__()
        self.heading = title
        self.options = list(options)
        self.several = several
        self.chosen = list(chosen)
        self._replace = replace

    def compose(self) -> ComposeResult:
        """Yield the title, a line per option and the keys."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            for at in range(len(self.options)):
                yield Label(self._line(at), id=f"option-{at}", classes="option")
            yield Static(plain(t("ui.choose.keys_several" if self.several else "ui.choose.keys")), classes="keys")

    def _line(self, at: int) -> Content:
        mark = ""
        if self.several:
            mark = f"[{self.chosen.index(at) + 1}] " if at in self.chosen else "[ ] "
        return plain(f"{at + 1}  {mark}{self.options[at]}")

    def action_digit(self, digit: int) -> None:
        """Choose the option with this digit."""
        self._pick(digit - 1)

    def _pick(self, at: int) -> None:
        if at >= len(self.options):
            return
        if not self.several:
            self.dismiss((at,))
            return
        if self._replace:
            self.chosen, self._replace = [], False
        if at in self.chosen:
            self.chosen.remove(at)
        else:
            self.chosen.append(at)
        for each in range(len(self.options)):
            self.query_one(f"#option-{each}", Label).update(self._line(each))

    def on_click(self, event: object) -> None:
        """Treat a click on a line as its digit."""
        widget = getattr(event, "widget", None)
        if widget is not None and (widget.id or "").startswith("option-"):
            self._pick(int(widget.id.removeprefix("option-")))

    def action_take(self) -> None:
        """Submit the chosen options."""
        if self.several:
            self.dismiss(tuple(self.chosen))

    def action_give_up(self) -> None:
        """Close with None."""
        self.dismiss(None)
