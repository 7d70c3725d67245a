"""Whose pauses are cancelled in a surge (停休): one seat's, the marked seats', a team's (a zone's without teams)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.screens.confirm import Choose
from floorctl.widgets.painted import brief

if TYPE_CHECKING:
    from floorctl.screens.base import CockpitScreen
    from floorctl.views import SeatView

_DIGITS = 9


async def ask_whose(
    screen: "CockpitScreen", here: "Sequence[SeatView]", everyone: "Sequence[SeatView]"
) -> "list[SeatView] | None":
    """Ask by digit: what the cursor or the marks mean first, then each team; the team under the cursor comes first."""
    teams: dict[str, list[SeatView]] = {}
    for view in everyone:
        if view.seat.person_id:
            teams.setdefault(view.team or view.seat.zone, []).append(view)
    first = (here[0].team or here[0].seat.zone) if here else ""
    named = sorted(teams, key=lambda team: (team != first, team))
    choices: list[tuple[str, list[SeatView]]] = []
    if here:
        who = brief(here[0].person_name) or brief(here[0].seat.number)
        choices.append((who if len(here) == 1 else t("floor.marked_seats", n=len(here)), list(here)))
    choices += [(t("floor.team_of", team=brief(team), n=len(teams[team])), teams[team]) for team in named]
    choices = choices[:_DIGITS]
    chosen = await screen.app.push_screen_wait(Choose(t("floor.ask.whose_pauses"), [name for name, _ in choices]))
    return choices[chosen[0]][1] if chosen else None
