"""Quality inspection on the simulated floor: the rubric, each day's samples with their calls, and past scores."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache, lru_cache
from random import Random

from msgspec.structs import replace

from floorctl.models.base import Ref
from floorctl.models.orders import Order
from floorctl.models.quality import (
    Appeal,
    FatalError,
    Inspection,
    ItemScore,
    Rubric,
    RubricItem,
    RubricSection,
    Sample,
    SampleCall,
)
from floorctl.models.team import Person, Shift
from floorctl.rules.quality import sampling
from floorctl.rules.quality.scoring import total
from floorctl.simulator.content import read
from floorctl.simulator.content.transcripts import transcript
from floorctl.simulator.world.arrivals import lognormal
from floorctl.simulator.world.people import INSPECTORS, MANAGER
from floorctl.simulator.world.setup import Setup

RUBRIC_ID = "rub-1"
RUBRIC_VERSION = 1
PASS_MARK = 85
#: Samples per agent and month, by the floor's rules, and working days in a month.
_A_MONTH, _WORKING_DAYS = 8, 22
#: Samples a day that every inspector scores, to compare them.
_CALIBRATION = 2
#: Minutes per sample, and minutes in which a day's samples are scored: on a large floor more people score.
_MINUTES_A_SAMPLE, _SCORING_MINUTES = 14, 8.5 * 60
#: Which numbers of each day the open orders use.
Serials = Mapping[date, Collection[int]]


@cache
def rubric(effective_from: date) -> Rubric:
    """Return the floor's rubric."""
    words = read("work")["quality"]
    sections = tuple(
        RubricSection(
            title=section["title"],
            items=tuple(
                RubricItem(
                    id=item["id"],
                    title=item["title"],
                    points=float(item["points"]),
                    guide=item["guide"],
                    may_not_apply=item.get("may_not_apply", False),
                )
                for item in section["items"]
            ),
        )
        for section in words["section"]
    )
    fatal = tuple(FatalError(id=each["id"], title=each["title"]) for each in words["fatal"])
    return Rubric(
        title=words["title"], pass_mark=PASS_MARK, sections=sections, effective_from=effective_from, fatal=fatal
    )


@dataclass(frozen=True)
class DrawData:
    """The data that the day's draw uses, by ids; terminals can hold it too, and repeat the draw."""

    people: Mapping[str, Person]
    orders: Mapping[str, Order]
    shifts: Mapping[str, Shift]
    samples: Mapping[str, Sample]
    inspections: Mapping[str, Inspection]
    rubrics: Mapping[str, Rubric]


def drawn_on(setup: Setup, day: date, data: DrawData) -> list[tuple[str, Sample]]:
    """Return the samples of ``day``, drawn by the floor's rules with its seed, and two for calibration."""
    candidates = sampling.candidates(
        day, setup.calendar, data.orders.items(), data.shifts.values(), data.samples.values()
    )
    plans = sampling.plans(day, setup.calendar, data.people, data.samples, data.inspections.values(), data.rubrics)
    drawn = sampling.draw(str(setup.seed), day, candidates, plans)
    rng = Random(f"{setup.seed}:{day}:samples")
    taken = {each.candidate.id for each in drawn}
    rest = [each for each in candidates if each.id not in taken and each.agent_id in plans]
    plan = [(each.candidate.id, each.reason) for each in drawn]
    plan += [(each.id, "calibration") for each in rng.sample(rest, min(_CALIBRATION, len(rest)))]
    rng.shuffle(plan)
    return [
        (f"sm-{day}-{at:03d}", _sample_of_order(setup, rng, day, at, reason, oid, data.orders[oid]))
        for at, (oid, reason) in enumerate(plan, 1)
    ]


def _sample_of_order(setup: Setup, rng: Random, day: date, at: int, reason: str, oid: str, order: Order) -> Sample:
    """Return a sample of the call that an order came from, or of the order itself if it came in another way."""
    agent = order.agent_id or ""
    call = None
    target = Ref("order", oid)
    if order.channel == "phone":
        seconds = _seconds(rng)
        call = SampleCall(
            line=order.line,
            # The order is filled in during the call, and saved at its end.
            started_at=order.received_at - timedelta(seconds=seconds),
            seconds=float(seconds),
            recording_url=f"https://recordings.invalid/{day:%Y/%m}/k{order.number}.wav",
            transcript=transcript(rng, order, agent.removeprefix("p-"), seconds),
        )
        target = Ref("call", f"k{order.number}")
    return Sample(
        day=day,
        target=target,
        agent_id=agent,
        inspector_id=INSPECTORS[at % len(INSPECTORS)],
        reason=reason,
        state="open",
        call=call,
        order_id=oid,
    )


def samples_of(setup: Setup, day: date) -> list[tuple[str, Sample]]:
    """Return the samples of a day that is over, at the planned rate."""
    rng = Random(f"{setup.seed}:{day}:samples")
    if not setup.calendar.is_working_day(day):
        return []
    agents = [each for each in setup.staff.with_post("agent") if rng.random() < _A_MONTH / _WORKING_DAYS]
    return [(f"sm-{day}-{at:03d}", _sample(setup, rng, day, at, agent)) for at, agent in enumerate(agents, 1)]


def _sample(setup: Setup, rng: Random, day: date, at: int, agent: str) -> Sample:
    skills = setup.staff.people[agent].skills
    line = skills[0].removeprefix("q-") if skills else "12345"
    started = datetime.combine(day - timedelta(days=1), time(8), setup.zone) + timedelta(seconds=rng.randrange(36_000))
    seconds = _seconds(rng)
    call_id = f"k{started:%Y%m%d}{line[-2:]}{rng.randrange(1, 3000):05d}"
    return Sample(
        day=day,
        target=Ref("call", call_id),
        agent_id=agent,
        inspector_id=INSPECTORS[at % len(INSPECTORS)],
        reason="random",
        state="open",
        call=SampleCall(
            line=line,
            started_at=started,
            seconds=float(seconds),
            recording_url=f"https://recordings.invalid/{day:%Y/%m}/{call_id}.wav",
        ),
    )


def _seconds(rng: Random) -> int:
    return round(min(1500.0, max(40.0, lognormal(rng, 150, 0.8))))


def inspection_of(
    setup: Setup, sample_id: str, sample: Sample, submitted: datetime, now: datetime
) -> tuple[str, Inspection]:
    """Return a score for ``sample``: most agents do well, a few lose points, very few make a fatal error."""
    rng = Random(f"{setup.seed}:{sample_id}:score")
    words = read("work")["quality"]
    form = rubric(setup.opened.date())
    weakness = _weakness(setup.seed, sample.agent_id)
    scores = []
    for section in form.sections:
        for item in section.items:
            if item.may_not_apply and rng.random() < 0.35:
                scores.append(ItemScore(item_id=item.id, points=None, comment=words["not_applicable"]))
            elif rng.random() < weakness:
                lost = min(item.points, round(item.points * rng.uniform(0.15, 0.7) * 2) / 2 or 0.5)
                scores.append(
                    ItemScore(item_id=item.id, points=item.points - lost, comment=rng.choice(words["comments"]))
                )
            else:
                scores.append(ItemScore(item_id=item.id, points=item.points))
    fatal = (rng.choice(form.fatal).id,) if rng.random() < 0.006 else ()
    mark = float(total(form, scores, fatal))
    state, appeal = "submitted", None
    if mark < 90 and rng.random() < 0.12:
        state, appeal = _appealed(rng, submitted, now)
    return f"in-{sample_id.removeprefix('sm-')}", Inspection(
        sample_id=sample_id,
        rubric_id=RUBRIC_ID,
        rubric_version=RUBRIC_VERSION,
        agent_id=sample.agent_id,
        inspector_id=sample.inspector_id or INSPECTORS[0],
        scores=tuple(scores),
        total=mark,
        state=state,
        submitted_at=submitted,
        fatal=fatal,
        appeal=appeal,
    )


@lru_cache(maxsize=4096)
def _weakness(seed: int, agent_id: str) -> float:
    """Return an agent's chance to lose points on an item, which is constant per agent."""
    return Random(f"{seed}:{agent_id}:level").betavariate(1.6, 9)


def _appealed(rng: Random, submitted: datetime, now: datetime) -> tuple[str, Appeal | None]:
    """Return state and appeal of a score at ``now``: no appeal yet, waiting for a decision, or upheld."""
    words = read("work")["quality"]
    at = submitted + timedelta(hours=rng.uniform(2, 40))
    appeal = Appeal(by="p-1002", at=at, reason=rng.choice(words["appeal_reasons"]))
    decided_at = at + timedelta(hours=rng.uniform(1, 20))
    if at > now:
        return "submitted", None
    if decided_at > now:
        return "appealed", appeal
    return "upheld", replace(appeal, decided_by=MANAGER, decided_at=decided_at, decision=words["upheld"])


def scored_share(now: datetime) -> float:
    """Return the share of a day's samples that is scored by ``now``."""
    hours = now.hour + now.minute / 60
    return min(1.0, max(0.0, (hours - 8.4) / 9.5))


def past_scores(setup: Setup, day: date, now: datetime) -> Iterator[tuple[str, Sample, str, Inspection]]:
    """Yield the samples of a day that is over with their scores: (sample's id, sample, score's id, score)."""
    samples = samples_of(setup, day)
    apart = min(_MINUTES_A_SAMPLE, _SCORING_MINUTES / max(1, len(samples)))
    for at, (sample_id, sample) in enumerate(samples):
        begin = datetime.combine(day, time(9), setup.zone)
        rng = Random(f"{setup.seed}:{sample_id}:when")
        submitted = begin + timedelta(minutes=at * apart + rng.randrange(10), seconds=rng.randrange(60))
        inspection_id, inspection = inspection_of(setup, sample_id, sample, submitted, now)
        yield sample_id, sample, inspection_id, inspection
