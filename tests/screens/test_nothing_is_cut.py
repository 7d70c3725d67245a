"""On every screen, in both languages and three sizes: numbers, times, names and labels are whole or not there."""

import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from rich.cells import cell_len

from floorctl.screens.app import CockpitApp
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.widgets.table import PlainTable
from tests.scope import FULL
from tests.screens.filled_floor import DEPARTMENTS
from tests.screens.looking import IN_TURN, cockpit, columns, in_sight, lines, press
from tests.screens.whole_floor import whole_floor

#: In short the widest is left out, where nothing is near to being cut.
LOOKS = IN_TURN if FULL else IN_TURN[:3]
#: What may end with … keeps so many cells; the name of a department says enough with fewer.
LEAST, LEAST_DEPARTMENT = 14, 10
#: Screen and view → the keys that lead there.
VIEWS: dict[str, list[str]] = {
    "floor": ["1"],
    "seat": ["1", "enter"],
    "ladder": ["1", "a"],
    "floor as a table": ["1", "t"],
    "queues": ["2"],
    "orders": ["3"],
    "overdue": ["3", "O"],
    "to dispatch": ["3", "D"],
    "to call back": ["3", "C"],
    "an order": ["3", "A", "enter"],
    "alerts": ["4"],
    "closed alerts": ["4", "h"],
    "samples": ["5"],
    "progress": ["5", "G"],
    "scores": ["5", "S"],
    "double-scored": ["5", "X"],
    "calibration": ["5", "C"],
    "results": ["5", "R"],
    "results by item": ["5", "R", "b", "b", "b"],
    "assessment": ["6"],
    "what it cost": ["6", "enter"],
    "facts": ["6", "t"],
    "handover": ["7"],
    "sync": ["s"],
    "trail": ["s", "t"],
    "scoring": ["5", "P", "enter"],
    "undo": ["1", "z"],
}


def cut_short(line: str, names: Iterable[str], least: int = LEAST) -> list[str]:
    """Return what is wrong with the cells of ``line`` that end with …"""
    wrong = []
    for found in re.finditer(r"…(?=$|[ │▐])", line):
        kept = re.split(r" {2,}|[│▐▌]", line[: found.start()])[-1].strip()
        if not kept:
            continue  # not loaded yet, or a sentence of ours
        if re.search(r"[\d%/.]$|\d:$", kept) and not re.search(r"\b\d{13}$", kept):  # a whole number of an order
            wrong.append(f"a number is cut: {kept}…")
        elif any(name.startswith(kept.split()[-1]) for name in names):
            wrong.append(f"a name is cut: {kept}…")
        elif cell_len(kept) < least and not (
            cell_len(kept) >= LEAST_DEPARTMENT and any(each.startswith(kept) for each in DEPARTMENTS)
        ):
            wrong.append(f"only {cell_len(kept)} cells: {kept}…")
    return wrong


def open_boxes(shown: list[str]) -> list[str]:
    """Lines in which the sides of a box that begins with a line of ``┌ ┬ ┐`` are not where they are in that line."""
    wrong = []
    sides: list[int] = []
    for line in shown:
        places = dict(enumerate(columns(line)))
        if line.startswith("┌"):
            sides = [place for place, char in places.items() if char and char in "┌┬┐"]
        elif line.startswith("└"):
            sides = []
        elif any(places.get(place) != "│" for place in sides):
            wrong.append(line)
    return wrong


def names_cut(app: CockpitApp, shown: str) -> list[str]:
    """Return the names that are not whole at the seats that are drawn."""
    plans = [plan for plan in app.screen.query(SeatPlan) if plan.display]
    seats = [spot.seat for plan in plans for row in plan._rows for spot in row if spot.seat is not None]
    return [view.person_name for view in seats if view.seat.state != "signed_out" and view.person_name not in shown]


def titles_cut(app: CockpitApp) -> list[str]:
    """Return the texts in the lists' headers that are neither titles nor the note about new rows."""
    wrong = []
    for table in app.screen.query(PlainTable):
        titles = {column.title.strip() for column in table.columns}
        before = table.news
        for table.news in (0, 12):
            *shown, _badge = table.picture(table.size.width, 2)[0]
            wrong += [piece.text for piece in shown[1:] if piece.text.strip() not in titles | {""}]
        table.news = before
    return wrong


@pytest.mark.parametrize(("size", "language"), LOOKS)
async def test_numbers_times_names_and_labels_are_whole_on_every_screen(
    tmp_path: Path, size: tuple[int, int], language: str
) -> None:
    floor = whole_floor(tmp_path, language)
    names = [view.person_name for view in floor.seats.all() if view.person_name]
    wrong: list[str] = []
    try:
        async with cockpit(floor, size) as pilot:
            app = pilot.app
            assert isinstance(app, CockpitApp)
            for view, keys in VIEWS.items():
                await press(pilot, keys)
                await pilot.pause(1.0 if view == "handover" else 0.3)
                shown = lines(app)
                # What an item of the handover is about begins with what has to be done, and by when.
                least = 0 if view == "handover" else LEAST
                wrong += [f"{view}: {each}" for line in in_sight(app)[:-1] for each in cut_short(line, names, least)]
                wrong += [f"{view}: keys or figures are cut: {shown[-1]}" for _ in [0] if "…" in shown[-1]]
                wrong += [f"{view}: {cell_len(line)} cells: {line}" for line in shown if cell_len(line) != size[0]]
                wrong += [f"{view}: beyond its box: {line}" for line in open_boxes(shown)]
                wrong += [f"{view}: a name is cut: {name}" for name in names_cut(app, "\n".join(shown))]
                wrong += [f"{view}: a title is cut: {title}" for title in titles_cut(app)]
                await press(pilot, ["escape", "escape"])
    finally:
        floor.close()
    assert not wrong, "\n".join(dict.fromkeys(wrong))
