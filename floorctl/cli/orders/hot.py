"""``orders --hot``: the matters about which more people call than chance allows."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Any

from floorctl.cli import rows
from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.output import Cell
from floorctl.i18n import t
from floorctl.text import hot_spots
from floorctl.text.numbers import count_text, half_up, json_probability, usual_number
from floorctl.text.times import when

if TYPE_CHECKING:
    from collections.abc import Mapping

    from floorctl.cli.invocation import Invocation
    from floorctl.cli.output import Column
    from floorctl.floor.floor import Floor
    from floorctl.floor.hot_spots.views import HotSpotView

_PLACES = 2


def show_hot(run: Invocation, limit: int) -> None:
    """Print the matters that swell, the newest first; what the history is too short for is said, not guessed."""
    with closing(run.floor()) as floor:
        found = floor.hot_spots.all()
        views = found.swelling
        shown = views[:limit] if limit else views
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            numbers = _numbers(floor, shown)
            run.output.document(shapes.listing(floor, [hot_spot(shapes, each, numbers) for each in shown], len(views)))
        elif shown:
            run.output.table(_columns(), [_row(floor, view) for view in shown])
        elif found.enough:
            run.output.note(t("hot_spots.none"))
        if not found.enough:
            run.output.warn(t("hot_spots.too_short", n=found.held, least=found.needed))
        if len(shown) < len(views) and not run.output.json:
            run.output.note(t("cli.more", shown=len(shown), total=len(views)))
        say_age(run.output, floor)


def hot_spot(shapes: Shapes, view: HotSpotView, numbers: Mapping[str, str]) -> dict[str, Any]:
    """An item of ``orders --hot``; ``numbers``: the numbers of its orders by their ids."""
    return {
        "level": view.level,
        "category": list(view.category) or None,
        "region": view.region,
        "window": view.window,
        "count": view.count,
        "callers": view.callers,
        "expected": float(half_up(view.expected, _PLACES)),
        "p_value": json_probability(view.p_value),
        "since": shapes.time(view.since),
        "orders": [numbers.get(each, each) for each in view.order_ids],
    }


def _numbers(floor: Floor, views: list[HotSpotView]) -> dict[str, str]:
    ids = [each for view in views for each in view.order_ids]
    return {view.id: view.order.number for view in floor.orders.many(ids)}


def _columns() -> list[Column]:
    return rows.columns(
        ("hot_matter", "keep"),
        ("hot_place", "keep"),
        ("hot_callers", "right keep"),
        ("hot_usual", "right keep"),
        ("hot_window", "keep 2"),
        ("hot_orders", "right keep 1"),
        ("hot_since", "keep"),
    )


def _row(floor: Floor, view: HotSpotView) -> list[str | Cell]:
    return [
        Cell(hot_spots.matter(view.category), "red" if view.critical_since is not None else ""),
        hot_spots.place(view.region),
        count_text(view.callers),
        usual_number(view.expected),
        t(f"hot_spots.window.{view.window}"),
        count_text(view.count),
        when(view.since, floor.now()),
    ]
