"""The tasks of a practice, in the order in which they are given.

A task is declared once, in ``TASKS``: who does it, how it is set up on the floor, how it is recognised as done. It is
recognised by what has come of the keys: commands of this terminal, the screen that is shown and what is on it. So any
way that leads there counts, and a longer one counts its keys. Its words are ``coach.task.<name>`` (the sentence) and
``coach.name.<name>``.
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from floorctl.rules.commands.roles import ALL_ROLES, INSPECTOR, SHIFT_LEAD, SUPERVISOR
from floorctl.screens.coach import recognise, staging
from floorctl.screens.coach.given import Given, Setting, Sight

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor

_SL = frozenset({SUPERVISOR, SHIFT_LEAD})
_SI = frozenset({SUPERVISOR, INSPECTOR})


@dataclass(frozen=True)
class Task:
    """One task. ``needs``: the command kind without which it can't be done; "": none.

    ``looks``: nothing is to be pressed; the trainee says by key that it was seen.
    ``cuts_line``: its setting cuts the line, which is mended as soon as something was done without it.
    """

    name: str
    roles: frozenset[str]
    set_up: Callable[[Setting], Awaitable[Given | None]]
    is_done: Callable[[Sight, Given], bool]
    needs: str = ""
    looks: bool = False
    cuts_line: bool = False


_EVERYBODY = frozenset(ALL_ROLES)

TASKS: tuple[Task, ...] = (
    Task("seats", _EVERYBODY, staging.nothing_pressed, recognise.never, looks=True),
    Task("live", _EVERYBODY, staging.nothing_pressed, recognise.never, looks=True),
    Task("latest", _EVERYBODY, staging.latest_order, recognise.on_the_latest_order),
    Task("urge", _SL, staging.three_latest, recognise.urged, "order.urge"),
    Task("alert", _SL, staging.next_alert, recognise.acknowledged_and_phoned, "alert.step"),
    Task("skills", _SL, staging.seat_below, recognise.seat_moved, "seat.skills"),
    Task("breaks", _SL, staging.team_with_breaks, recognise.breaks_cancelled, "pause.cancel"),
    Task("score", _EVERYBODY, staging.month_score, recognise.sees_score),
    Task("costs", _EVERYBODY, staging.score_costs, recognise.sees_costs),
    Task("search", _EVERYBODY, staging.order_to_find, recognise.on_order),
    Task("note", _SL, staging.note_about_an_order, recognise.noted_about_an_order, "handover.note"),
    Task("sample", _SI, staging.sample_to_score, recognise.scored_but_for_one_item, "inspection.submit"),
    Task("outage", _SL, staging.note_while_cut, recognise.note_seen_sent, "handover.note", cuts_line=True),
)


def tasks_for(floor: "Floor", roles: Iterable[str]) -> tuple[Task, ...]:
    """Return the tasks of people with ``roles`` that the person signed in may do."""
    theirs = frozenset(roles)
    return tuple(task for task in TASKS if task.roles & theirs and (not task.needs or floor.desk.may(task.needs)))
