"""The simulated floor draws its samples by the rule, with its seed, so that anyone's cache can draw them again."""

from collections import Counter
from datetime import date, timedelta
from typing import TypeVar

from floorctl.calendar import WorkCalendar
from floorctl.models.base import Entity
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.quality import sampling
from floorctl.simulator.seed.seed import seed_history
from tests.simulator.simulated_floor import SEED, TEN, ZONE, Floor, floor

E = TypeVar("E", bound=Entity)


def entities(opened: Floor, kind: str, expected: type[E]) -> dict[str, E]:
    return {each: entity for each, entity in opened.all(kind).items() if isinstance(entity, expected)}


def drawn_again(opened: Floor, day: date, seed: str) -> Counter[tuple[str, str]]:
    """The draw as a stranger does it, from what the platform tells everyone."""
    calendar = WorkCalendar(ZONE)
    samples = entities(opened, "sample", Sample)
    candidates = sampling.candidates(
        day,
        calendar,
        entities(opened, "order", Order).items(),
        entities(opened, "shift", Shift).values(),
        samples.values(),
    )
    plans = sampling.plans(
        day,
        calendar,
        entities(opened, "person", Person),
        samples,
        entities(opened, "inspection", Inspection).values(),
        entities(opened, "rubric", Rubric),
    )
    drawn = sampling.draw(seed, day, candidates, plans)
    return Counter((each.candidate.id, each.reason) for each in drawn)


def planned(opened: Floor, day: date) -> Counter[tuple[str, str]]:
    samples = entities(opened, "sample", Sample).values()
    return Counter(
        (each.order_id or "", each.reason) for each in samples if each.day == day and each.reason != "calibration"
    )


def test_the_opening_days_plan_and_the_next_ones_can_be_drawn_again() -> None:
    with floor(orders=6000) as opened:
        seed_history(opened.store, days=45)
        today = TEN.date()
        assert planned(opened, today) == drawn_again(opened, today, str(SEED))
        assert planned(opened, today) != drawn_again(opened, today, "another")
        assert {"complaint", "random"} <= {reason for _, reason in planned(opened, today)}
        opened.go(22 * 3600, every=3600)
        tomorrow = today + timedelta(days=1)
        assert planned(opened, tomorrow)
        assert planned(opened, tomorrow) == drawn_again(opened, tomorrow, str(SEED))


def test_two_samples_a_day_compare_the_inspectors() -> None:
    with floor() as opened:
        samples = entities(opened, "sample", Sample).values()
        assert Counter(each.reason for each in samples)["calibration"] == 2
        assert all(each.call is not None and each.call.transcript for each in samples if each.target.kind == "call")
