"""Judges alarms by the definitions that stand beside the worked example (``tests/data/hotspots.json``)."""

from datetime import datetime
from typing import Any

import msgspec

from floorctl.rules.hotspots import DAY, wall_seconds


class State(msgspec.Struct, frozen=True):
    """What an alarm said at one time: ``category`` is a path."""

    at: float
    category: tuple[str, ...] | None
    region: str | None
    orders: frozenset[int]


Alarm = list[State]


def seconds(at: str) -> float:
    """Return a time of the example on the wall clock of its zone, which all of its times are in."""
    parsed = datetime.fromisoformat(at)
    assert parsed.tzinfo is not None
    return wall_seconds(parsed, parsed.tzinfo)


def names(state: State, cluster: dict[str, Any]) -> bool:
    """Return whether a state names a cluster."""
    if state.at < seconds(cluster["from"]):
        return False
    paths = [cluster["category"]] if cluster["category"] else cluster["categories"]
    of_category_day = cluster["kind"] == "category_day"
    if state.category is None:
        if of_category_day:
            return False
    elif not any(tuple(path[: len(state.category)]) == state.category for path in paths):
        return False
    if not of_category_day and state.region not in (None, cluster["region"]):
        return False
    counted = len(state.orders & set(cluster["orders"]))
    return counted >= 2 and 4 * counted >= len(state.orders)


def found(alarms: list[Alarm], clusters: list[dict[str, Any]]) -> set[str]:
    """Return the ids of the clusters that were found in time."""
    return {
        cluster["id"]
        for cluster in clusters
        for alarm in alarms
        for state in alarm
        if names(state, cluster) and state.at <= seconds(cluster["must_find_by"])
    }


def false_alarms(alarms: list[Alarm], clusters: list[dict[str, Any]]) -> list[Alarm]:
    """Return the alarms that name no cluster."""
    return [alarm for alarm in alarms if not any(names(state, each) for state in alarm for each in clusters)]


def decoyed(false: list[Alarm], decoy: dict[str, Any]) -> bool:
    """Return whether a decoy alarmed."""
    if decoy["kind"] == "first_day_rush":
        return any(seconds(decoy["from"]) <= alarm[0].at <= seconds(decoy["until"]) for alarm in false)
    orders = set(decoy["orders"])
    return any(2 * len(state.orders & orders) >= len(state.orders) for alarm in false for state in alarm)


def day_number(day: str) -> int:
    """Return a date of the example as the number that days have in the rule."""
    return int(seconds(f"{day}T00:00:00+00:00") // DAY)
