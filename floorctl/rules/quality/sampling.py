"""The day's plan of quality inspection: which calls and orders are scored today, drawn reproducibly.

``draw`` draws; ``candidates`` and ``plans`` compute its inputs from data that every cache holds.

The floor's rules: eight samples per agent and month, spread over their working days, twice that in their first thirty
days; every call that led to a complaint; an agent whose last total was below the pass mark again within five working
days; the rest at random, stratified by shift and line. The same seed, day and candidates give the same draw, in any
order of the candidates.
"""

import random
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta

import msgspec

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person, Shift
from floorctl.rules.quality.scoring import passed

SAMPLES_A_MONTH = 8
NEW_AGENT_DAYS = 30


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A call or order that can be scored. ``complaint``: it led to a complaint order."""

    id: str
    agent_id: str
    shift: str
    line: str
    complaint: bool = False


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent still needs: samples already drawn this month, and working days left in it, today included.

    ``below_pass_mark``: the last total was below it, and no sample has been drawn since.
    """

    hired_on: date
    drawn: int = 0
    days_left: int = 1
    below_pass_mark: bool = False


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that was drawn, and the reason: complaint, low_score, new_agent or random."""

    candidate: Candidate
    reason: str


def is_new(hired_on: date, day: date) -> bool:
    """Return whether the agent is in the first thirty days."""
    return day - hired_on < timedelta(days=NEW_AGENT_DAYS)


def a_month(hired_on: date, day: date) -> int:
    """Return how many samples the agent needs in the month of ``day``."""
    return SAMPLES_A_MONTH * (2 if is_new(hired_on, day) else 1)


def owed(hired_on: date, day: date, scored: int) -> int:
    """Return how many of the month's samples are still to be scored."""
    return max(0, a_month(hired_on, day) - scored)


def due_today(plan: AgentPlan, day: date, chance: random.Random) -> int:
    """Return how many samples to draw today, with the rest of the month spread evenly over the days left.

    A remainder is distributed by chance, each remaining day being equally likely: agents cannot predict the day, and by
    the end of the month all have their samples.
    """
    rest = max(0, a_month(plan.hired_on, day) - plan.drawn)
    days = max(1, plan.days_left)
    return rest // days + (chance.randrange(days) < rest % days)


def draw(seed: str, day: date, candidates: Iterable[Candidate], agents: Mapping[str, AgentPlan]) -> list[Drawn]:
    """Return the day's samples. Complaints count towards the agent's number; unknown agents are ignored."""
    by_agent: dict[str, list[Candidate]] = {agent_id: [] for agent_id in sorted(agents)}
    for candidate in sorted(candidates, key=lambda each: each.id):
        if candidate.agent_id in by_agent:
            by_agent[candidate.agent_id].append(candidate)
    drawn: list[Drawn] = []
    for agent_id, own in by_agent.items():
        drawn += _of_agent(random.Random(f"{seed}/{day.isoformat()}/{agent_id}"), day, own, agents[agent_id])
    return drawn


def _of_agent(chance: random.Random, day: date, own: list[Candidate], plan: AgentPlan) -> list[Drawn]:
    due = due_today(plan, day, chance)
    drawn = [Drawn(candidate=each, reason="complaint") for each in own if each.complaint]
    others = _stratified(chance, [each for each in own if not each.complaint])
    # Drawn on the first possible day, so always within the five working days.
    if plan.below_pass_mark and not drawn and others:
        drawn.append(Drawn(candidate=others.pop(), reason="low_score"))
    reason = "new_agent" if is_new(plan.hired_on, day) else "random"
    while others and len(drawn) < due:
        drawn.append(Drawn(candidate=others.pop(), reason=reason))
    return drawn


def _stratified(chance: random.Random, candidates: list[Candidate]) -> list[Candidate]:
    """Shuffle, then deal from the strata in turn; the result is to be taken from its end."""
    strata: dict[tuple[str, str], list[Candidate]] = {}
    for each in candidates:
        strata.setdefault((each.shift, each.line), []).append(each)
    piles = [strata[key] for key in sorted(strata)]
    for pile in piles:
        chance.shuffle(pile)
    chance.shuffle(piles)
    dealt = []
    while piles:
        dealt += [pile.pop() for pile in piles]
        piles = [pile for pile in piles if pile]
    return dealt[::-1]


# -- inputs of the draw


def window(day: date, calendar: WorkCalendar) -> tuple[datetime, datetime]:
    """Return the period in which a day's candidates were received: from the previous working day to the start of it."""
    first = day - timedelta(days=1)
    while not calendar.is_working_day(first):
        first -= timedelta(days=1)
    return datetime.combine(first, time(), calendar.zone), datetime.combine(day, time(), calendar.zone)


def candidates(
    day: date,
    calendar: WorkCalendar,
    orders: Iterable[tuple[str, Order]],
    shifts: Iterable[Shift],
    samples: Iterable[Sample],
) -> list[Candidate]:
    """Return the candidates of ``day``: orders that an agent recorded in the window, without those sampled before.

    Orders stand for their calls, because every cache holds the orders.
    """
    since, until = window(day, calendar)
    taken = {each for sample in samples if sample.day < day for each in (sample.order_id, sample.target.id)}
    by_person: dict[str, list[Shift]] = {}
    for shift in shifts:
        by_person.setdefault(shift.person_id, []).append(shift)

    def shift_at(person_id: str, at: datetime) -> str:
        worked = by_person.get(person_id, ())
        return next((shift.name for shift in worked if shift.starts_at <= at < shift.ends_at), "")

    return [
        Candidate(
            id=order_id,
            agent_id=order.agent_id,
            shift=shift_at(order.agent_id, order.received_at),
            line=order.line,
            complaint=order.type == "complaint",
        )
        for order_id, order in orders
        if order.agent_id is not None and since <= order.received_at < until and order_id not in taken
    ]


def plans(
    day: date,
    calendar: WorkCalendar,
    people: Mapping[str, Person],
    samples: Mapping[str, Sample],
    inspections: Iterable[Inspection],
    rubrics: Mapping[str, Rubric],
) -> dict[str, AgentPlan]:
    """Return what each agent on the floor on ``day`` still needs, as of the start of it. Calibration is left out."""
    drawn: Counter[str] = Counter()
    newest: dict[str, date] = {}
    for sample in samples.values():
        if sample.reason == "calibration" or sample.day >= day or sample.state == "skipped":
            continue
        newest[sample.agent_id] = max(newest.get(sample.agent_id, date.min), sample.day)
        drawn[sample.agent_id] += (sample.day.year, sample.day.month) == (day.year, day.month)
    last = _last_scores(datetime.combine(day, time(), calendar.zone), samples, inspections)
    left = _working_days_left(day, calendar)

    def below(agent_id: str) -> bool:
        score = last.get(agent_id)
        if score is None or newest.get(agent_id, date.min) > score.submitted_at.astimezone(calendar.zone).date():
            return False
        rubric = rubrics.get(score.rubric_id)
        return rubric is not None and not passed(rubric, score.total)

    return {
        each: AgentPlan(hired_on=person.hired_on, drawn=drawn[each], days_left=left, below_pass_mark=below(each))
        for each, person in people.items()
        if person.post == "agent" and person.hired_on <= day and (person.left_on is None or person.left_on > day)
    }


def _last_scores(
    until: datetime, samples: Mapping[str, Sample], inspections: Iterable[Inspection]
) -> dict[str, Inspection]:
    last: dict[str, Inspection] = {}
    for each in inspections:
        sample = samples.get(each.sample_id)
        if each.submitted_at >= until or (sample is not None and sample.reason == "calibration"):
            continue
        before = last.get(each.agent_id)
        if before is None or (each.submitted_at, each.sample_id) > (before.submitted_at, before.sample_id):
            last[each.agent_id] = each
    return last


def _working_days_left(day: date, calendar: WorkCalendar) -> int:
    left, each = 0, day
    while each.month == day.month:
        left += calendar.is_working_day(each)
        each += timedelta(days=1)
    return max(1, left)
