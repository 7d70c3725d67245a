"""``SeatPanel``: the dialog with everything about one seat: who, state, since when, call, shift and its breaks."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.floor.breaks import COMMAND
from floorctl.i18n import t, term
from floorctl.rules.floor.contradictions import AHEAD
from floorctl.rules.staffing.breaks import KINDS, Break, BreakPlan, Wanted
from floorctl.screens.floor.seat_cell import MOVED
from floorctl.screens.shell import acting
from floorctl.screens.shell.asking import AskingScreen
from floorctl.screens.shell.dialogs import Confirm, Dialog
from floorctl.text.durations import running
from floorctl.text.safe import CONTRADICTED
from floorctl.text.times import between, when
from floorctl.text.unknown import unknown
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView
    from floorctl.models.team import Pause, Shift
    from floorctl.screens.shell.cockpit import Cockpit


class SeatPanel(Dialog[None]):
    """Shows one seat; a digit asks to cancel or restore the break with that number. Other acts: floor screen."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"change({digit})", show=False) for digit in range(1, 10)),
        Binding("escape,enter,q", "dismiss", "ui.key.back"),
    ]

    def __init__(self, seat_id: str) -> None:
        super().__init__()
        self.seat_id = seat_id
        self._shift: Shift | None = None

    @property
    def _cockpit(self) -> "Cockpit":
        return cast("Cockpit", self.app)

    def compose(self) -> ComposeResult:
        """Compose name, facts (one line each) and key hints."""
        with Vertical(classes="dialog"):
            yield Static(Content(""), classes="question", id="seat-name")
            yield Static(Content(""), id="seat-facts")
            yield Static(Content(""), classes="keys", id="seat-keys")

    def on_mount(self) -> None:
        """Show the seat, redraw it each second, and read its shift from the disk."""
        self._show()
        self.set_interval(1, self._show)
        self.run_worker(self._read_shift())

    async def _read_shift(self) -> None:
        view = self._view()
        if view is not None and view.seat.shift_id:
            self._shift = await asyncio.to_thread(self._cockpit.floor.staffing.shift, view.seat.shift_id)
            if self.is_mounted and self.is_attached:
                self._show()

    def _view(self) -> "SeatView | None":
        return next((view for view in self._cockpit.floor.seats.all() if view.id == self.seat_id), None)

    def _show(self) -> None:
        view = self._view()
        if view is None:  # the seat may be deleted while the panel is open
            self.dismiss()
            return
        name = t("floor.one_seat", number=brief(view.seat.number), name=brief(view.person_name))
        self.query_one("#seat-name", Static).update(Content(name))
        facts = [_fact(t(key), value) for key, value in self._facts(view)]
        self.query_one("#seat-facts", Static).update(Content("\n").join(facts))
        keys = t("floor.seat.keys_pauses" if self._open_pauses() else "floor.seat.keys")
        self.query_one("#seat-keys", Static).update(Content(keys))

    def _facts(self, view: "SeatView") -> list[tuple[str, Content]]:
        seat, floor = view.seat, self._cockpit.floor
        now = floor.now()
        queues = {queue.id: queue.queue.name for queue in floor.queues.all()}
        glyph = term("seat_glyph", seat.state) if term("seat_glyph", seat.state) != seat.state else "?"
        state = f"{glyph}{term('seat_state', seat.state)} {view.lasts()}"
        past = f"  {term('seat_limit', view.limit)}" if view.limit != "none" else ""
        facts = [
            ("floor.seat.state", Content.assemble(brief(state), (past, "bold $warning"))),
            ("floor.seat.since", Content(when(seat.since, now, seconds=True))),
            ("floor.seat.kind", plain(f"{seat.zone} · {term('seat_kind', seat.kind)}")),
            ("floor.seat.skills", plain(_named(seat.skills, queues))),
        ]
        if view.moved:
            facts.append(("floor.seat.usual", plain(f"{MOVED} {_named(view.usual, queues)}")))
        if seat.extension:
            facts.append(("floor.seat.extension", plain(seat.extension)))
        if seat.call is not None:
            caller = seat.call.caller or "—"
            since_then = (floor.status.shown_at() - seat.call.started_at).total_seconds()
            lasts = CONTRADICTED if since_then < -AHEAD.total_seconds() else running(max(0.0, since_then))
            facts.append(("floor.seat.call", plain(f"{term('line', seat.call.line)} · {caller} · {lasts}")))
        if view.pending:
            facts.append(("floor.seat.pending", Content(t("floor.seat.pending_n", n=len(view.pending)))))
        if (shift := self._shift) is not None:
            times = between(shift.starts_at, shift.ends_at, now)
            facts.append(("floor.seat.shift", plain(f"{term('shift', shift.name)} {times}")))
            for at, pause in enumerate(shift.pauses, 1):
                times = between(pause.starts_at, pause.ends_at, now)
                text = f"{at}  {brief(term('seat_state', pause.kind))} {times}"
                if pause.cancelled:
                    text += "  " + t("floor.seat.cancelled")
                facts.append(("floor.seat.pauses", Content(text)))
        return facts

    def _open_pauses(self) -> bool:
        changes = [self._change_of(pause) for pause in (self._shift.pauses if self._shift is not None else ())]
        return any(change and self._cockpit.floor.desk.may(COMMAND[change]) for change in changes)

    def _change_of(self, pause: "Pause") -> str:
        """Return ``cancel`` or ``restore`` for a planned break, or "" once it has begun."""
        change = "restore" if pause.cancelled else "cancel"
        return change if pause.kind in KINDS and pause.starts_at > self._cockpit.floor.now() else ""

    def _may(self, change: str) -> bool:
        """Whether the person's role may do ``change``; if not, a note says so."""
        beneath = self._cockpit.in_sight
        doing = t("undo.breaks.restored") if change == "restore" else ""
        return isinstance(beneath, AskingScreen) and beneath.may(COMMAND[change], doing)

    async def action_change(self, digit: int) -> None:
        """停休: ask to cancel the break with number ``digit``, or to restore it."""
        view, shift = self._view(), self._shift
        if view is None or view.seat.shift_id is None or shift is None or digit > len(shift.pauses):
            return
        pause = shift.pauses[digit - 1]
        if (change := self._change_of(pause)) and self._may(change):
            planned = Break(
                seat_id=view.id, name=view.person_name, shift_id=view.seat.shift_id, index=digit - 1, pause=pause
            )
            wanted = Wanted(change=change, kinds=(pause.kind,), ahead=None)
            self._cockpit.begins_asking(self)
            self.run_worker(self._ask(BreakPlan(wanted=wanted, people=1, breaks=(planned,))))

    async def _ask(self, plan: BreakPlan) -> None:
        planned = plan.breaks[0]
        times = between(planned.pause.starts_at, planned.pause.ends_at, self._cockpit.floor.now())
        words = {
            "who": planned.name,
            "kind": term("seat_state", planned.pause.kind),
            "times": times,
        }
        try:
            if await self.app.push_screen_wait(Confirm(t(f"breaks.ask_one.{plan.wanted.change}", **words))):
                await self._change(plan, t(f"breaks.done_one.{plan.wanted.change}", **words))
        finally:
            self._cockpit.has_asked(self)

    async def _change(self, plan: BreakPlan, done: str) -> None:
        beneath = self._cockpit.in_sight
        if isinstance(beneath, AskingScreen) and (
            changed := await acting.run(beneath, self._cockpit.floor.breaks.change, plan)
        ):
            beneath.say(t("breaks.left", n=1) if changed.result.left else done)
        await self._read_shift()


def _named(queue_ids: Sequence[str], names: Mapping[str, str]) -> str:
    return t("floor.list_comma").join(names.get(each, unknown("queue")) for each in queue_ids) or "—"


def _fact(label: str, value: Content) -> Content:
    return Content.assemble((label + " " * max(1, 12 - cell_len(label)), "$foreground 60%"), value)
