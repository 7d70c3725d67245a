"""停休 for a group of people: what a choice comes to before it is made, and doing exactly that."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.errors import NotFoundError, RefusedError
from floorctl.floor.views import OutboxItem, SeatView
from floorctl.i18n import t
from floorctl.models.floor import Seat
from floorctl.models.team import Person, Shift
from floorctl.rules.privacy import mask_text
from floorctl.rules.staffing import breaks
from floorctl.rules.staffing.breaks import Break, BreakPlan, Wanted, Worker
from floorctl.text import typed
from floorctl.text.errors import sentence
from floorctl.text.numbers import minutes
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from floorctl.floor.desk import Desk
    from floorctl.floor.read_model import ReadModel

#: What a change of breaks is done with: the contract has a command of its own for cancelling only.
COMMAND = {"cancel": "pause.cancel", "postpone": "shift.assign", "restore": "shift.assign"}


class BreaksChanged(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a change of breaks.

    ``items``: the commands that were made; ``dropped``: ids of those that were given up unsent; ``left``: how many
    breaks are as they were, because they had begun, had been changed, or wait for the outcome of another act; ``stays``
    says of each of these the seat, and why in words.
    """

    items: tuple[OutboxItem, ...]
    dropped: tuple[str, ...]
    stays: tuple[tuple[str, str], ...] = ()

    @property
    def left(self) -> int:
        """How many breaks are as they were."""
        return len(self.stays)


class Breaks:
    """Reads and changes planned breaks. The changes raise what ``Desk`` does."""

    def __init__(
        self,
        read_model: ReadModel,
        seats: Callable[[], list[SeatView]],
        shift: Callable[[str | None], Shift | None],
        now: Callable[[], datetime],
        desk: Desk,
    ) -> None:
        self._read_model = read_model
        self._seats = seats
        self._shift = shift
        self.now = now
        self._desk = desk

    def teams(self) -> list[str]:
        """*memory* The teams whose breaks can be chosen, always in the same order, whoever is at work."""
        people = [held.value for held in self._read_model.all(Person).values()]
        agents = {person.team for person in people if person.post == "agent" and person.left_on is None}
        return ordered_teams((team for team in agents if team), self._seats())

    def team_seats(self, team: str) -> list[str]:
        """*memory* The seats at which people of ``team`` sit now.

        Raises:
            NotFoundError: nobody knows this team.

        """
        found = [view.id for view in self._seats() if view.seat.person_id and typed.same(team_of(view), team)]
        if not found and not any(typed.same(each, team) for each in self.teams()):
            raise NotFoundError("error.no_such_team", team=team, known=t("cli.list_comma").join(self.teams()))
        return found

    def plan(self, seat_ids: Iterable[str], wanted: Wanted) -> BreakPlan:
        """What ``wanted`` comes to for whoever sits at these seats. Seats without a shift are passed over."""
        return breaks.plan(self._workers(seat_ids), wanted, self.now())

    def change(self, plan: BreakPlan) -> BreaksChanged:
        """Do what ``plan`` says, and nothing beyond it: what has begun or was changed meanwhile is left as it is."""
        change = plan.wanted.change
        self._desk.require(COMMAND[change])
        with self._desk.acting:
            now = self.now()
            items: list[OutboxItem] = []
            dropped: list[str] = []
            stays: list[tuple[str, str]] = []
            by_shift: dict[str, list[Break]] = {}
            for each in plan.breaks:
                if each.pause.starts_at > now and self._stands(each):
                    by_shift.setdefault(each.shift_id, []).append(each)
                else:
                    stays.append((each.seat_id, t("breaks.why.changed")))
            for shift_id, theirs in by_shift.items():
                given_up = self._drop_unsent(shift_id, theirs) if change == "restore" else {}
                dropped += given_up.values()
                rest = [each for each in theirs if each.index not in given_up]
                why = t("breaks.why.awaits")
                done = len(items)
                try:
                    for item in self._change_shift(shift_id, rest, plan.wanted, now):
                        items.append(item)
                except (RefusedError, NotFoundError) as refused:  # what is refused for one stops nobody else's
                    why = sentence(refused, mask_text)
                if len(items) == done or change == "cancel":
                    stays += [(each.seat_id, why) for each in rest[len(items) - done :]]
        return BreaksChanged(items=tuple(items), dropped=tuple(dropped), stays=tuple(stays))

    def _change_shift(
        self, shift_id: str, theirs: Sequence[Break], wanted: Wanted, now: datetime
    ) -> Iterator[OutboxItem]:
        """Change breaks of one shift; nothing where acts are on their way whose order with these nobody can promise.

        Cancelling is aimed at the seat and assigning at the shift. The platform keeps the order of what is aimed at one
        entity, so a change of the shift waits for the outcome of a cancelling, and a cancelling for that of a change.
        """
        aimed = {item.target.kind for item in self._read_model.pending(Shift, shift_id)}
        shift = self._shift(shift_id)
        if not theirs or shift is None or ("shift" if wanted.change == "cancel" else "seat") in aimed:
            return
        if wanted.change == "cancel":
            for each in theirs:
                yield self._desk.submit(
                    "pause.cancel", each.seat_id, {"shift_id": shift_id, "pause": each.index}, made_at=now
                )
            return
        data = assignment(breaks.changed(shift, theirs, wanted))
        yield self._desk.submit("shift.assign", shift_id, data, made_at=now, on_version=True)

    def _drop_unsent(self, shift_id: str, theirs: Sequence[Break]) -> dict[int, str]:
        """Give up what cancels these breaks and has not been sent: index of the break → id of the command."""
        wanted = {each.index for each in theirs}
        dropped: dict[int, str] = {}
        for item in self._read_model.pending(Shift, shift_id):
            index = item.data.get("pause")
            if item.kind == "pause.cancel" and item.state == "waiting" and index in wanted:
                self._desk.drop(item.id, t("breaks.reason.restored"))
                dropped[index] = item.id
        return dropped

    def _stands(self, planned: Break) -> bool:
        """Whether the pause still is as it was when the question was asked."""
        shift = self._shift(planned.shift_id)
        pauses = shift.pauses if shift else ()
        return planned.index < len(pauses) and pauses[planned.index] == planned.pause

    def _workers(self, seat_ids: Iterable[str]) -> list[Worker]:
        found = []
        for seat_id in dict.fromkeys(seat_ids):
            seat = self._read_model.value(Seat, seat_id)
            if (
                seat is not None
                and seat.person_id
                and (worker := worker_at(seat_id, seat, self._shift, self._read_model.person_name))
            ):
                found.append(worker)
        return found


def worker_at(
    seat_id: str, seat: Seat, shift_of: Callable[[str | None], Shift | None], name_of: Callable[[str | None], str]
) -> Worker | None:
    """Who works at ``seat``, None where no shift of theirs is known."""
    shift = shift_of(seat.shift_id) if seat.shift_id else None
    if shift is None or not seat.shift_id:
        return None
    return Worker(seat_id=seat_id, name=name_of(seat.person_id), shift_id=seat.shift_id, shift=shift)


def team_of(view: SeatView) -> str:
    """The team that the breaks of whoever sits here are changed with: the zone's where people have none."""
    return view.team or view.seat.zone


def ordered_teams(teams: Iterable[str], seats: Sequence[SeatView]) -> list[str]:
    """``teams`` as people count them, then the zones, where who sits there has no team."""
    named = sorted(set(teams), key=breaks.team_order)
    zones = {view.seat.zone for view in seats if not view.team and (view.seat.person_id or not named)}
    others = {view.team for view in seats if view.team} - set(named)
    return [
        *named,
        *sorted(others, key=breaks.team_order),
        *sorted(zones - set(named) - others, key=breaks.team_order),
    ]


def assignment(shift: Shift) -> dict[str, Any]:
    """The data of a ``shift.assign`` that makes the shift what ``shift`` is."""
    data: dict[str, Any] = msgspec.to_builtins(shift)
    return data


# -- words, the same in both front ends


def who(team: str, people: int) -> str:
    """A team with the number of its people who are at work."""
    return t("breaks.who", team=visible(team), n=people)


def question(plan: BreakPlan, whose: str) -> str:
    """What would be done, to whose breaks, how many and when, as a question; that there is nothing, where so."""
    figures = _figures(plan, whose, len(plan.breaks))
    if not plan.breaks:
        return t(f"breaks.none.{plan.wanted.change}", **figures)
    return t(f"breaks.ask.{plan.wanted.change}", **figures)


def outcome(plan: BreakPlan, whose: str, changed: BreaksChanged) -> str:
    """What was done, in the words of the question; what was left as it is, and what had not been sent yet."""
    done = len(plan.breaks) - changed.left
    parts = [t(f"breaks.done.{plan.wanted.change}", **_figures(plan, whose, done))] if done else []
    if changed.dropped:
        parts.append(t("breaks.dropped", n=len(changed.dropped)))
    if changed.left:
        parts.append(t("breaks.left", n=changed.left))
    return " · ".join(parts) or question(plan, whose)


def window_words(wanted: Wanted) -> str:
    """The window in which the breaks begin."""
    if wanted.ahead is None:
        return t("breaks.rest_of_shift")
    return t("breaks.ahead", n=minutes(wanted.ahead))


def kind_words(wanted: Wanted, n: int = 2) -> str:
    """The kinds of breaks, for ``n`` of them."""
    return t(f"breaks.kinds.{'_'.join(sorted(wanted.kinds))}", n=n)


def _figures(plan: BreakPlan, whose: str, n: int) -> dict[str, Any]:
    wanted = plan.wanted
    return {
        "who": whose, "n": n, "window": window_words(wanted), "kinds": kind_words(wanted, n),
        "minutes": minutes(wanted.delay),
    }  # fmt: skip
