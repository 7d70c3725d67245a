"""The day's draw: fair to every agent over the months, and the same for everyone who draws it again."""

import random
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from floorctl.calendar import WorkCalendar
from floorctl.models.base import Ref
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person
from floorctl.rules.quality import sampling
from floorctl.rules.quality.sampling import AgentPlan, Candidate, due_today
from tests.rules import small_floor
from tests.rules.small_floor import ZONE

DAY = date(2026, 3, 2)
LONG_AGO = date(2024, 1, 1)
CALENDAR = WorkCalendar(ZONE)


def calls(count: int, **given: Any) -> list[Candidate]:
    fields = {"agent_id": "p-1", "shift": "morning", "line": "12345", **given}
    return [Candidate(id=f"{fields['agent_id']}-{fields['line']}-{each:03}", **fields) for each in range(count)]


class TestTheDraw:
    @given(st.randoms(use_true_random=False), st.text(max_size=5))
    def test_anyone_can_draw_it_again_in_any_order(self, chance: Any, seed: str) -> None:
        agents = {f"p-{each}": AgentPlan(hired_on=LONG_AGO, days_left=3) for each in range(4)}
        candidates = [call for agent in agents for call in calls(6, agent_id=agent)]
        first = sampling.draw(seed, DAY, candidates, agents)
        chance.shuffle(candidates)
        assert sampling.draw(seed, DAY, candidates, agents) == first
        assert 4 * 2 <= len(first) <= 4 * 3

    def test_another_seed_draws_others(self) -> None:
        agents = {"p-1": AgentPlan(hired_on=LONG_AGO, days_left=1)}
        assert sampling.draw("a", DAY, calls(100), agents) != sampling.draw("b", DAY, calls(100), agents)

    @given(st.integers(0, 20), st.integers(0, 25), st.booleans(), st.randoms(use_true_random=False))
    def test_the_rest_of_the_month_is_spread_over_the_days_left(
        self, drawn: int, days: int, new: bool, chance: random.Random
    ) -> None:
        plan = AgentPlan(hired_on=DAY if new else LONG_AGO, drawn=drawn, days_left=days)
        rest = max(0, (16 if new else 8) - drawn)
        due = due_today(plan, DAY, chance)
        assert rest // max(days, 1) <= due <= -(-rest // max(days, 1))

    @given(st.integers(1, 25), st.randoms(use_true_random=False))
    def test_by_the_months_end_everyone_had_theirs(self, days: int, chance: random.Random) -> None:
        drawn = 0
        for left in range(days, 0, -1):
            drawn += due_today(AgentPlan(hired_on=LONG_AGO, drawn=drawn, days_left=left), DAY, chance)
        assert drawn == 8

    def test_no_day_is_likelier_than_another(self) -> None:
        chance, on_day = random.Random(1), Counter[int]()
        for _ in range(2000):
            drawn = 0
            for day in range(20):
                due = due_today(AgentPlan(hired_on=LONG_AGO, drawn=drawn, days_left=20 - day), DAY, chance)
                drawn, on_day[day] = drawn + due, on_day[day] + due
        # 800 are expected on each day, with a deviation of 22.
        assert all(abs(count - 800) < 110 for count in on_day.values())

    def test_every_complaint_is_drawn_and_a_low_score_comes_again(self) -> None:
        done = AgentPlan(hired_on=LONG_AGO, drawn=8)
        complaints = calls(3, complaint=True)
        assert [each.reason for each in sampling.draw("s", DAY, complaints, {"p-1": done})] == ["complaint"] * 3
        low = AgentPlan(hired_on=LONG_AGO, drawn=8, below_pass_mark=True)
        assert [each.reason for each in sampling.draw("s", DAY, calls(9), {"p-1": low})] == ["low_score"]
        new = AgentPlan(hired_on=DAY, days_left=8)
        assert [each.reason for each in sampling.draw("s", DAY, calls(9), {"p-1": new})] == ["new_agent"] * 2

    def test_every_line_has_its_turn(self) -> None:
        candidates = calls(50) + calls(2, line="12333") + calls(2, line="12320")
        drawn = sampling.draw("s", DAY, candidates, {"p-1": AgentPlan(hired_on=LONG_AGO, drawn=5)})
        assert {each.candidate.line for each in drawn} == {"12345", "12333", "12320"}


class SixtyDays:
    """A floor whose every working day is drawn from what its orders, shifts, samples and scores say by then."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.seed = str(seed)
        self.first = date(2026, 3, 1)
        self.people: dict[str, Person] = {
            f"p-{at}": small_floor.person(hired_on=LONG_AGO if at else self.first) for at in range(6)
        }
        self.orders: dict[str, Order] = {}
        self.samples: dict[str, Sample] = {}
        self.scores: list[Inspection] = []
        self.rubrics: dict[str, Rubric] = {"r-1": small_floor.rubric()}
        self.low: dict[str, date] = {}

    def days(self) -> Iterator[date]:
        yield from (self.first + timedelta(days=at) for at in range(61))

    def live(self) -> None:
        for day in self.days():
            if CALENDAR.is_working_day(day):
                self.draw(day)
            self.work(day)

    def work(self, day: date) -> None:
        for agent in self.people:
            for _ in range(self.chance.randrange(6, 12)):
                at = datetime.combine(day, time(self.chance.randrange(24)), ZONE)
                kind = "complaint" if self.chance.random() < 0.01 else "help"
                line = self.chance.choice(["12345", "12345", "12333"])
                self.orders[f"o-{len(self.orders):05}"] = small_floor.order(
                    agent_id=agent, received_at=at, type=kind, line=line
                )

    def drawn(self, day: date) -> list[sampling.Drawn]:
        candidates = sampling.candidates(day, CALENDAR, self.orders.items(), (), self.samples.values())
        plans = sampling.plans(day, CALENDAR, self.people, self.samples, self.scores, self.rubrics)
        return sampling.draw(self.seed, day, candidates, plans)

    def draw(self, day: date) -> None:
        drawn = self.drawn(day)
        for at, each in enumerate(drawn):
            order_id = each.candidate.id
            self.samples[f"{day}-{at:03}"] = small_floor.sample(
                day=day,
                target=Ref("order", order_id),
                order_id=order_id,
                agent_id=each.candidate.agent_id,
                reason=each.reason,
                state="scored",
            )
            total = 70.0 if self.chance.random() < 0.1 else 95.0
            scored = small_floor.inspection(
                sample_id=f"{day}-{at:03}",
                agent_id=each.candidate.agent_id,
                total=total,
                submitted_at=datetime.combine(day, time(15), ZONE) + timedelta(seconds=at),
            )
            self.scores.append(scored)


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_sixty_days_are_fair(seed: int) -> None:
    floor_ = SixtyDays(seed)
    floor_.live()
    by_month: dict[tuple[str, int], Counter[str]] = {}
    for sample in floor_.samples.values():
        by_month.setdefault((sample.agent_id, sample.day.month), Counter())[sample.reason] += 1
    for agent in floor_.people:
        for month in (3, 4):
            found = by_month[agent, month]
            wanted = 16 if (agent, month) == ("p-0", 3) else 8
            # Nobody has less than their share; complaints and low scores alone can make it more. On the 31st the new
            # agent is new no more, and what was still to come by then need not.
            assert sum(found.values()) >= wanted - (wanted == 16)
            assert sum(found.values()) <= wanted + found["complaint"] + found["low_score"]
    everything = {sample.order_id for sample in floor_.samples.values()}
    last = max(sample.day for sample in floor_.samples.values())
    until = datetime.combine(last, time(), ZONE)
    since = sampling.window(min(sample.day for sample in floor_.samples.values()), CALENDAR)[0]
    complaints = {
        order_id
        for order_id, order in floor_.orders.items()
        if order.type == "complaint" and since <= order.received_at < until
    }
    assert complaints <= everything
    assert len(everything) == len(floor_.samples), "nothing is sampled twice"


@settings(max_examples=5)
@given(st.integers(0, 10_000))
def test_whoever_failed_in_their_last_is_listened_to_again_within_five_working_days(seed: int) -> None:
    floor_ = SixtyDays(seed)
    floor_.live()
    last = max(floor_.samples.values(), key=lambda sample: sample.day).day
    # Who failed in one sample and passed in the next of the same day has not failed in their last.
    last_of_day = {(score.agent_id, score.submitted_at.date()): score for score in floor_.scores}
    for score in last_of_day.values():
        day = score.submitted_at.date()
        within = day
        for _ in range(5):
            within = CALENDAR.add_working_days(datetime.combine(within, time(), ZONE), 1).date()
        if score.total < 85 and within <= last:
            later = [each.day for each in floor_.samples.values() if each.agent_id == score.agent_id and each.day > day]
            assert min(later) <= within


@settings(max_examples=5)
@given(st.integers(0, 10_000), st.integers(0, 60))
def test_a_day_drawn_again_later_is_the_same_plan(seed: int, at: int) -> None:
    floor_ = SixtyDays(seed)
    floor_.live()
    day = floor_.first + timedelta(days=at)
    if not CALENDAR.is_working_day(day):
        return
    again = [(each.candidate.id, each.reason) for each in floor_.drawn(day)]
    assert again == [
        (sample.order_id, sample.reason) for each, sample in sorted(floor_.samples.items()) if sample.day == day
    ]


# -- what is drawn from


def test_a_monday_is_drawn_from_since_friday() -> None:
    since, until = sampling.window(DAY, CALENDAR)
    assert (since.date(), until.date()) == (date(2026, 2, 28), DAY)  # a Saturday worked in exchange for the holiday
    since, _ = sampling.window(date(2026, 3, 9), CALENDAR)
    assert since == datetime(2026, 3, 6, tzinfo=ZONE)


@pytest.mark.parametrize(
    ("changed", "is_one"),
    [({}, True), ({"agent_id": None}, False), ({"received_at": datetime(2026, 3, 2, tzinfo=ZONE)}, False)],
)
def test_a_candidate_was_taken_down_by_an_agent_in_the_window(changed: dict[str, Any], is_one: bool) -> None:
    order = small_floor.order(
        **{"agent_id": "p-1", "received_at": datetime(2026, 3, 1, 23, 59, tzinfo=ZONE), **changed}
    )
    shift = small_floor.shift(
        name="night",
        starts_at=datetime(2026, 3, 1, 16, tzinfo=ZONE),
        ends_at=datetime(2026, 3, 2, tzinfo=ZONE),
    )
    found = sampling.candidates(DAY, CALENDAR, [("o-1", order)], [shift], [])
    assert [(each.id, each.shift) for each in found] == ([("o-1", "night")] if is_one else [])


def test_what_was_sampled_before_is_no_candidate_and_what_is_sampled_today_still_is() -> None:
    order = small_floor.order(agent_id="p-1", received_at=datetime(2026, 3, 1, 12, tzinfo=ZONE))
    for day, found in ((DAY, 1), (DAY - timedelta(days=1), 0)):
        sample = small_floor.sample(day=day, target=Ref("order", "o-1"))
        assert len(sampling.candidates(DAY, CALENDAR, [("o-1", order)], [], [sample])) == found


def test_calibration_counts_for_nobodys_share() -> None:
    samples = {
        "s-1": small_floor.sample(day=date(2026, 3, 3), agent_id="p-1", reason="calibration"),
        "s-2": small_floor.sample(day=date(2026, 3, 3), agent_id="p-1", state="skipped"),
        "s-3": small_floor.sample(day=date(2026, 3, 3), agent_id="p-1"),
        "s-4": small_floor.sample(day=date(2026, 2, 3), agent_id="p-1"),
    }
    people = {"p-1": small_floor.person(), "p-2": small_floor.person(left_on=DAY), "p-3": small_floor.person(post="hr")}
    plans = sampling.plans(date(2026, 3, 4), CALENDAR, people, samples, [], {})
    assert {each: plan.drawn for each, plan in plans.items()} == {"p-1": 1}
