"""The command palette: every action, found by its Chinese or English name or by pinyin initials."""

import gettext
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from rich.style import Style
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message
from textual.widgets import Input

from floorctl.i18n import LANGUAGES, language, t
from floorctl.screens.shell.dialogs import Dialog
from floorctl.screens.shell.help import key_name, of_app, withheld
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.pinyin import initials
from floorctl.text.safe import fit
from floorctl.text.typed import folded
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, seg
from floorctl.widgets.plain import PlainInput

if TYPE_CHECKING:
    from floorctl.screens.shell.base import BaseScreen
    from floorctl.screens.shell.cockpit import Cockpit


@dataclass(frozen=True)
class Entry:
    """One action: its screen (empty: any), its key, and the names it is found by."""

    screen: str
    action: str
    key: str
    name: str
    where: str
    found_by: tuple[str, ...]

    def rank(self, words: str) -> int | None:
        """Return how well ``words`` fit, 0 best; None where they do not."""
        ranks = [_rank(each, words) for each in self.found_by]
        return min((rank for rank in ranks if rank is not None), default=None)


def _rank(name: str, words: str) -> int | None:
    at = name.find(words)
    if at >= 0:
        return 0 if at == 0 else 1
    rest = iter(name)
    return 2 if len(words) > 1 and all(char in rest for char in words) else None


@lru_cache(maxsize=2)
def _names(lang: str) -> gettext.GNUTranslations:
    path = resources.files("floorctl") / "locale" / LANGUAGES[lang] / "LC_MESSAGES" / "floorctl.mo"
    with path.open("rb") as file:
        return gettext.GNUTranslations(file)


def entries(app: "Cockpit") -> list[Entry]:
    """Return every named action: those of the app, of the screen in sight, then of the other screens."""
    found: dict[tuple[str, str], Entry] = {}
    here = app.in_sight
    for name in sorted(app.screens, key=lambda name: here is None or type(here).__name__ != app.screens[name].kind):
        screen = app.screens[name].load()
        not_theirs = withheld(app.floor, screen)
        for entry in _of_screen(screen, name):
            if entry.action not in not_theirs:
                found.setdefault((name, entry.action), entry)
    if here is not None and all(type(here).__name__ != each.kind for each in app.screens.values()):
        for entry in _of_screen(type(here), ""):  # a screen on top of another one: its actions work while it is open
            found.setdefault(("", entry.action), entry)
    shared = [*of_app(app), *CockpitScreen.__dict__["BINDINGS"]]
    not_theirs = withheld(app.floor, CockpitScreen)
    for entry in _of(shared, "", ""):
        if entry.action not in not_theirs:
            found.setdefault(("", entry.action), entry)
    return list(found.values())


def _of_screen(screen: "type[BaseScreen]", name: str) -> Iterator[Entry]:
    """Yield the actions of one screen without those of all screens; ``name``: empty for a screen on top of another."""
    for cls in screen.__mro__:
        if issubclass(cls, CockpitScreen) and cls is not CockpitScreen:
            yield from _of(cls.__dict__.get("BINDINGS", ()), name, t(screen.NAME_KEY))


def _of(bindings: list[BindingType], screen: str, where: str) -> Iterator[Entry]:
    other = next(each for each in LANGUAGES if each != language())
    for binding in bindings:
        if not isinstance(binding, Binding) or not binding.description or binding.action in ("palette", "back"):
            continue
        name, foreign = t(binding.description), _names(other).gettext(binding.description)
        found_by = tuple({folded(name), folded(foreign), initials(name), initials(foreign)})
        yield Entry(screen, binding.action, key_name(binding.key), name, where, found_by)


class Choices(Painted):
    """The list of entries that fit, best first."""

    DEFAULT_CSS = "Choices { height: 14; width: 1fr; }"

    class Picked(Message):
        """A line was clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: list[Entry] = []
        self.cursor = 0
        self._first = 0

    def show(self, found: list[Entry]) -> None:
        """Show the entries ``found``, with the cursor on the first."""
        self.entries, self.cursor = found, 0
        self.repaint()

    def move(self, lines: int) -> None:
        """Move the cursor by ``lines``."""
        self.cursor = max(0, min(len(self.entries) - 1, self.cursor + lines))
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return a line per entry: name, screen, key."""
        if not self.entries:
            return [[seg(" " + t("ui.palette.none"), looks.QUIET)]]
        self._first = max(0, min(self._first, self.cursor), self.cursor - height + 1)
        lines: list[Line] = []
        for at, entry in enumerate(self.entries[self._first : self._first + height], self._first):
            ground = looks.CURSOR if at == self.cursor else Style.null()
            key = f"{entry.key} "
            where = fit(entry.where, 10)
            name = fit(f" {entry.name}", width - 10 - cell_len(key))
            lines.append(
                [
                    seg(name, looks.TEXT + ground),
                    seg(where, looks.QUIET + ground),
                    seg(key, looks.SKY + ground),
                ]
            )
        return lines

    def on_click(self, event: Click) -> None:
        """Run the clicked line."""
        at = self._first + event.y
        if at < len(self.entries):
            self.cursor = at
            self.post_message(self.Picked())


class Palette(Dialog[None]):
    """The dialog of the palette: type to filter, choose, Enter runs."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,ctrl+p", "dismiss", "ui.key.back"),
        Binding("up", "move(-1)", "ui.key.up"),
        Binding("down", "move(1)", "ui.key.down"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._all: list[Entry] = []

    def compose(self) -> ComposeResult:
        """Yield the text line and the entries."""
        with Vertical(classes="dialog wide"):
            yield PlainInput(placeholder=t("ui.palette.hint"))
            yield Choices()

    def on_mount(self) -> None:
        """Show all entries until something is typed."""
        self._all = entries(cast("Cockpit", self.app))
        self.query_one(Choices).show(self._all)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show the entries that fit the text."""
        event.stop()
        words = folded(event.value.strip())
        ranked = [(entry.rank(words), at, entry) for at, entry in enumerate(self._all)]
        fitting = sorted((rank, at) for rank, at, _ in ranked if rank is not None)
        self.query_one(Choices).show([self._all[at] for _, at in fitting])

    def action_move(self, lines: int) -> None:
        """Move the cursor by ``lines``."""
        self.query_one(Choices).move(lines)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Run the action under the cursor."""
        event.stop()
        self._run()

    def on_choices_picked(self, _message: Choices.Picked) -> None:
        """Run the action that was clicked."""
        self._run()

    def _run(self) -> None:
        choices = self.query_one(Choices)
        if not choices.entries or not self.is_active:  # a second Enter may arrive while the first closes the dialog
            return
        entry = choices.entries[choices.cursor]
        app = cast("Cockpit", self.app)
        self.dismiss()
        app.call_later(app.run_entry, entry.screen, entry.action)
