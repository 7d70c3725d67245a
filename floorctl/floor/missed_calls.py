"""Missed calls 未接来电: who is to be called back, and the outcome of each try."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from floorctl.errors import NotFoundError
from floorctl.floor.command_data import without_none
from floorctl.floor.repetitions import CALLERS_DAYS
from floorctl.floor.views import Changed
from floorctl.models.base import Ref
from floorctl.models.masked import Masked
from floorctl.models.orders import MissedCall
from floorctl.rules.orders import missed_calls
from floorctl.rules.orders.callers import phone_key
from floorctl.rules.orders.missed_calls import CallBack, CallBackRules
from floorctl.rules.privacy import masked

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from floorctl.config import Config
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Event, Events
    from floorctl.floor.orders import Orders
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import OrderView, OutboxItem
    from floorctl.models.base import Held
    from floorctl.rules.orders.missed_calls import Lamp

_KIND = "missed_call"
#: Nobody is called back about a call that is older, and it is not listed.
SHOWN_FOR = timedelta(days=3)
#: The most orders of a caller that are listed.
_MOST_ORDERS = 10


class MissedCallView(msgspec.Struct, frozen=True, kw_only=True):
    """A caller to call back, or a call that is settled (``lamp`` and ``due_at`` are None then).

    ``record`` is the oldest of the caller's missed calls, ``ids`` all that the call-back is about, ``tries`` the most
    of any. ``state``: the contract's, or ``given_up``. ``again_at``: when to try again; None: at once.
    """

    id: str
    version: int
    record: Masked[MissedCall]
    ids: tuple[str, ...]
    state: str
    tries: int
    due_at: datetime | None = None
    lamp: Lamp | None = None
    again_at: datetime | None = None
    pending: tuple[str, ...] = ()

    @property
    def call(self) -> MissedCall:
        """The oldest missed call, its caller masked."""
        return self.record.shown


class MissedCallCounts(NamedTuple):
    """The numbers of callers to call back, and of those who should have been by now."""

    waiting: int = 0
    late: int = 0


class MissedCalls:
    """Reads missed calls and notes call-backs. Reads use the disk unless marked *memory*."""

    def __init__(
        self,
        config: Config,
        read_model: ReadModel,
        orders: Orders,
        now: Callable[[], datetime],
        desk: Desk,
        events: Events,
    ) -> None:
        self._rules = CallBackRules.read(config.missed_calls)
        self._read_model = read_model
        self._orders = orders
        self._now = now
        self._desk = desk
        #: Whom to call back as of the last count; None: to be read again.
        self._counted: list[CallBack] | None = None
        self._changes = 0
        events.subscribe(self._forget)

    @property
    def tries(self) -> int:
        """*memory* How often a caller is tried."""
        return self._rules.tries

    def offered(self) -> bool:
        """Whether the platform has missed calls: one of an older contract has none."""
        return self._desk.can("missed_call.done") and self._read_model.holds_any(MissedCall)

    def counts(self) -> MissedCallCounts:
        """*memory* unless missed calls have changed: whom to call back now."""
        counted, changes, now = self._counted, self._changes, self._now()
        if counted is None:
            counted = missed_calls.to_call_back(_values(self._held()), now, self._rules)
            if changes == self._changes:
                self._counted = counted
        return MissedCallCounts(len(counted), missed_calls.late(counted, now))

    def all(self, *, settled: bool = False) -> list[MissedCallView]:
        """Whom to call back, in the order in which to; ``settled``: also the calls that are settled, newest first.

        Calls older than ``SHOWN_FOR`` are left out.
        """
        held, now = self._held(), self._now()
        waiting = missed_calls.to_call_back(_values(held), now, self._rules)
        views = [self._view(each, held, now) for each in waiting]
        if settled:
            among = {id_ for each in waiting for id_ in each.ids}
            rest = [each for id_, each in held.items() if id_ not in among]
            rest.sort(key=lambda each: each.value.at, reverse=True)
            views += [self._settled(each) for each in rest]
        return views

    def get(self, id_: str) -> MissedCallView:
        """Return one caller by the id of any of their missed calls.

        Raises:
            NotFoundError: it is not in the cache.

        """
        for view in self.all(settled=True):
            if id_ in view.ids:
                return view
        held = self._read_model.get(MissedCall, id_)
        if held is None:
            raise NotFoundError("error.no_such_missed_call", id=id_)
        return self._settled(held)

    def orders_of(self, id_: str) -> list[OrderView]:
        """The caller's newest orders of the last 90 days.

        Raises:
            NotFoundError: the missed call is not in the cache.

        """
        held = self._read_model.get(MissedCall, id_)
        if held is None:
            raise NotFoundError("error.no_such_missed_call", id=id_)
        caller, now = phone_key(held.value.caller), self._now()
        if caller is None:
            return []
        return self._orders.views(self._read_model.orders_of_caller(caller, now - CALLERS_DAYS, now, _MOST_ORDERS), now)

    def done(self, id_: str, outcome: str, note: str | None = None) -> list[OutboxItem]:
        """回拨: note the outcome (``reached`` or ``no_answer``) of calling this caller back, for each of their calls.

        Returns the commands, one for each missed call.
        """
        self._desk.require("missed_call.done", id_)
        with self._desk.acting, self._desk.as_one():
            ids = self.get(id_).ids
            data = {"outcome": outcome} | without_none(note=note or None)
            return [self._desk.submit("missed_call.done", each, data) for each in ids]

    def _held(self) -> Mapping[str, Held[MissedCall]]:
        # The overlay adds older ones that wait to be sent; nobody is to call about those.
        since = self._now() - SHOWN_FOR
        return {id_: each for id_, each in self._read_model.missed_calls(since).items() if each.value.at >= since}

    def _view(self, each: CallBack, held: Mapping[str, Held[MissedCall]], now: datetime) -> MissedCallView:
        first = held[each.ids[0]]
        return MissedCallView(
            id=first.id,
            version=first.version,
            record=Masked(first.value, masked, *(Ref(_KIND, id_) for id_ in each.ids)),
            ids=each.ids,
            state=first.value.state,
            tries=each.tries,
            due_at=each.due_at,
            lamp=missed_calls.lamp(each.due_at, now, self._rules),
            again_at=each.again_at,
            pending=tuple(id_ for one in each.ids for id_ in held[one].pending),
        )

    def _settled(self, held: Held[MissedCall]) -> MissedCallView:
        return MissedCallView(
            id=held.id,
            version=held.version,
            record=Masked(held.value, masked, Ref(_KIND, held.id)),
            ids=(held.id,),
            state=missed_calls.state_of(held.value, self._rules),
            tries=held.value.tries,
            pending=held.pending,
        )

    def _forget(self, event: Event) -> None:
        if isinstance(event, Changed) and (not event.ids or event.ids.keys() & {_KIND, "outbox"}):
            self._changes += 1
            self._counted = None


def _values(held: Mapping[str, Held[MissedCall]]) -> dict[str, MissedCall]:
    return {id_: each.value for id_, each in held.items()}
