"""``Pick``: a dialog to choose from a list by digit, or by typing a part of the name or its pinyin initials."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.events import Click
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from floorctl.i18n import t
from floorctl.text.safe import fit, visible
from floorctl.text.typed import folded
from floorctl.widgets import looks
from floorctl.widgets.line_keys import LineKeys
from floorctl.widgets.painted import Line, Painted, seg
from floorctl.widgets.plain import PlainInput, plain

#: Most options without a line to type in.
_DIGITS = 9
_LINES_SHOWN = 14
#: Least width (cells) of a hint beside a long label.
_LEAST_HINT = 15


@dataclass(frozen=True)
class Option:
    """One option: value, label, hint beside the label. ``key``: its digit; "": its place in the list."""

    value: str
    label: str
    hint: str = ""
    key: str = ""


def fits(option: Option, typed: str, initials: str) -> bool:
    """Whether ``typed`` is empty, or a part of the label and hint or of ``initials``."""
    typed = folded(typed).strip()
    return not typed or typed in folded(f"{option.label} {option.hint}") or typed.replace(" ", "") in initials


class _Typed(PlainInput):
    """The line to type in; digits and Space act on the list instead."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Whether the key is text: digits and Space are not."""
        return not (character or "").isdigit() and key != "space" and super().check_consume_key(key, character)


class OptionLines(Painted):
    """The options that match, one line each, with a cursor and ticks."""

    DEFAULT_CSS = "OptionLines { width: 1fr; height: 1; }"

    @dataclass
    class Clicked(Message):
        """The option at ``index`` was clicked on."""

        index: int

    def __init__(self, *, several: bool) -> None:
        super().__init__()
        self.several = several
        self.options: list[tuple[Option, str]] = []
        self.chosen: list[str] = []
        self.cursor = 0
        #: Whether the cursor is on an option, which Enter takes.
        self.points = True
        self._top = 0

    def show(self, options: Sequence[tuple[Option, str]]) -> None:
        """Show these options with their digits ("": none)."""
        self.options = list(options)
        self.cursor = max(0, min(self.cursor, len(self.options) - 1))
        self.repaint()

    def move(self, lines: int) -> None:
        """Move the cursor; if it was on no option, to the first in that direction."""
        start = self.cursor if self.points else -1 if lines > 0 else len(self.options)
        self.cursor = max(0, min(start + lines, len(self.options) - 1))
        self.points = True
        self.repaint()

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines of the options around the cursor."""
        if not self.options:
            return [[seg("  " + t("orders.ask.none"), looks.QUIET)]]
        self._top = max(0, min(self._top, self.cursor, len(self.options) - height))
        if self.cursor >= self._top + height:
            self._top = self.cursor - height + 1
        return [self._line(at, width) for at in range(self._top, min(len(self.options), self._top + height))]

    def _line(self, at: int, width: int) -> Line:
        option, digit = self.options[at]
        here = self.points and at == self.cursor
        ground = looks.CURSOR if here else None
        line = [Segment("▌" if here else " ", looks.SKY), Segment(f"{digit or ' '} ", looks.SKY)]
        if self.several:
            chosen = option.value in self.chosen
            mark = f"{self.chosen.index(option.value) + 1}" if chosen else "·"
            line.append(Segment(f"{mark:>2} ", looks.MARKED if chosen else looks.FAINT))
        room = width - sum(cell_len(piece.text) for piece in line)
        hint = visible(option.hint)
        hint_room = min(cell_len(hint), max(room - cell_len(visible(option.label)) - 1, _LEAST_HINT))
        line.append(Segment(fit(visible(option.label), room - hint_room - bool(hint)), looks.TEXT))
        if hint:
            line.append(Segment(" " + fit(hint, hint_room), looks.QUIET))
        if ground is not None:
            line = [Segment(piece.text, piece.style + ground if piece.style else ground) for piece in line]
        return line

    def on_click(self, event: Click) -> None:
        """Post ``Clicked`` for the option that was clicked on."""
        if 0 <= self._top + event.y < len(self.options):
            self.post_message(self.Clicked(self._top + event.y))


class Pick(ModalScreen[tuple[str, ...] | None], LineKeys[tuple[str, ...] | None]):
    """Returns the value of one option, or with ``several`` of any number of them in order; None for Esc.

    Up to nine options are chosen by digit. With more there is a line to type in, and the digits are those of the first
    nine that match. With ``several`` a digit or Space ticks, and Enter takes the ticked options (with ``need_one`` the
    option under the cursor if none is ticked); else a digit or Enter takes one.

    With ``deliberate``, for acts that can't be undone, Enter takes only an option that the person ticked, typed or
    moved to; ``y`` confirms that none is ticked.
    """

    DEFAULT_CSS = """
    Pick { align: center middle; background: $background 60%; }
    Pick .ask {
        width: 72; max-width: 95%; height: auto; max-height: 95%;
        background: $panel; border: round $primary; padding: 1 2;
    }
    Pick .question { width: 1fr; height: auto; text-style: bold; }
    Pick .explain { width: 1fr; height: auto; color: $foreground 70%; }
    Pick Input, Pick Input:focus { border: none; height: 1; padding: 0 1; background: $background; margin-top: 1; }
    Pick OptionLines { margin-top: 1; }
    Pick .keys { width: 1fr; height: auto; color: $foreground 60%; margin-top: 1; }
    Pick .keys.insists { color: $warning; text-style: bold; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"digit('{digit}')", show=False, priority=True) for digit in range(10)),
        Binding("space", "tick", "ui.key.mark", priority=True),
        Binding("enter", "take", "ui.key.take", priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("pageup", f"move(-{_LINES_SHOWN})", show=False, priority=True),
        Binding("pagedown", f"move({_LINES_SHOWN})", show=False, priority=True),
        Binding("y", "none", "orders.key.none", priority=True),
        Binding("escape", "give_up", "ui.key.back", priority=True),
    ]

    def __init__(
        self,
        title: str,
        options: Sequence[Option],
        *,
        several: bool = False,
        need_one: bool = True,
        deliberate: bool = False,
        explain: str = "",
    ) -> None:
        super().__init__()
        self.heading = title
        self.options = list(options)
        self.several = several
        self.need_one = need_one
        self.deliberate = deliberate
        self.explain = explain
        self.types = len(self.options) > _DIGITS
        self._initials: dict[str, str] = {}
        #: Whether the person moved to the option under the cursor, or typed to find it.
        self._gone_to = False

    def compose(self) -> ComposeResult:
        """Compose title, explanation, the line to type in (for many options), options and key hints."""
        with Vertical(classes="ask"):
            yield Static(plain(self.heading, keep_newlines=True), classes="question")
            if self.explain:
                yield Static(plain(self.explain, keep_newlines=True), classes="explain")
            if self.types:
                yield _Typed(placeholder=t("orders.ask.type"))
            yield OptionLines(several=self.several)
            yield Static(plain(t(self._keys())), classes="keys")

    @property
    def _none_by_y(self) -> bool:
        return self.several and self.deliberate and not self.need_one and not self.types

    @property
    def _has_to_go(self) -> bool:
        """Whether Enter takes an option only after the person moved to it."""
        return self.deliberate and not self.several

    def _keys(self) -> str:
        if self._none_by_y:
            return "orders.ask.keys_none"
        return "orders.ask.keys_several" if self.several else "orders.ask.keys"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Enable `y` only where it confirms that nothing is ticked; elsewhere it may be text."""
        return action != "none" or self._none_by_y

    def on_mount(self) -> None:
        """Show all options; initials are computed in a thread, because their library is slow to load."""
        choices = self.query_one(OptionLines)
        above = self.heading.count("\n") + self.explain.count("\n")
        choices.styles.height = max(1, min(len(self.options), _LINES_SHOWN, max(3, self.app.size.height - 13 - above)))
        choices.points = not self._has_to_go
        self._show("")
        if self.types:
            self.run_worker(self._find_initials, thread=True)

    def _find_initials(self) -> None:
        from floorctl.text.pinyin import initials

        worker = get_current_worker()
        for option in self.options:
            if worker.is_cancelled:
                return
            self._initials[option.value] = initials(option.label)
        self.app.call_from_thread(self._refilter)

    def _refilter(self) -> None:
        if self.is_mounted and self.types:
            self._show(self.query_one(_Typed).value)

    def _show(self, typed: str) -> None:
        fitting = [each for each in self.options if fits(each, typed, self._initials.get(each.value, ""))]
        shown = [(option, option.key or (str(at + 1) if at < _DIGITS else "")) for at, option in enumerate(fitting)]
        self.query_one(OptionLines).show(shown)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter while typing; the cursor moves to the first match."""
        event.stop()
        choices = self.query_one(OptionLines)
        self._gone_to = bool(event.value.strip())
        choices.cursor, choices.points = 0, self._gone_to or not self._has_to_go
        self._show(event.value)

    def on_option_lines_clicked(self, event: OptionLines.Clicked) -> None:
        """Choose the option, as its digit would."""
        event.stop()
        self._choose(event.index)

    def action_digit(self, digit: str) -> None:
        """Choose the option with this digit."""
        for at, (_, key) in enumerate(self.query_one(OptionLines).options):
            if key == digit:
                self._choose(at)
                return

    def action_move(self, lines: int) -> None:
        """Move the cursor by ``lines``."""
        self._gone_to = True
        self.query_one(OptionLines).move(lines)

    def action_tick(self) -> None:
        """Tick or untick the option under the cursor."""
        choices = self.query_one(OptionLines)
        if choices.options:
            self._choose(choices.cursor)

    def _choose(self, at: int) -> None:
        choices = self.query_one(OptionLines)
        value = choices.options[at][0].value
        if not self.several:
            self.dismiss((value,))
            return
        choices.cursor = at
        if value in choices.chosen:
            choices.chosen.remove(value)
        else:
            choices.chosen.append(value)
        choices.repaint()
        if self.types:  # clear the text for the next option
            self.query_one(_Typed).value = ""

    def action_take(self) -> None:
        """Take the ticked options, or the one under the cursor; if that is not allowed, show how to answer."""
        choices = self.query_one(OptionLines)
        if self.several and (choices.chosen or not (self.need_one or self.deliberate)):
            self.dismiss(tuple(choices.chosen))
        elif self.deliberate and (self._none_by_y or not self._gone_to):
            keys = self.query_one(".keys", Static)
            keys.update(plain(t("orders.ask.insist_none" if self._none_by_y else "orders.ask.insist")))
            keys.add_class("insists")
        elif choices.options:
            self.dismiss((choices.options[choices.cursor][0].value,))

    def action_none(self) -> None:
        """Take the ticked options, also if none is ticked."""
        self.dismiss(tuple(self.query_one(OptionLines).chosen))

    def action_give_up(self) -> None:
        """Close with None."""
        self.dismiss(None)
