"""``MovedSeats``: the dialog with the seats that 技能调整 moved away from their usual queues, to restore them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from floorctl.i18n import t
from floorctl.screens.shell.dialogs import Dialog
from floorctl.text.unknown import unknown
from floorctl.widgets.painted import brief
from floorctl.widgets.plain import plain

if TYPE_CHECKING:
    from floorctl.floor.views import SeatView

_DIGITS = range(1, 10)


class MovedSeats(Dialog[tuple[str, ...] | None]):
    """Returns the ids of the seats to restore: a digit selects one, `y` all that are listed; None: cancelled."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(str(digit), f"one({digit})", show=False) for digit in _DIGITS),
        Binding("y", "all", "floor.key.restore_all"),
        Binding("escape,q", "give_up", "ui.key.back"),
    ]

    def __init__(self, seats: "Sequence[SeatView]", queues: Mapping[str, str]) -> None:
        """Make the dialog for ``seats``; ``queues``: queue id → its name."""
        super().__init__()
        self.seats = list(seats)
        self._queues = queues

    def compose(self) -> ComposeResult:
        """Compose one line for each seat: the queues that it serves now and usually."""
        with Vertical(classes="dialog wide"):
            yield Static(plain(t("floor.moved.title", n=len(self.seats))), classes="question")
            with VerticalScroll(classes="listed"):
                yield Static(Content("\n").join(plain(self._line(at, view)) for at, view in enumerate(self.seats, 1)))
            yield Static(plain(t("floor.moved.keys")), classes="keys")

    def _line(self, at: int, view: "SeatView") -> str:
        digit = str(at) if at in _DIGITS else " "
        seat = t("floor.one_seat", number=brief(view.seat.number), name=brief(view.person_name))
        serves, usual = self._named(view.seat.skills), self._named(view.usual)
        return f"{digit}  {seat}  " + t("floor.moved.seat", serves=serves, usual=usual)

    def _named(self, queue_ids: Sequence[str]) -> str:
        return t("floor.list_comma").join(brief(self._queues.get(each, unknown("queue"))) for each in queue_ids) or "—"

    def action_one(self, digit: int) -> None:
        """Close with the seat of this digit."""
        if digit <= len(self.seats):
            self.dismiss((self.seats[digit - 1].id,))

    def action_all(self) -> None:
        """全部恢复: close with all seats."""
        self.dismiss(tuple(view.id for view in self.seats))

    def action_give_up(self) -> None:
        """Close with None."""
        self.dismiss(None)
