"""The help on keys, built from the bindings themselves, so that it matches them."""

from collections.abc import Container, Iterable
from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from floorctl.i18n import t
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.safe import fit

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.screens.shell.asking import AskingScreen
    from floorctl.screens.shell.base import BaseScreen

_KEYS = {
    "slash": "/", "question_mark": "?", "escape": "Esc", "enter": "Enter", "space": "Space", "pageup": "PgUp",
    "pagedown": "PgDn", "home": "Home", "end": "End", "up": "↑", "down": "↓", "left": "←", "right": "→", "tab": "Tab",
    "backspace": "⌫", "delete": "Del", "plus": "+", "minus": "-", "exclamation_mark": "!",
    "left_square_bracket": "[", "right_square_bracket": "]", "f1": "F1", "f2": "F2",
    "f3": "F3", "f4": "F4", "f8": "F8", "f9": "F9",
}  # fmt: skip


def key_name(keys: str) -> str:
    """Return the name of the first of ``keys`` as written on a keyboard."""
    key = keys.split(",", maxsplit=1)[0]
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+").upper()
    return _KEYS.get(key, key)


def listed(bindings: Iterable[BindingType], withheld: Container[str] = ()) -> list[tuple[str, str]]:
    """Return (key, description) of the bindings that need a description; arrows and the like have none.

    Bindings of actions in ``withheld`` are left out.
    """
    return [
        (key_name(binding.key), t(binding.description))
        for binding in bindings
        if isinstance(binding, Binding) and binding.description and binding.show and binding.action not in withheld
    ]


def of_app(app: "App[Any]") -> list[BindingType]:
    """Return the bindings of an app, those of its own class first, without Textual's."""
    own = [cls for cls in type(app).__mro__ if issubclass(cls, App) and cls is not App]
    return [binding for cls in own for binding in cls.__dict__.get("BINDINGS", ())]


def withheld(floor: "Floor", screen: "type[BaseScreen]") -> set[str]:
    """Return the actions of a screen that the person's role does not allow."""
    needs = {action: kind for cls in reversed(screen.__mro__) for action, kind in getattr(cls, "NEEDS", {}).items()}
    return {action for action, kind in needs.items() if floor.session.person is not None and not floor.desk.may(kind)}


class Help(Dialog[None]):
    """All keys of the screen beneath, then those that work on every screen.

    ``shared``: the base class of all screens; its keys are listed with those of the app.
    """

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,question_mark,q,enter", "dismiss", "ui.key.back")]

    def __init__(self, of: "AskingScreen", shared: "type[AskingScreen]") -> None:
        super().__init__()
        self.of = of
        self._shared = shared

    def compose(self) -> ComposeResult:
        """Yield the keys in one column, under a heading for each section."""
        with VerticalScroll(classes="dialog wide"):
            yield Static(Content(t("ui.help.title", screen=t(self.of.NAME_KEY))), classes="question")
            seen: set[tuple[str, str]] = set()
            for heading, keys in self._sections():
                fresh = [pair for pair in keys if pair not in seen]
                seen.update(fresh)
                if fresh:
                    yield Static(Content.styled(t(heading), "bold $primary"), classes="heading")
                    yield Static(Content(_columns(fresh)), classes="block")
            yield Static(Content(t("ui.help.same")), classes="keys")
            yield Static(Content(t("ui.help.close")), classes="keys")

    def _sections(self) -> Iterable[tuple[str, list[tuple[str, str]]]]:
        not_theirs = withheld(self.of.floor, type(self.of))
        here = [
            each
            for cls in type(self.of).__mro__
            if cls is not self._shared and issubclass(cls, self._shared)
            for each in listed(self._offered(cls.__dict__.get("BINDINGS", ())), not_theirs)
        ]
        yield "ui.help.here", here
        focused = self.of.focused
        if focused is not None:
            ours = [cls for cls in type(focused).__mro__ if cls.__module__.startswith("floorctl.")]
            yield "ui.help.list", [pair for cls in ours for pair in listed(cls.__dict__.get("BINDINGS", ()))]
        everywhere = [*self._shared.__dict__["BINDINGS"], *of_app(self.app)]
        yield "ui.help.everywhere", listed(everywhere, not_theirs)

    def _offered(self, bindings: Iterable[BindingType]) -> Iterable[BindingType]:
        """Yield the bindings whose action is enabled for the person signed in."""
        for binding in bindings:
            if isinstance(binding, Binding) and self.of.check_action(binding.action.partition("(")[0], ()) is not False:
                yield binding


def _columns(keys: list[tuple[str, str]]) -> str:
    wide = max(cell_len(text) for _, text in keys) + 10
    across = max(1, min(3, 74 // wide))
    cells = [fit(f"{fit(key, 7)} {text}", wide) for key, text in keys]
    high = -(-len(cells) // across)
    return "\n".join("".join(cells[row::high]).rstrip() for row in range(high))
