"""现场: the floor screen with seats, queues, alerts and resources, and the acts on seats."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize

from floorctl.i18n import t, term
from floorctl.models.base import Ref
from floorctl.models.floor import SIGNED_OUT
from floorctl.rules.staffing import attendance
from floorctl.screens.floor import actions
from floorctl.screens.floor.alert_rail import AlertRail
from floorctl.screens.floor.notes import FloorNotes
from floorctl.screens.floor.order_pane import LatestOrders
from floorctl.screens.floor.orders_below import OrdersBelow
from floorctl.screens.floor.queue_pane import BOX_HEIGHT, QueuePane
from floorctl.screens.floor.seat_filter import matcher
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.floor.seat_table import SeatTable
from floorctl.screens.shell.base import Changes
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.times import when
from floorctl.widgets.order_list import OrderList
from floorctl.widgets.painted import brief
from floorctl.widgets.table import PlainTable

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus, SeatView
    from floorctl.models.floor import Seat
    from floorctl.models.team import Shift

#: Least terminal width (columns) for the alerts beside the plan, and for the latest orders beneath the alerts.
_RAIL_FROM = 100
_ORDERS_FROM = 180
#: Least terminal height (rows) for queue boxes.
_BOXES_FROM = 30
#: Seconds between two reads of the lists of orders, whose times are in minutes.
_ORDERS_EVERY = 10
_KINDS = frozenset({"seat", "queue", "resource", "alert", "person", "shift"})


class FloorScreen(CockpitScreen):
    """The seats by zone, the queues above, alerts at the right, trunk and licences; from 180 columns on, orders too.

    From 180 columns on, rows that the seats leave free show the orders that are due for dispatch or call-back.
    """

    NAME_KEY: ClassVar[str] = "floor.name"
    AUTO_FOCUS = "SeatPlan"
    NEEDS: ClassVar[Mapping[str, str]] = {
        "skills": "seat.skills", "moved": "seat.skills", "state": "seat.state", "listen": "seat.listen",
        "message": "floor.message", "cancel_pauses": "pause.cancel",
    }  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("k", "skills", "floor.key.skills"),
        Binding("K", "moved", "floor.key.moved"),
        Binding("e", "state", "floor.key.state"),
        Binding("l", "listen", "floor.key.listen"),
        Binding("m", "message", "floor.key.message"),
        Binding("p", "cancel_pauses", "floor.key.cancel_pauses"),
        Binding("M", "missed_calls", "floor.key.missed_calls"),
        Binding("t", "table", "floor.key.table"),
        Binding("y", "copy", "floor.key.copy"),
        Binding("Y", "copy_to_file", "ui.key.copy_to_file"),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._matches: Callable[[SeatView], bool] | None = None
        #: The filter text that the seats shown were last matched with.
        self._matched_text = ""
        self._seats: list[SeatView] = []
        self._shown_live: bool | None = None
        self._unsigned = 0
        #: Callers to call back, and those of them who should have been called by now.
        self._missed_calls = (0, 0)
        self._boxes = True
        #: Today's shifts of the agents who take calls.
        self._shifts: Sequence[Shift] = ()
        #: Person id → id of the seat where this screen last saw them.
        self._last_seat_of: dict[str, str] = {}
        #: The seats as entities (without running times), the ids of signed-out seats, and the ids of signed-in people.
        self._entities: list[Seat] = []
        self._signed_out: set[str] = set()
        self._present: set[str] = set()
        #: The missing people's shifts, the day, and the words for them: a cache for ``_expected``.
        self._expected_words: tuple[list[Shift], date | None, list[str]] = ([], None, [])

    def compose_body(self) -> ComposeResult:
        """Compose the queues, then the plan (or the table) with the alert rail beside it."""
        yield QueuePane(self.floor.config)
        yield FloorNotes()
        with Horizontal(id="floor-body"):
            with Vertical(id="floor-seats"):
                yield SeatPlan()
                yield SeatTable()
                yield OrdersBelow(self.floor)
            with Vertical(id="floor-side"):
                yield AlertRail()
                yield LatestOrders(self.floor)

    # -- showing --------------------------------------------------------------------------------------------------

    def on_mount(self) -> None:
        """Show the plan and hide the table (key `t`). Data from the disk is read when the screen comes into sight."""
        self.query_one(SeatTable).display = False
        self._show_all()

    def on_resize(self, event: Resize) -> None:
        """Stack or hide panes to fit the size."""
        wide, high = event.size.width, event.size.height
        self.set_class(wide < _RAIL_FROM, "narrow")
        self.set_class(wide >= _ORDERS_FROM, "wide")
        self._boxes = high >= _BOXES_FROM and wide >= _RAIL_FROM
        self._make_room(len(self.floor.queues.all()))
        orders = self.query_one(LatestOrders)
        # The wall display (read-only) must not show what citizens wrote.
        orders.display = wide >= _ORDERS_FROM and not self.floor.session.read_only
        if orders.display:
            self.begin(orders.reload())

    def _make_room(self, queues: int) -> None:
        """Set the height of the queue pane: boxes, or a line for each of ``queues`` (0 before the first sync)."""
        pane, rows = self.query_one(QueuePane), BOX_HEIGHT if self._boxes else queues + 1
        if pane.styles.height is None or pane.styles.height.value != rows:
            pane.styles.height = rows

    def on_changed(self, changed: Changes) -> None:
        """Repaint the panes that show what changed."""
        if not changed or changed.keys() & _KINDS:
            self._show_all()
        if not changed or "interval" in changed:
            self.begin(self._read_day())
        if not changed or changed.keys() & {"shift", "person"}:
            self.begin(self._read_shifts())
        if not changed or changed.keys() & {"handover", "outbox"}:
            self.begin(self._read_handovers())
        if not changed or changed.keys() & {"order", "counts"}:
            self._read_orders()
        if not changed or changed.keys() & {"missed_call", "outbox"}:
            self.begin(self._read_missed_calls())

    def _read_orders(self) -> None:
        """Read the lists of orders that are in sight again."""
        orders = self.query_one(LatestOrders)
        if orders.display:
            self.begin(orders.reload())
            if (below := self.query_one(OrdersBelow)).display:
                self.begin_newest(below.reload, "below")

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Redraw if the mode turned to or from live, because times are grey while it is not live."""
        if (status.mode == "live") != self._shown_live:
            self._show_all()

    def on_tick(self, now: datetime) -> None:
        """Redraw times in state, waits and escalations; read the orders for their times, and on the hour, when shifts
        change, shifts and handovers.
        """
        self._show_all()
        if now.second % _ORDERS_EVERY == 0:
            self._read_orders()
        if now.second == 0:
            self.begin(self._read_missed_calls())
        if now.minute == now.second == 0:
            self.begin(self._read_handovers())
            self.begin(self._read_shifts())

    def filter_changed(self, text: str) -> None:
        """Show the seats that match ``text``."""
        if text:
            from floorctl.text.pinyin import initials

            self._matches = matcher(text, initials)
        else:
            self._matches = None
        self._show_all()

    def _matching_seats(self, everyone: "Sequence[SeatView]") -> "list[SeatView]":
        """Return the seats that match the filter, and the one under the cursor even if it no longer matches."""
        same, self._matched_text = self._matched_text == self.filter_text, self.filter_text
        if self._matches is None:
            return list(everyone)
        under_cursor = self._plan.cursor_seat if same and self._in_plan() else None
        return [
            view
            for view in everyone
            if self._matches(view) or (under_cursor is not None and view.id == under_cursor.id)
        ]

    def _show_all(self) -> None:
        live = self._shown_live = self.floor.status.connection().mode == "live"
        everyone = self.floor.seats.all()
        self._seats = self._matching_seats(everyone)
        self.query_one(SeatPlan).narrowed_to = brief(self.filter_text.strip()) if self._matches else ""
        queues = self.floor.queues.all()
        self._make_room(len(queues))
        self.query_one(QueuePane).show(
            queues, self.floor.queues.resources(), everyone, at=self.floor.status.shown_at(), live=live
        )
        self.query_one(AlertRail).show(
            self.floor.alerts.all(),
            self.floor.now(),
            unsigned=self._unsigned,
            rules_paused=self.floor.status.live_rules_paused(),
            may_act=self.floor.desk.may("alert.acknowledge"),
            may_step=self.floor.desk.may("alert.step"),
        )
        missing = self._missing(everyone)
        self.query_one(FloorNotes).show(
            self._expected(missing), [brief(view.seat.number) for view in everyone if view.moved], self._missed_calls
        )
        lines = {view.id: view.queue.line for view in queues}
        if (plan := self.query_one(SeatPlan)).display:
            at_seat = {
                self._last_seat_of[shift.person_id]: self.floor.names.person(shift.person_id)
                for shift in missing
                if self._last_seat_of.get(shift.person_id) in self._signed_out
            }
            plan.show(self._seats, live=live, lines=lines, missing=at_seat, searched=self._matches is not None)
            self._fill_below(plan)
        else:
            self.query_one(SeatTable).show(self._seats, lines, live=live)
            self.query_one(OrdersBelow).fit(0)

    def _fill_below(self, plan: SeatPlan) -> None:
        """Show waiting orders in the rows that the seats leave free."""
        room = self.query_one("#floor-seats").size
        spare = room.height - plan.rows_for(room.width, room.height) - 1
        if self.query_one(OrdersBelow).fit(spare if self.query_one(LatestOrders).display else 0):
            self.begin_newest(self.query_one(OrdersBelow).reload, "below")

    def _missing(self, everyone: "Sequence[SeatView]") -> "list[Shift]":
        """Return the shifts planned for now whose people are not signed in at any seat."""
        entities = [view.seat for view in everyone]
        if entities != self._entities:
            self._entities = entities
            self._signed_out = {view.id for view in everyone if view.seat.state == SIGNED_OUT}
            self._last_seat_of |= {view.seat.person_id: view.id for view in everyone if view.seat.person_id is not None}
            self._present = {
                seat.person_id for seat in entities if seat.person_id is not None and seat.state != SIGNED_OUT
            }
        return attendance.missing(self._shifts, self._present, self.floor.status.shown_at())

    def _expected(self, missing: "list[Shift]") -> list[str]:
        """Return one text such as ``张伟 早班 08:00`` for each shift in ``missing``."""
        now = self.floor.now()
        shifts, day, words = self._expected_words
        if day != now.date() or shifts != missing:
            words = [
                f"{brief(self.floor.names.person(shift.person_id))} {term('shift', shift.name)} "
                f"{when(shift.starts_at, now)}"
                for shift in missing
            ]
            self._expected_words = missing, now.date(), words
        return words

    async def _read_shifts(self) -> None:
        """Read today's shifts of the agents who take calls; redraw if they changed."""
        shifts = await self.read(self.floor.staffing.agent_shifts)
        changed = shifts != self._shifts or bool(self._expected_words[2])
        self._shifts = shifts
        self._expected_words = ([], None, [])  # people may have been renamed
        if changed:
            self._show_all()

    async def _read_handovers(self) -> None:
        """Read the number of earlier shifts without a signed handover; redraw if it changed."""
        unsigned = len(await self.read(self.floor.handovers.unsigned))
        if unsigned != self._unsigned:
            self._unsigned = unsigned
            self._show_all()

    async def _read_missed_calls(self) -> None:
        """Read how many callers are to be called back; redraw if it changed."""
        counts = await self.read(self.floor.missed_calls.counts)
        if counts != self._missed_calls:
            self._missed_calls = counts
            self._show_all()

    async def _read_day(self) -> None:
        pane = self.query_one(QueuePane)
        for view in self.floor.queues.all():
            intervals = await self.read(self.floor.queues.intervals, view.id)
            pane.day_of(view.id, intervals)
        pane.repaint()

    # -- targets of an action -------------------------------------------------------------------------------------

    @property
    def _plan(self) -> SeatPlan:
        return self.query_one(SeatPlan)

    def _in_plan(self) -> bool:
        return self._plan.display

    def targets(self) -> list[str]:
        """Return the ids of the marked seats, else of the one under the cursor."""
        return self._plan.targets() if self._in_plan() else self.query_one(SeatTable).targets()

    def _views(self) -> list["SeatView"]:
        wanted = set(self.targets())
        return [view for view in self._seats if view.id in wanted]

    # -- actions --------------------------------------------------------------------------------------------------

    def action_skills(self) -> None:
        """技能调整: choose the queues that the seats serve, by digit."""
        if (seats := self._views()) and self.may("seat.skills"):
            self.begin_asking(self._after(actions.change_skills(self, seats)))

    def action_moved(self) -> None:
        """Show the seats that were moved away from their usual queues and offer to move them back."""
        if not self.may("seat.skills"):
            return
        if not (seats := self.floor.seats.moved()):
            self.say(t("floor.moved.none"))
            return
        self.begin_asking(self._after(actions.restore_skills(self, seats)))

    def action_state(self) -> None:
        """强制示闲, 示忙, 签出: force a state on the seats."""
        if (seats := self._views()) and self.may("seat.state"):
            self.begin_asking(self._after(actions.change_state(self, seats)))

    def action_listen(self) -> None:
        """监听, 密语, 插话, 强拆 on the first marked seat, else on the one under the cursor."""
        if (seats := self._views()[:1]) and self.may("seat.listen"):
            self.begin_asking(self._after(actions.listen(self, seats)))

    def action_message(self) -> None:
        """消息广播: send a message to the marked seats, else to the one under the cursor."""
        self.begin_asking(actions.send_message(self, self._views()), for_text=True)

    def action_cancel_pauses(self) -> None:
        """停休: cancel breaks of the seat, of the marked seats, or of a whole team."""
        if self.may("pause.cancel"):
            self.begin_asking(self._after(actions.cancel_pauses(self, self._views())))

    async def _after(self, act: Awaitable[Collection[str]]) -> None:
        """Remove the marks of the seats that the act was done to; the others stay marked."""
        done = set(await act)
        self._plan.marked -= done
        self.query_one(SeatTable).marked -= done
        self._show_all()

    def action_missed_calls(self) -> None:
        """Go to the missed calls, the next caller to call back under the cursor."""
        self.cockpit.open_view("orders", "sibling('missed_calls')")

    def action_table(self) -> None:
        """Switch between plan and table; cursor and marks stay on their seats."""
        plan, table = self._plan, self.query_one(SeatTable)
        to_table = plan.display
        under_cursor = plan.cursor_seat if to_table else None
        plan.display, table.display = not to_table, to_table
        if to_table:
            table.marked = set(plan.marked)
            table.start_at(under_cursor.id if under_cursor else None)
        else:
            plan.marked = set(table.marked)
            if table.cursor_id:
                plan.put_cursor(table.cursor_id)
        self._show_all()
        (table if to_table else plan).focus()

    def action_copy(self) -> None:
        """Copy the target seats, one line of text each."""
        lines = [
            f"{brief(view.seat.number)} {brief(view.person_name)} {term('seat_state', view.seat.state)} {view.lasts()}"
            for view in self._views()
        ]
        self.copy("seat", self.targets(), lines)

    def note_about(self) -> tuple[Ref, str] | None:
        """Return what a note is about: the order if a list of orders has the focus, else the first target seat."""
        orders = self.focused
        if isinstance(orders, LatestOrders | OrderList):
            from floorctl.screens.shell.order_questions import noted_order

            order = orders.view(orders.target)
            return noted_order(order) if order is not None else None
        seat = next(iter(self._views()), None)
        if seat is None:
            return None
        words = t("handover.about.seat", number=brief(seat.seat.number), name=brief(seat.person_name))
        return Ref("seat", seat.id), words

    def on_seat_plan_opened(self, event: SeatPlan.Opened) -> None:
        """Open the panel of the seat."""
        self._open_seat(event.seat_id)

    def on_plain_table_opened(self, event: PlainTable.Opened) -> None:
        """Open the row: a seat from the table of seats, an order from a list of orders."""
        if isinstance(event.table, SeatTable):
            self._open_seat(event.id)
        else:
            self.cockpit.show_one("orders", event.id)

    def take_up_alert(self, alert_id: str | None) -> None:
        """Take up an alert; ``alert_id`` None: the one that the alert rail marks."""
        rail = self.query_one(AlertRail)
        super().take_up_alert(alert_id or rail.marked or None)
        rail.follow_at_once()

    def on_alert_rail_chosen(self, event: AlertRail.Chosen) -> None:
        """Take up the alert that was clicked on."""
        self.take_up_alert(event.alert_id)

    def show_one(self, seat_id: str) -> None:
        """Open the panel of the seat ``seat_id``, then release the keys that were held until it is shown."""
        self._open_seat(seat_id)
        self.cockpit.release_keys()

    def _open_seat(self, seat_id: str) -> None:
        from floorctl.screens.floor.seat import SeatPanel

        self.app.push_screen(SeatPanel(seat_id))

    def go_back(self) -> None:
        """Remove the marks (Esc); this screen has no further level to leave."""
        if self._in_plan():
            self._plan.clear_marks()
        else:
            self.query_one(SeatTable).clear_marks()
