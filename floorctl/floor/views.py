"""What the front ends display: entities with the values derived from them, immutable.

Durations are seconds, rates are exact fractions between 0 and 1 or None where nothing was offered, times are aware.
"""

from datetime import datetime
from fractions import Fraction

import msgspec

from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Ref
from floorctl.models.floor import Queue, Resource, Seat
from floorctl.models.masked import Masked
from floorctl.models.orders import Order
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.rules.orders.deadlines import Due
from floorctl.rules.orders.stuck import Waiting
from floorctl.sync.audit_chain import Entry as AuditEntry
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.outbox_item import OutboxItem
from floorctl.sync.platform.wire import FieldError, Problem
from floorctl.text.alert_text import AlertText
from floorctl.text.durations import running
from floorctl.text.safe import CONTRADICTED

__all__ = [
    "AlertView", "AuditEntry", "Changed", "CommandView", "ConnectionStatus", "ConnectionStatusChanged", "FieldError",
    "HandoverItemView", "HandoverView", "OrderPage", "OrderView", "OutboxItem", "Problem",
    "QueueView", "ResourceView", "SeatView", "SetAside", "Signed",
]  # fmt: skip


class Signed(msgspec.Struct, frozen=True):
    """The person who is signed in at this terminal."""

    person_id: str
    name: str
    roles: frozenset[str]
    floor: str
    expires_at: datetime


class SeatView(msgspec.Struct, frozen=True):
    """A seat, the person at it, their team, and the seconds in the current state. ``limit``: none, warning or alert.

    ``seat``: the record masked, kept here since the plan reads it many times for each picture. ``usual``: ids of the
    queues that it usually serves (empty: not known); ``moved``: it serves others at present.
    ``ahead``: the platform gives a start of the state that is in the future, so the seconds in it are unknown.
    """

    id: str
    version: int
    record: Masked[Seat]
    seat: Seat
    person_name: str
    seconds_in_state: float
    limit: str
    pending: tuple[str, ...] = ()
    team: str = ""
    usual: tuple[str, ...] = ()
    moved: bool = False
    ahead: bool = False

    def lasts(self) -> str:
        """The time in the current state as text."""
        return CONTRADICTED if self.ahead else running(self.seconds_in_state)


class QueueView(msgspec.Struct, frozen=True):
    """A queue and its metrics since midnight; ``doubts``: metrics that are None because their figures contradict."""

    id: str
    version: int
    record: Masked[Queue]
    answer_rate: Fraction | None
    service_level: Fraction | None
    abandon_rate: Fraction | None
    asa_seconds: float | None
    aht_seconds: float | None
    longest_wait_seconds: float | None
    pending: tuple[str, ...] = ()
    doubts: frozenset[str] = frozenset()

    @property
    def queue(self) -> Queue:
        """The queue, its personal data masked."""
        return self.record.shown

    def marked(self, metric: str, text: str) -> str:
        """``text``, or the mark for contradictory figures where ``metric`` is in ``doubts``."""
        return CONTRADICTED if metric in self.doubts else text


class ResourceView(msgspec.Struct, frozen=True):
    """Trunk, licences or equipment; ``share`` is in use ÷ capacity, None where these contradict (``doubt``)."""

    id: str
    resource: Resource
    share: Fraction | None
    doubt: bool = False

    def used(self) -> str:
        """In use and capacity as text: ``21/30``."""
        return CONTRADICTED if self.doubt else f"{self.resource.in_use}/{self.resource.capacity}"


class OrderView(msgspec.Struct, frozen=True):
    """An order with its deadlines. ``urge_level`` is the highest so far, ``proposed_level`` what the rule proposes.

    ``stuck``: the decision that it waits for; ``stuck_by``: the name of the department that asks for it.

    ``parent``: of a repetition, the order that it repeats, where all acts are done; None also if that is not held here.
    """

    id: str
    version: int
    record: Masked[Order]
    due: Due
    overdue: bool
    overdue_seconds: float
    due_soon: bool
    dispatch_due_at: datetime | None
    dispatch_state: str
    urge_level: int
    proposed_level: int | None
    department_name: str
    agent_name: str
    pending: tuple[str, ...] = ()
    parent: "OrderView | None" = None
    stuck: Waiting | None = None
    stuck_by: str = ""

    @property
    def due_at(self) -> datetime | None:
        """The department's limit; None where there is none."""
        return self.due.at

    @property
    def order(self) -> Order:
        """The order, its personal data masked."""
        return self.record.shown

    @property
    def leading(self) -> "OrderView":
        """The order whose state and limit count: the one that this one repeats, else itself."""
        return self if self.parent is None else self.parent


class OrderPage(msgspec.Struct, frozen=True):
    """A window of a list of orders; ``total`` counts the whole list.

    ``more``: a search with more hits than it examines; ``total`` then counts the hits among the newest of them.
    ``known``: in a search while the index is incomplete, (orders indexed, all orders); None once all are indexed.
    """

    items: list[OrderView]
    total: int
    more: bool = False
    known: tuple[int, int] | None = None


class AlertView(msgspec.Struct, frozen=True):
    """An alert and its next step. ``source`` is platform or terminal.

    ``title`` describes the present situation in the reader's language (the alert's own title is of when it was raised),
    ``heading`` its constant part: kind and subject. ``normal``: the condition that it warned of has passed.
    """

    id: str
    version: int
    record: Masked[Alert]
    source: str
    next_step: Step | None
    next_due_at: datetime | None
    pending: tuple[str, ...] = ()
    title: str = ""
    heading: str = ""
    normal: bool = False
    #: The title as pieces.
    text: AlertText = AlertText("")
    #: The title as in ``title``; unmasked, with the personal data in it.
    words: Masked[str] = Masked("", str)

    @property
    def alert(self) -> Alert:
        """The alert, its personal data masked."""
        return self.record.shown


class HandoverItemView(msgspec.Struct, frozen=True):
    """An item for the next shift. ``text`` is as the person signed in reads it.

    ``why``: note (written by a person), left (taken over and not done yet), or ladder, order or conflict, which are
    added automatically. ``written``: it is stored in this handover; automatic items are stored when the handover is
    given. ``of`` and ``item_id`` are the handover in which it can be ticked off and its id there; empty where it
    disappears by itself. ``about`` is the number and title of the order that it concerns.
    """

    id: str
    text: str
    done: bool
    ref: Ref | None
    why: str
    written: bool
    of: str = ""
    item_id: str = ""
    about: str = ""

    @property
    def words(self) -> str:
        """The text, after the order that it is about unless it names that itself."""
        return self.text if not self.about or self.about.split()[0] in self.text else f"{self.about}  {self.text}"


class HandoverView(msgspec.Struct, frozen=True, kw_only=True):
    """The handover at the end of a shift. ``version`` is 0 where nothing has been written for it yet.

    ``summary`` is the signed text (None: not signed yet). ``awaits`` names the people whose signature is kept here
    until they sign in at the platform. ``withdrawn`` is the giver's reason for taking the signature back. These texts
    are as the person signed in reads them.
    """

    id: str
    version: int
    shift: ShiftOf
    to: ShiftOf
    state: str
    items: tuple[HandoverItemView, ...]
    summary: str | None = None
    given_by: str | None = None
    given_name: str = ""
    given_at: datetime | None = None
    taken_by: str | None = None
    taken_name: str = ""
    taken_at: datetime | None = None
    pending: tuple[str, ...] = ()
    awaits: tuple[str, ...] = ()
    withdrawn: str = ""


class SetAside(msgspec.Struct, frozen=True):
    """An entity that was rejected because it breaks the contract, and the reason."""

    kind: str
    id: str
    version: int
    reason: str


class CommandView(OutboxItem, frozen=True, kw_only=True):
    """A command of this terminal, personal data in its data, refusal and reason masked.

    ``record`` is the command as it was made; ``hidden`` names the fields of its data that are masked here.
    """

    record: Masked[OutboxItem]
    hidden: frozenset[str] = frozenset()


class CommandStep(msgspec.Struct, frozen=True):
    """One event of a command's history: its time by this machine's clock, what happened, and the detail."""

    at: datetime
    what: str
    detail: str | None


class Changed(msgspec.Struct, frozen=True):
    """Announces entities that look different: kind → ids. ``outbox`` holds command ids; ``counts`` and ``assessment``
    (the month's score) have no meaningful ids.
    """

    ids: dict[str, frozenset[str]] = msgspec.field(default_factory=dict)


class ConnectionStatusChanged(msgspec.Struct, frozen=True):
    """Announces that the connection to the platform, or the number of commands that wait for it, has changed."""

    status: ConnectionStatus
