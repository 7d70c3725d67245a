"""Everything about one seat: who, what, since when, on which call, and the pauses still planned."""

import asyncio
from typing import TYPE_CHECKING, ClassVar, cast

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from floorctl.durations import running
from floorctl.errors import FloorctlError
from floorctl.i18n import t, term
from floorctl.rules.privacy import mask_phone
from floorctl.screens.base import sentence
from floorctl.screens.dialog import Dialog
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.app import CockpitApp
    from floorctl.models import Shift
    from floorctl.views import SeatView


class SeatPanel(Dialog[None]):
    """A digit cancels the pause with that number; everything else is done from the floor beneath."""

    CSS_PATH = "confirm.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"cancel({digit})", show=False) for digit in range(1, 10)),
        Binding("escape,enter,q", "dismiss", "ui.key.back"),
    ]

    def __init__(self, seat_id: str) -> None:
        super().__init__()
        self.seat_id = seat_id
        self._shift: Shift | None = None

    @property
    def _cockpit(self) -> "CockpitApp":
        return cast("CockpitApp", self.app)

    def compose(self) -> ComposeResult:
        """Label and value, a line each."""
        with Vertical(classes="dialog"):
            yield Static(Content(""), classes="question", id="seat-name")
            yield Static(Content(""), id="seat-facts")
            yield Static(Content(""), classes="keys", id="seat-keys")

    async def on_mount(self) -> None:
        """Show it, and go on showing it as time passes."""
        self._show()
        self.set_interval(1, self._show)
        await self._read_shift()

    async def _read_shift(self) -> None:
        view = self._view()
        if view is not None and view.seat.shift_id:
            self._shift = await asyncio.to_thread(self._cockpit.floor.shift, view.seat.shift_id)
            self._show()

    def _view(self) -> "SeatView | None":
        return next((view for view in self._cockpit.floor.seats() if view.id == self.seat_id), None)

    def _show(self) -> None:
        view = self._view()
        if view is None:  # a seat may be taken away while one looks at it
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
        zone = floor.config.zone
        queues = {queue.id: queue.queue.name for queue in floor.queues()}
        glyph = term("seat_glyph", seat.state) if term("seat_glyph", seat.state) != seat.state else "?"
        state = f"{glyph}{term('seat_state', seat.state)} {running(view.seconds_in_state)}"
        past = f"  {term('seat_limit', view.limit)}" if view.limit != "none" else ""
        facts = [
            ("floor.seat.state", Content.assemble(brief(state), (past, "bold $warning"))),
            ("floor.seat.since", Content(f"{seat.since.astimezone(zone):%H:%M:%S}")),
            ("floor.seat.kind", plain(f"{seat.zone} · {term('seat_kind', seat.kind)}")),
            ("floor.seat.skills", plain("、".join(queues.get(skill, skill) for skill in seat.skills) or "—")),
        ]
        if seat.extension:
            facts.append(("floor.seat.extension", plain(seat.extension)))
        if seat.call is not None:
            caller = mask_phone(seat.call.caller) if seat.call.caller else "—"
            lasts = running((floor.shown_at() - seat.call.started_at).total_seconds())
            facts.append(("floor.seat.call", plain(f"{term('line', seat.call.line)} · {caller} · {lasts}")))
        if view.pending:
            facts.append(("floor.seat.pending", Content(t("floor.seat.pending_n", n=len(view.pending)))))
        if (shift := self._shift) is not None:
            start, end = shift.starts_at.astimezone(zone), shift.ends_at.astimezone(zone)
            facts.append(("floor.seat.shift", plain(f"{term('shift', shift.name)} {start:%H:%M}–{end:%H:%M}")))
            for at, pause in enumerate(shift.pauses, 1):
                start, end = pause.starts_at.astimezone(zone), pause.ends_at.astimezone(zone)
                text = f"{at}  {brief(term('seat_state', pause.kind))} {start:%H:%M}–{end:%H:%M}"
                if pause.cancelled:
                    text += "  " + t("floor.seat.cancelled")
                facts.append(("floor.seat.pauses", Content(text)))
        return facts

    def _open_pauses(self) -> bool:
        may = self._cockpit.floor.may("pause.cancel")
        return may and self._shift is not None and any(not pause.cancelled for pause in self._shift.pauses)

    async def action_cancel(self, digit: int) -> None:
        """停休 of one pause."""
        view = self._view()
        if view is None or view.seat.shift_id is None or self._shift is None or not self._open_pauses():
            return
        pauses = self._shift.pauses
        if digit > len(pauses) or pauses[digit - 1].cancelled:
            return
        floor = self._cockpit.floor
        try:
            await asyncio.to_thread(floor.cancel_pause, view.id, view.seat.shift_id, digit - 1)
        except FloorctlError as error:
            self._cockpit.say(sentence(error), severity="error")
        else:
            self._cockpit.say(t("floor.done.pauses", n=1))
        await self._read_shift()


def _fact(label: str, value: Content) -> Content:
    return Content.assemble((label + " " * max(1, 12 - cell_len(label)), "$foreground 60%"), value)
