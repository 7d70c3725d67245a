"""Missed calls 未接来电: who has to be called back, in which order and by when, and when to give up."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, Literal, NamedTuple

from floorctl.models.orders import MissedCall
from floorctl.rules.orders.callers import normal_phone

#: State of a caller's clock: ``due_soon`` in the last third of the time.
Lamp = Literal["due", "due_soon", "late"]
#: State of a missed call that was tried as often as the rules ask for; the contract has no word for it.
GIVEN_UP = "given_up"
#: The clock turns amber with this share of its time left, as the dispatch clock does with one of its three hours.
_AMBER_SHARE = 3
#: Longest amber time, for a centre that allows days.
_LONGEST_AMBER = timedelta(hours=1)


class CallBackRules(NamedTuple):
    """The centre's rules: call back ``within`` this time of the day's hours, up to ``tries`` times.

    ``again_after``: the least time between two tries. ``day_starts`` to ``day_ends``: when people may be called.
    """

    within: timedelta = timedelta(hours=2)
    again_after: timedelta = timedelta(minutes=30)
    tries: int = 3
    day_starts: time = time(8)
    day_ends: time = time(21)

    @classmethod
    def read(cls, section: Any) -> "CallBackRules":
        """Return the rules of the configuration's section ``[missed_calls]``."""
        return cls(
            within=timedelta(seconds=section.within.seconds),
            again_after=timedelta(seconds=section.again_after.seconds),
            tries=section.tries,
            day_starts=section.day_starts,
            day_ends=section.day_ends,
        )


class CallBack(NamedTuple):
    """A caller to call back: the ids of their missed calls, the oldest first, of which the first gives the time.

    ``tries``: the tries so far; ``again_at``: when to try again, None at once.
    """

    ids: tuple[str, ...]
    at: datetime
    due_at: datetime
    tries: int
    again_at: datetime | None = None


def state_of(call: MissedCall, rules: CallBackRules) -> str:
    """Return the state of a missed call; ``given_up`` after the last try without an answer."""
    return GIVEN_UP if call.state == "no_answer" and call.tries >= rules.tries else call.state


def waits(call: MissedCall, rules: CallBackRules) -> bool:
    """Return whether a missed call, seen by itself, is to be called back."""
    return state_of(call, rules) in ("open", "no_answer")


def to_call_back(calls: Mapping[str, MissedCall], now: datetime, rules: CallBackRules) -> list[CallBack]:
    """Return the callers to call back: those who may be called at once, the oldest call first, then the others.

    Several calls of one number are one caller. A caller who got through or was reached after a missed call is not
    called back about it. ``now`` is in the floor's time zone.
    """
    callers: dict[str, list[str]] = {}
    for id_ in sorted(calls, key=lambda each: (calls[each].at, each)):
        callers.setdefault(normal_phone(calls[id_].caller) or f"id {id_}", []).append(id_)
    found = []
    for ids in callers.values():
        settled = [at for each in ids if (at := _settled_at(calls[each])) is not None]
        since = max(settled, default=None)
        open_ids = [each for each in ids if waits(calls[each], rules) and (since is None or calls[each].at > since)]
        if open_ids:
            found.append(_call_back(open_ids, calls, now, rules))
    return sorted(found, key=lambda each: (each.again_at is not None, each.again_at or each.at, each.at, each.ids))


def _call_back(ids: list[str], calls: Mapping[str, MissedCall], now: datetime, rules: CallBackRules) -> CallBack:
    first = calls[ids[0]].at
    # A time that lies ahead is the platform's error: its clock runs from now on.
    due = due_at(min(first.astimezone(now.tzinfo), now), rules)
    latest = max((each.done_at for each in map(calls.__getitem__, ids) if each.done_at is not None), default=None)
    # Somebody who has called since the last try is at the telephone.
    again = None if latest is None or latest < calls[ids[-1]].at else latest + rules.again_after
    return CallBack(
        ids=tuple(ids),
        at=first,
        due_at=due,
        tries=max(calls[each].tries for each in ids),
        again_at=again if again is not None and again > now else None,
    )


def _settled_at(call: MissedCall) -> datetime | None:
    """Return until when this call settles what its caller missed; None if it settles nothing."""
    if call.state == "reached":
        return call.done_at or call.at
    return call.at if call.state == "called_again" else None


def due_at(at: datetime, rules: CallBackRules) -> datetime:
    """Return when a call missed at ``at`` has to be called back: ``within`` counts only in the day's hours."""
    opens, closes = (datetime.combine(at, each, at.tzinfo) for each in (rules.day_starts, rules.day_ends))
    left, start = rules.within, max(at, opens)
    if start < closes:
        if start + left <= closes:
            return start + left
        left -= closes - start
    days, rest = divmod(left, closes - opens)
    if left and not rest:  # it ends with a day, not at the beginning of the next
        days, rest = days - 1, closes - opens
    return opens + timedelta(days=1 + days) + rest


def lamp(due: datetime, now: datetime, rules: CallBackRules) -> Lamp:
    """Return ``due``, ``due_soon`` in the last third of the time, or ``late``; exactly at its limit it is in time."""
    left = due - now
    if left < timedelta(0):
        return "late"
    return "due_soon" if left <= min(rules.within / _AMBER_SHARE, _LONGEST_AMBER) else "due"


def late(call_backs: Iterable[CallBack], now: datetime) -> int:
    """Return how many callers should have been called back by now."""
    return sum(each.due_at < now for each in call_backs)
