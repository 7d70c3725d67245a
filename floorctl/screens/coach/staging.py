"""Sets up a task: what it is about on this floor now, and the best way. None: the floor has nothing for it now."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.models.order_filter import OrderFilter
from floorctl.rules.alerts.urgency import next_to_take_up
from floorctl.rules.staffing.breaks import AHEAD, Wanted
from floorctl.screens.coach.given import TEXT, Given, Setting
from floorctl.text.numbers import whole
from floorctl.widgets.painted import brief

if TYPE_CHECKING:
    from datetime import datetime

    from floorctl.floor.floor import Floor
    from floorctl.floor.views import AlertView, OrderView, SeatView
    from floorctl.rules.staffing.breaks import Break

#: An order that was urged within this time is asked about before it is urged again.
_URGED_LATELY = timedelta(hours=1)
#: A staged alert was raised so long ago, so that no other one is more urgent.
_LONG_AGO = timedelta(hours=20)
#: Breaks that begin sooner than this or end of the window are not asked for: they begin while the trainee works.
_MARGIN = timedelta(minutes=4)
_TWO_HOURS = timedelta(hours=2)
#: Most characters of an order's title in an alert's.
_TITLE = 200
#: How often, and how many seconds apart, it is looked whether the floor screen marks an alert.
_MARK_TRIES, _MARK_PAUSE = 50, 0.1
_PHONED = "phone_department"
#: Orders among which one to search for is chosen, and its place among them: none of the latest, which are in sight.
_SOUGHT_AMONG, _SOUGHT_AT = 200, 97


async def nothing_pressed(_setting: Setting) -> Given:
    """Nothing is needed, and nothing has to be pressed."""
    return Given(())


async def latest_order(_setting: Setting) -> Given:
    """Return the way to Orders, where the latest order is on top."""
    return Given(("3",))


async def three_latest(setting: Setting) -> Given | None:
    """Return the three latest orders; where one was urged within the hour, the cockpit asks once more."""
    page = await asyncio.to_thread(_latest, setting.floor, 3)
    if len(page) < 3:
        return None
    again = ("y",) if any(_urged_lately(view, setting.floor.now()) for view in page) else ()
    return Given(("3", "space", "space", "space", "u", *again), frozenset(view.id for view in page))


def _latest(floor: "Floor", n: int) -> "list[OrderView]":
    return list(floor.orders.page(OrderFilter(), sort="latest", limit=n).items)


def _urged_lately(view: "OrderView", now: "datetime") -> bool:
    return any(now - urge.at < _URGED_LATELY for urge in view.order.urges)


async def next_alert(setting: Setting) -> Given | None:
    """Return the way through the next alert whose department must be phoned; where there is none, one is raised."""
    floor = setting.floor
    view = _next_alert(floor)
    if view is None and await asyncio.to_thread(_raise, floor):
        view = _next_alert(floor)
    if view is None or not await _is_marked(setting, view.id):
        return None
    digit = next(at for at, step in enumerate(view.alert.steps, 1) if step.kind == _PHONED)
    return Given(("a", str(digit), TEXT, "enter"), about=frozenset({view.id}))


async def _is_marked(setting: Setting, alert_id: str) -> bool:
    """Wait until the floor screen marks the alert as the next one: the mark moves so late that people see it move."""
    from floorctl.screens.floor.alert_rail import AlertRail

    rails = [*setting.screen.query(AlertRail)] if setting.screen is not None else []
    for rail in rails:
        rail.follow_at_once()
    for _ in range(_MARK_TRIES):
        if any(rail.marked == alert_id for rail in rails):
            return True
        await asyncio.sleep(_MARK_PAUSE)
    return False


def _next_alert(floor: "Floor") -> "AlertView | None":
    view = next_to_take_up(floor.alerts.all(), floor.now())
    if view is None or view.alert.state != "open":
        return None
    return view if any(step.kind == _PHONED and step.done_at is None for step in view.alert.steps) else None


def _raise(floor: "Floor") -> bool:
    """Raise the alert of a special matter about an order that has none today; return whether there is one."""
    now = floor.now()
    known = set(floor.alerts.ids())
    for view in floor.orders.page(OrderFilter(state=("dispatched",)), sort="number", limit=_SOUGHT_AMONG).items:
        alert_id = f"special_order:{view.id}:{now:%Y-%m-%d}"
        if alert_id in known:
            continue
        data = {
            "kind": "special_order",
            "severity": "warning",
            "title": t("coach.alert", title=view.order.title[:_TITLE]),
            "subject": {"kind": "order", "id": view.id},
            "raised_at": (now - _LONG_AGO).isoformat(),
        }
        try:
            floor.desk.submit("alert.raise", alert_id, data, automatic=True)
        except FloorctlError:
            return False
        return True
    return False


async def seat_below(setting: Setting) -> Given | None:
    """Return the seat that one arrow leads to, and a queue that it does not serve."""
    from floorctl.screens.floor.seat_plan import SeatPlan

    queues = setting.floor.queues.all()
    for plan in setting.screen.query(SeatPlan) if setting.screen is not None else ():
        for arrow, rows, columns in (("down", 1, 0), ("right", 0, 1)):
            plan.action_edge(0)
            first = plan.cursor_seat
            plan.action_move(columns, rows)
            seat = plan.cursor_seat
            plan.action_edge(0)
            if seat is None or (first is not None and seat.id == first.id):
                continue
            found = _other_queue(seat, [view.id for view in queues])
            if found is not None:
                words = {
                    "seat": t("coach.seat", number=brief(seat.seat.number), name=brief(seat.person_name)).strip(),
                    "queue": brief(queues[found].queue.name),
                }
                return Given((arrow, "k", str(found + 1), "enter"), (seat.id, queues[found].id), words)
    return None


def _other_queue(seat: "SeatView", queue_ids: Sequence[str]) -> int | None:
    """Return the index of a queue that the seat does not serve, else of one that it does not serve alone."""
    skills = seat.seat.skills
    new = next((at for at, each in enumerate(queue_ids[:9]) if each not in skills), None)
    return new if new is not None else next((at for at, each in enumerate(queue_ids[:9]) if skills != (each,)), None)


async def team_with_breaks(setting: Setting) -> Given | None:
    """Return a team with breaks in the next two hours, best one for which the first hour alone is not enough."""
    teams = setting.floor.breaks.teams()[:9]
    found = [(at, team, await asyncio.to_thread(_breaks, setting.floor, team)) for at, team in enumerate(teams, 1)]
    found = [each for each in found if each[2]]
    if not found:
        return None
    soon = setting.floor.now() + timedelta(seconds=AHEAD) + 2 * _MARGIN
    digit, team, wanted = next((each for each in found if each[2][-1].pause.starts_at > soon), found[0])
    more = ("w",) if wanted[-1].pause.starts_at > soon else ()
    about = frozenset((each.shift_id, each.index) for each in wanted)
    return Given(("p", str(digit), *more, "y"), about, {"team": brief(team)})


def _breaks(floor: "Floor", team: str) -> "list[Break]":
    now = floor.now()
    plan = floor.breaks.plan(floor.breaks.team_seats(team), Wanted(ahead=_TWO_HOURS.total_seconds()))
    return [each for each in plan.breaks if now + _MARGIN < each.pause.starts_at < now + _TWO_HOURS - _MARGIN]


async def month_score(_setting: Setting) -> Given:
    """Return the way to the score."""
    return Given(("6",))


async def score_costs(_setting: Setting) -> Given:
    """Return the way to what cost the score most."""
    return Given(("6", "enter"))


async def order_to_find(setting: Setting) -> Given | None:
    """Return an order that is not in sight, to be found by its number."""
    page = await asyncio.to_thread(_latest, setting.floor, _SOUGHT_AMONG)
    if not page:
        return None
    view = page[min(_SOUGHT_AT, len(page) - 1)]
    return Given(("f", TEXT), view.id, {"number": brief(view.order.number)})


async def note_about_an_order(_setting: Setting) -> Given:
    """Return the way to a note for the next shift about the latest order."""
    return Given(("3", "n", TEXT, "enter"))


async def note_while_cut(setting: Setting) -> Given:
    """Cut the line; return the way to a note and to the list in which it is seen to be sent."""
    await setting.cut()
    return Given(("n", TEXT, "enter", "s"))


async def sample_to_score(setting: Setting) -> Given | None:
    """Return the way through the sample on top of today's plan, with one point less on an item."""
    from floorctl.screens.quality.lists import Request, read
    from floorctl.screens.quality.sample import can_score
    from floorctl.screens.quality.score_form import LETTERS

    floor = setting.floor
    listing = await asyncio.to_thread(read, floor, Request())
    first = next(iter(listing.entries.values()), None)  # the cursor is on it, also where it is another's
    view = await asyncio.to_thread(floor.quality.rubric)
    if first is None or view is None or not can_score(first):
        return None
    items = [item for section in view.rubric.sections for item in section.items]
    at, item = next(((at, item) for at, item in enumerate(items) if 2 <= item.points < 10), (0, items[0]))
    keys = ("5", "enter", "f", LETTERS[at], str(whole(item.points - 1)), TEXT, "ctrl+s")
    return Given(keys, {each.id: each.points for each in items}, {"item": brief(item.title)})
