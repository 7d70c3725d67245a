"""A small floor for the tests of the rules: one of everything, with the fields that matter given by name."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from floorctl.models.base import Entity, Ref
from floorctl.models.command import Command
from floorctl.models.orders import Order
from tests.build import DAY, HOUR, MINUTE, Entities

__all__ = ["DAY", "HOUR", "MINUTE"]

ZONE = ZoneInfo("Asia/Shanghai")
#: A Monday that is worked, at 14:00 on the floor's clock.
NOW = datetime(2026, 3, 2, 14, 0, tzinfo=ZONE)


made = Entities(NOW)
seat, talking, queue, call = made.seat, made.talking, made.queue, made.call
person, shift, pause = made.person, made.shift, made.pause
order, alert, step = made.order, made.alert, made.step
rubric, sample, inspection = made.rubric, made.sample, made.inspection
interval, resource, handover, surge = made.interval, made.resource, made.handover, made.surge


def world() -> dict[tuple[str, str], Entity]:
    """One of everything, by kind and id."""
    return {
        ("seat", "s-01"): seat(),
        ("queue", "q-12345"): queue(),
        ("queue", "q-12333"): queue(name="人社", line="12333"),
        ("resource", "trunk"): resource(),
        ("person", "p-1"): person(),
        ("shift", "sh-1"): shift(),
        ("department", "d-1"): made.department(),
        ("department", "d-2"): made.department(name="城管局"),
        ("category", "c-1"): made.category(),
        ("order", "o-1"): order(),
        ("order", "o-2"): order(2),
        ("missed_call", "m-1"): made.missed_call(),
        ("alert", "a-1"): alert(steps=(step(), step("follow_up", HOUR))),
        ("rubric", "r-1"): rubric(),
        ("sample", "sa-1"): sample(),
        ("inspection", "i-1"): inspection(),
        ("handover", "ho-2026-03-02-morning"): handover(),
        ("fact", "f-1"): made.fact(),
        ("surge", "su-1"): surge(),
        ("article", "k-1"): made.article(department_id="d-1"),
        ("correction", "co-1"): made.correction(),
    }


def returned(**given: Any) -> Order:
    """Return an order that its department has sent back; nobody has decided on it."""
    log = (made.returned(),)
    return order(**{"state": "returned", "dispatched_at": NOW - DAY, "returns": 1, "return_log": log, **given})


def asking_for_time(**given: Any) -> Order:
    """Return an order whose department asks for an extension; nobody has decided on it."""
    return order(**{"state": "accepted", "dispatched_at": NOW - DAY, "extension": made.extension(), **given})


def command(kind: str, target: tuple[str, str], made_at: datetime = NOW, /, **data: Any) -> Command:
    return Command(
        id="018f0000-0000-7000-8000-000000000000", kind=kind, target=Ref(*target), made_at=made_at, data=data
    )
