"""停休 for a group of people: plan a change of breaks, ask about it, and do exactly what was planned."""

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

#: The command kind by change. The contract has a command of its own only for cancelling.
COMMAND = {"cancel": "pause.cancel", "postpone": "shift.assign", "restore": "shift.assign"}


class BreaksChanged(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a change of breaks.

    ``items``: the commands that were made; ``dropped``: ids of unsent commands that were dropped; ``stays``: the seat
    and the reason, in words, of each break that was not changed, because it had begun, had been changed meanwhile, or
    awaits the outcome of another act.
    """

    items: tuple[OutboxItem, ...]
    dropped: tuple[str, ...]
    stays: tuple[tuple[str, str], ...] = ()

    @property
    def left(self) -> int:
        """The number of breaks that were not changed."""
        return len(self.stays)


class Breaks:
    """Reads and changes planned breaks. The changes raise what ``Desk`` raises."""

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
        """*memory* The teams whose breaks can be chosen, in a fixed order that doesn't depend on who is at work."""
        people = [held.value for held in self._read_model.all(Person).values()]
        agents = {person.team for person in people if person.post == "agent" and person.left_on is None}
        return ordered_teams((team for team in agents if team), self._seats())

    def team_seats(self, team: str) -> list[str]:
        """*memory* The ids of the seats at which people of ``team`` work now.

        Raises:
            NotFoundError: there is no such team.

        """
        found = [view.id for view in self._seats() if view.seat.person_id and typed.same(team_of(view), team)]
        if not found and not any(typed.same(each, team) for each in self.teams()):
            raise NotFoundError("error.no_such_team", team=team, known=t("cli.list_comma").join(self.teams()))
        return found

    def plan(self, seat_ids: Iterable[str], wanted: Wanted) -> BreakPlan:
        """The breaks that ``wanted`` changes for the people at these seats. Seats without a shift are left out."""
        return breaks.plan(self._workers(seat_ids), wanted, self.now())

    def change(self, plan: BreakPlan) -> BreaksChanged:
        """Change the breaks in ``plan``, except those that have begun or were changed meanwhile."""
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
                except (RefusedError, NotFoundError) as refused:  # a refusal for one shift must not stop the others
                    why = sentence(refused, mask_text)
                if len(items) == done or change == "cancel":
                    stays += [(each.seat_id, why) for each in rest[len(items) - done :]]
        return BreaksChanged(items=tuple(items), dropped=tuple(dropped), stays=tuple(stays))

    def _change_shift(
        self, shift_id: str, theirs: Sequence[Break], wanted: Wanted, now: datetime
    ) -> Iterator[OutboxItem]:
        """Change breaks of one shift; do nothing while a pending act could reach the platform before or after this one.

        Cancelling targets the seat, assigning the shift. The platform orders only commands with one target, so a change
        of the shift waits for the outcome of a cancelling, and a cancelling for that of a change.
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
        """Drop the unsent commands that cancel these breaks; return index of the break → id of the command."""
        wanted = {each.index for each in theirs}
        dropped: dict[int, str] = {}
        for item in self._read_model.pending(Shift, shift_id):
            index = item.data.get("pause")
            if item.kind == "pause.cancel" and item.state == "waiting" and index in wanted:
                self._desk.drop(item.id, t("breaks.reason.restored"))
                dropped[index] = item.id
        return dropped

    def _stands(self, planned: Break) -> bool:
        """Whether the break is still as it was when it was planned."""
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
    """Return the person at ``seat`` with their shift, None where no shift is known."""
    shift = shift_of(seat.shift_id) if seat.shift_id else None
    if shift is None or not seat.shift_id:
        return None
    return Worker(seat_id=seat_id, name=name_of(seat.person_id), shift_id=seat.shift_id, shift=shift)


def team_of(view: SeatView) -> str:
    """The team whose breaks include those of the person here: the seat's zone where the person has no team."""
    return view.team or view.seat.zone


def ordered_teams(teams: Iterable[str], seats: Sequence[SeatView]) -> list[str]:
    """``teams`` in numeric order, then other teams at the seats, then the zones of seats whose people have no team."""
    named = sorted(set(teams), key=breaks.team_order)
    zones = {view.seat.zone for view in seats if not view.team and (view.seat.person_id or not named)}
    others = {view.team for view in seats if view.team} - set(named)
    return [
        *named,
        *sorted(others, key=breaks.team_order),
        *sorted(zones - set(named) - others, key=breaks.team_order),
    ]


def assignment(shift: Shift) -> dict[str, Any]:
    """The data of a ``shift.assign`` that makes the shift equal to ``shift``."""
    data: dict[str, Any] = msgspec.to_builtins(shift)
    return data


# -- texts for both front ends


def who(team: str, people: int) -> str:
    """A team's name with the number of its people at work."""
    return t("breaks.who", team=visible(team), n=people)


def question(plan: BreakPlan, whose: str) -> str:
    """The question before a change: what, whose breaks, how many and when; or that there are none to change."""
    figures = _figures(plan, whose, len(plan.breaks))
    if not plan.breaks:
        return t(f"breaks.none.{plan.wanted.change}", **figures)
    return t(f"breaks.ask.{plan.wanted.change}", **figures)


def outcome(plan: BreakPlan, whose: str, changed: BreaksChanged) -> str:
    """The text for what was changed, what was not, and which unsent commands were dropped."""
    done = len(plan.breaks) - changed.left
    parts = [t(f"breaks.done.{plan.wanted.change}", **_figures(plan, whose, done))] if done else []
    if changed.dropped:
        parts.append(t("breaks.dropped", n=len(changed.dropped)))
    if changed.left:
        parts.append(t("breaks.left", n=changed.left))
    return " · ".join(parts) or question(plan, whose)


def window_words(wanted: Wanted) -> str:
    """The text for the period in which the breaks begin."""
    if wanted.ahead is None:
        return t("breaks.rest_of_shift")
    return t("breaks.ahead", n=minutes(wanted.ahead))


def kind_words(wanted: Wanted, n: int = 2) -> str:
    """The text for the kinds of breaks; ``n`` chooses singular or plural."""
    return t(f"breaks.kinds.{'_'.join(sorted(wanted.kinds))}", n=n)


def _figures(plan: BreakPlan, whose: str, n: int) -> dict[str, Any]:
    wanted = plan.wanted
    return {
        "who": whose, "n": n, "window": window_words(wanted), "kinds": kind_words(wanted, n),
        "minutes": minutes(wanted.delay),
    }  # fmt: skip
