"""停休: dialogs that ask whose breaks to change, which of them and how, and show the resulting plan first."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, TypeVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.floor.breaks import COMMAND, kind_words, question, who, window_words
from floorctl.i18n import t, term
from floorctl.rules.staffing.breaks import CHANGES, BreakPlan, Wanted
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.numbers import minutes
from floorctl.text.safe import visible
from floorctl.text.times import between
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import SeatView
    from floorctl.screens.shell.screen import CockpitScreen

T = TypeVar("T")

#: Key for the marked seats or the one under the cursor. Teams have the digits from 1 on, always the same ones.
_HERE = "0"
_WINDOWS = (1800.0, 3600.0, 7200.0, None)
_KINDS = (("break",), ("break", "meal"), ("meal",))
_DELAYS = (900.0, 1800.0, 3600.0)
_LINES = 8


async def ask_whose_breaks(screen: "CockpitScreen", seats_here: "Sequence[SeatView]") -> tuple[str, list[str]] | None:
    """Ask for a team by digit, or by 0 for ``seats_here``; return its name and seat ids, None if cancelled."""
    floor = screen.floor
    options, seats = [], {}
    if seats_here:
        name = brief(seats_here[0].person_name) or brief(seats_here[0].seat.number)
        called = name if len(seats_here) == 1 else t("breaks.marked", n=len(seats_here))
        label = t("breaks.seat", who=name) if len(seats_here) == 1 else called
        options.append(Option(_HERE, label, key=_HERE))
        seats[_HERE] = called, [view.id for view in seats_here]
    for at, team in enumerate(floor.breaks.teams(), 1):
        ids = floor.breaks.team_seats(team)
        called = who(team, len(ids))
        options.append(Option(str(at), called, key=str(at) if at <= 9 else ""))
        seats[str(at)] = called, ids
    if not options:
        return None
    chosen = await screen.ask(Pick(t("breaks.whose"), options))
    return seats[chosen[0]] if chosen else None


class AskBreaks(Dialog[BreakPlan | None]):
    """Shows the plan of changes to breaks. `y` returns exactly the plan shown; `w`, `k`, `p`, `d` change it."""

    DEFAULT_CSS = "AskBreaks { align: center middle; background: $background 60%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "answer(True)", "ui.key.yes"),
        Binding("n,escape,q", "answer(False)", "ui.key.no"),
        Binding("w", "window", "breaks.key.window"),
        Binding("k", "kinds", "breaks.key.kinds"),
        Binding("p", "change", "breaks.key.change"),
        Binding("d", "delay", "breaks.key.delay"),
        Binding("enter", "insist", show=False),
    ]

    def __init__(self, floor: "Floor", name: str, seat_ids: Sequence[str], plan: BreakPlan) -> None:
        super().__init__()
        self._floor = floor
        self._seats_name = name
        self._seat_ids = list(seat_ids)
        self._changes = [change for change in CHANGES if floor.desk.may(COMMAND[change])]
        self.plan = plan

    def compose(self) -> ComposeResult:
        """Compose the question, the present choices, the breaks and the keys."""
        with Vertical(classes="dialog wide"):
            yield Static(Content(""), classes="question", id="breaks-question")
            yield Static(Content(""), classes="field", id="breaks-choices")
            yield Static(Content(""), classes="block", id="breaks-lines")
            yield Static(Content(""), classes="keys", id="breaks-keys")

    def on_mount(self) -> None:
        """Show the first plan."""
        self._show()

    def _show(self) -> None:
        plan, wanted = self.plan, self.plan.wanted
        change = t(f"breaks.change.{wanted.change}", n=minutes(wanted.delay))
        self.query_one("#breaks-question", Static).update(plain(question(plan, self._seats_name)))
        choices = t("breaks.choices", change=change, window=window_words(wanted), kinds=kind_words(wanted))
        self.query_one("#breaks-choices", Static).update(Content(choices))
        self.query_one("#breaks-lines", Static).update(plain("\n".join(self._lines()), keep_newlines=True))
        answers = t("breaks.keys.answers") if plan.breaks else t("breaks.keys.none")
        keys = answers + t("breaks.keys.change" if len(self._changes) > 1 else "breaks.keys.choose")
        self.query_one("#breaks-keys", Static).update(Content(keys))

    def _lines(self) -> list[str]:
        now = self._floor.now()
        lines = []
        for change in self.plan.breaks[:_LINES]:
            times = between(change.pause.starts_at, change.pause.ends_at, now)
            kind = term("seat_state", change.pause.kind)
            lines.append(f"{times}  {visible(kind)}  {visible(change.name)}")
        if len(self.plan.breaks) > _LINES:
            lines.append(t("breaks.more", n=len(self.plan.breaks) - _LINES))
        if self.plan.past_end:
            lines.append(t("breaks.past_end", n=self.plan.past_end))
        return lines

    async def _plan_again(self, wanted: Wanted) -> None:
        self.plan = await asyncio.to_thread(self._floor.breaks.plan, self._seat_ids, wanted)
        self._show()

    async def action_window(self) -> None:
        """Select the next window: 30, 60, 120 minutes, the rest of the shift."""
        await self._plan_again(replace(self.plan.wanted, ahead=_next(_WINDOWS, self.plan.wanted.ahead)))

    async def action_kinds(self) -> None:
        """Select the next kinds: breaks, breaks and meals, meals."""
        await self._plan_again(replace(self.plan.wanted, kinds=_next(_KINDS, self.plan.wanted.kinds)))

    async def action_change(self) -> None:
        """Select the next change that the person's role may do: cancel, postpone, restore."""
        if len(self._changes) > 1:
            await self._plan_again(replace(self.plan.wanted, change=_next(self._changes, self.plan.wanted.change)))

    async def action_delay(self) -> None:
        """Select the next delay of a postponement."""
        if self.plan.wanted.change == "postpone":
            await self._plan_again(replace(self.plan.wanted, delay=_next(_DELAYS, self.plan.wanted.delay)))

    def action_insist(self) -> None:
        """Show that Enter does not confirm; the dialog stays open."""
        if not self.plan.breaks:
            return
        keys = self.query_one("#breaks-keys", Static)
        keys.update(Content(t("ui.confirm.insist")))
        keys.add_class("insists")

    def action_answer(self, yes: bool) -> None:
        """Close with the plan shown, or with None for no; stay open on yes if the plan has no breaks."""
        if self.plan.breaks or not yes:
            self.dismiss(self.plan if yes else None)


def _next(values: Sequence[T], value: T) -> T:
    return values[(values.index(value) + 1) % len(values)] if value in values else values[0]
