"""A dialog for a text of several lines, whose draft is kept as that of a line is."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static, TextArea

from floorctl.i18n import t
from floorctl.screens.shell.asking import AskingScreen
from floorctl.screens.shell.dialogs import Dialog
from floorctl.widgets.plain import plain
from floorctl.widgets.plain_area import PlainArea


class LongText(Dialog[str | None]):
    """A text of several lines that must not be empty: Ctrl+S submits it, Esc cancels."""

    DEFAULT_CSS = """
    LongText { align: center middle; background: $background 60%; }
    LongText .dialog { width: 84; }
    LongText PlainArea, LongText PlainArea:focus {
        border: none; height: 10; max-height: 40vh; padding: 0 1; background: $background;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "take", "stuck.key.take", priority=True),
        Binding("escape", "give_up", "ui.key.back", priority=True),
    ]

    def __init__(
        self, title: str, *, value: str, most: int, draft: str = "", keep: Callable[[str], object] = lambda _: None
    ) -> None:
        super().__init__()
        self.heading = title
        self.draft = draft
        self.most = most
        self._keep = keep
        #: The present text, also after the dialog was closed without an answer.
        self.typed = value

    @property
    def typing(self) -> bool:
        """Whether the text has the focus."""
        return isinstance(self.focused, PlainArea)

    def compose(self) -> ComposeResult:
        """Yield the title, the text and the keys."""
        with Vertical(classes="dialog"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            yield PlainArea(self.typed)
            if self.draft:
                yield Static(plain(self.draft), classes="keys")
            yield Static(plain(t("stuck.text.keys")), id="long-keys", classes="keys")

    def on_mount(self) -> None:
        """Put the cursor behind the draft."""
        area = self.query_one(PlainArea)
        area.move_cursor(area.document.end)
        area.focus()

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Record the text on every change: the dialog may be removed without an answer."""
        event.stop()
        if event.text_area.text != self.typed:
            self.typed = event.text_area.text
            self._keep(self.typed)
            self._say("stuck.text.keys", insists=False)

    def action_take(self) -> None:
        """Submit the text, or say what is wrong with it."""
        text = self.typed.strip()
        if not text:
            self._say("stuck.text.missing", insists=True)
        elif len(text) > self.most:
            self._say("stuck.text.too_long", insists=True, over=len(text) - self.most, most=self.most)
        else:
            self.dismiss(text)

    def _say(self, key: str, *, insists: bool, **values: int) -> None:
        keys = self.query_one("#long-keys", Static)
        keys.update(plain(t(key, **values)))
        keys.set_class(insists, "insists")

    def action_give_up(self) -> None:
        """Close with None; the text is kept as a draft."""
        self.dismiss(None)


async def ask_long_text(screen: AskingScreen, title: str, *, purpose: str, subject: str, most: int) -> str | None:
    """Ask for a text of several lines, at most ``most`` characters; None where cancelled. Its draft is kept.

    ``purpose`` and ``subject`` are codes, under which the draft is found again.
    """
    app, texts = screen.cockpit, screen.floor.texts
    key = texts.key(purpose, subject)
    if not texts.loaded:
        await screen.read(texts.load)
    dialog = LongText(
        title,
        value=texts.offered(key),
        most=most,
        draft=app.draft_words(key),
        keep=lambda typed: app.keep_line(key, typed.strip()),
    )
    text: str | None = None
    try:
        text = await screen.ask(dialog)
    finally:  # also where the screen is removed beneath the dialog
        texts.put(key, dialog.typed.strip(), taken=text is not None)
        app.write_lines()
    return text
