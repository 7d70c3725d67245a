"""Quality inspection on the simulated floor: the rubric, each day's samples with their calls, and past scores."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random

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
    TranscriptLine,
)
from floorctl.rules.quality import total
from floorctl.simulator.arrivals import lognormal
from floorctl.simulator.content import read
from floorctl.simulator.content_orders import Slots, matter
from floorctl.simulator.people import INSPECTORS, MANAGER, NEW_DAYS
from floorctl.simulator.world_setup import Setup

RUBRIC_ID = "rub-1"
RUBRIC_VERSION = 1
PASS_MARK = 85
#: Per agent and month, by the floor's rules; a month has about this many working days.
_A_MONTH, _WORKING_DAYS = 8, 22
#: What comes on top of the random ones on a day of a floor of 49: behind complaints, after low scores, to compare.
_COMPLAINTS, _LOW_SCORE, _CALIBRATION = 8, 5, 2
_TODAY = 42


@cache
def rubric(effective_from: date) -> Rubric:
    """The floor's scoring form."""
    words = read("work")["quality"]
    sections = tuple(
        RubricSection(
            title=section["title"],
            items=tuple(
                RubricItem(
                    id=item["id"], title=item["title"], points=float(item["points"]), guide=item["guide"],
                    may_not_apply=item.get("may_not_apply", False),
                )
                for item in section["items"]
            ),
        )
        for section in words["section"]
    )  # fmt: skip
    fatal = tuple(FatalError(id=each["id"], title=each["title"]) for each in words["fatal"])
    return Rubric(
        title=words["title"], pass_mark=PASS_MARK, sections=sections, effective_from=effective_from, fatal=fatal
    )


def samples_of(
    setup: Setup, day: date, complaints: Sequence[tuple[str, Order]] = (), *, transcripts: bool = False
) -> list[tuple[str, Sample]]:
    """The samples drawn for ``day``: random ones by the plan; with ``transcripts`` also what else there is."""
    rng = Random(f"{setup.seed}:{day}:samples")
    agents = setup.staff.with_post("agent")
    if not setup.calendar.is_working_day(day) and not transcripts:
        return []
    plan: list[tuple[str, str, str | None]] = [
        (agent, "random", None) for agent in agents if rng.random() < _A_MONTH / _WORKING_DAYS
    ]
    if transcripts:
        wanted = max(len(plan), round(_TODAY * setup.scale))
        new = [each for each in agents if (day - setup.staff.people[each].hired_on).days < NEW_DAYS]
        plan += [(agent, "new_agent", None) for agent in new for _ in range(2)]
        plan += [(order.agent_id, "complaint", oid) for oid, order in complaints[:_COMPLAINTS] if order.agent_id]
        plan += [(rng.choice(agents), "low_score", None) for _ in range(_LOW_SCORE)]
        plan += [(rng.choice(agents), "calibration", None) for _ in range(_CALIBRATION)]
        plan += [(rng.choice(agents), "random", None) for _ in range(wanted - len(plan))]
        plan = plan[:wanted] if wanted < len(plan) else plan
        rng.shuffle(plan)
    return [
        (f"sm-{day}-{at:03d}", _sample(setup, rng, day, at, agent, reason, oid, transcripts))
        for at, (agent, reason, oid) in enumerate(plan, 1)
    ]


def _sample(
    setup: Setup, rng: Random, day: date, at: int, agent: str, reason: str, oid: str | None, transcript: bool
) -> Sample:
    skills = setup.staff.people[agent].skills
    line = skills[0].removeprefix("q-") if skills else "12345"
    started = datetime.combine(day - timedelta(days=1), time(8), setup.zone) + timedelta(seconds=rng.randrange(36_000))
    seconds = round(min(1500.0, max(40.0, lognormal(rng, 150, 0.8))))
    call_id = f"k{started:%Y%m%d}{line[-2:]}{rng.randrange(1, 3000):05d}"
    said = _transcript(rng, agent, line, seconds) if transcript else ()
    return Sample(
        day=day,
        target=Ref("order", oid) if oid is not None else Ref("call", call_id),
        agent_id=agent,
        inspector_id=INSPECTORS[at % len(INSPECTORS)],
        reason=reason,
        state="open",
        call=SampleCall(
            line=line,
            started_at=started,
            seconds=float(seconds),
            recording_url=f"https://recordings.invalid/{day:%Y/%m}/{call_id}.wav",
            transcript=said,
        ),
        order_id=oid,
    )


def _transcript(rng: Random, agent: str, line: str, seconds: int) -> tuple[TranscriptLine, ...]:
    words = read("work")["transcript"]
    said = matter(rng, line)
    slots = Slots(rng, line=line, no=agent.removeprefix("p-"), title=said.title, region=said.region)
    turns = [
        ("agent", words["open"]),
        ("citizen", words["told"]),
        ("agent", rng.choice(words["where"])),
        ("citizen", rng.choice(words["place"])),
        ("agent", rng.choice(words["since"])),
        ("citizen", rng.choice(words["long"])),
        ("agent", rng.choice(words["detail"])),
        ("citizen", rng.choice(words["detail_reply"])),
        ("agent", rng.choice(words["repeat"])),
        ("citizen", rng.choice(words["yes"])),
        ("agent", rng.choice(words["answer"])),
        ("citizen", rng.choice(words["thanks"])),
        ("agent", words["close"]),
    ]
    step = seconds / (len(turns) + 1)
    return tuple(
        TranscriptLine(speaker=who, at=round(step * at + rng.uniform(0, step * 0.6), 1), text=text.format_map(slots))
        for at, (who, text) in enumerate(turns)
    )


def inspection_of(setup: Setup, sample_id: str, sample: Sample, submitted: datetime) -> tuple[str, Inspection]:
    """A score for ``sample``: most agents do well, a few lose points, very few make a fatal error."""
    rng = Random(f"{setup.seed}:{sample_id}:score")
    words = read("work")["quality"]
    form = rubric(setup.opened.date())
    # Each agent has a level of their own that their scores spread around.
    weakness = Random(f"{setup.seed}:{sample.agent_id}:level").betavariate(1.6, 9)
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
        state, appeal = _appealed(rng, sample, submitted)
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


def _appealed(rng: Random, sample: Sample, submitted: datetime) -> tuple[str, Appeal]:
    words = read("work")["quality"]
    at = submitted + timedelta(hours=rng.uniform(2, 40))
    return "upheld", Appeal(
        by="p-1002",
        at=at,
        reason=rng.choice(words["appeal_reasons"]),
        decided_by=MANAGER,
        decided_at=at + timedelta(hours=rng.uniform(1, 20)),
        decision=words["upheld"],
    )


def scored_share(now: datetime) -> float:
    """How much of a day's samples is scored by now."""
    hours = now.hour + now.minute / 60
    return min(1.0, max(0.0, (hours - 8.4) / 9.5))


def past_scores(setup: Setup, day: date) -> Iterator[tuple[str, Sample, str, Inspection]]:
    """The samples of a day that is over with their scores: (sample's id, sample, score's id, score)."""
    for at, (sample_id, sample) in enumerate(samples_of(setup, day)):
        begin = datetime.combine(day, time(9), setup.zone)
        rng = Random(f"{setup.seed}:{sample_id}:when")
        submitted = begin + timedelta(minutes=at * 14 + rng.randrange(10), seconds=rng.randrange(60))
        inspection_id, inspection = inspection_of(setup, sample_id, sample, submitted)
        yield sample_id, sample, inspection_id, inspection
