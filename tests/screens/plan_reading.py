"""Reading the seat plan off the screen: zones, seats and their positions."""

import re

from rich.cells import cell_len

from floorctl.screens.floor.seat_plan import SeatPlan
from tests.screens.looking import CockpitPilot, drawn

#: A seat: mark or blank, number, whether it was moved, the sign of its state.
_SEAT = re.compile(r"(?<=[ ▌◆])(\d{2,}) *⇄? ?[○●◐◇◎◍▷·?]")
#: The name of a zone where it stands above its seats, with its counts, or beside the first of them.
_COUNTED = re.compile(r"^[▌ ](\S+?) *[▸▾]")
_BESIDE = re.compile(r"^[▌ ](\S+) ")


def plan_of(pilot: CockpitPilot) -> SeatPlan:
    """Return the plan on the screen in sight."""
    return pilot.app.screen.query_one(SeatPlan)


def planned(pilot: CockpitPilot) -> dict[str, list[str]]:
    """Return zone → the numbers of its seats that are in sight."""
    found: dict[str, list[str]] = {}
    zone = ""
    for line in (strip.text for strip in drawn(plan_of(pilot))):
        if counted := _COUNTED.match(line):
            zone = counted[1]
            found.setdefault(zone, [])
            continue
        if (beside := _BESIDE.match(line)) and not beside[1].isdigit():
            zone = beside[1]
        if seats := _SEAT.findall(line):
            found.setdefault(zone, []).extend(seats)
    return found


def zones_in_sight(pilot: CockpitPilot) -> list[str]:
    """Return the zones that are in sight."""
    return list(planned(pilot))


def place_of(pilot: CockpitPilot, number: str) -> tuple[int, int]:
    """Return column and line of a seat in the plan, for the mouse."""
    for line, strip in enumerate(drawn(plan_of(pilot))):
        for seat in _SEAT.finditer(strip.text):
            if seat[1] == number:
                return cell_len(strip.text[: seat.start(1)]), line
    raise AssertionError(f"seat {number} is not in sight")
