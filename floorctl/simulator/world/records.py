"""The floor's records besides calls and orders: handovers, facts for the assessment, surges, knowledge."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime, time, timedelta
from random import Random

from floorctl.models.alerts import Surge, SurgeAction
from floorctl.models.assessment import Fact
from floorctl.models.handover import Handover, HandoverItem
from floorctl.models.knowledge import Article, Correction
from floorctl.simulator.content import read
from floorctl.simulator.content.orders import categories
from floorctl.simulator.content.slots import Slots
from floorctl.simulator.scenarios import SCENARIOS
from floorctl.simulator.world.people import LEADS, MANAGER
from floorctl.simulator.world.rota import SHIFT_LENGTH
from floorctl.simulator.world.setup import Setup

#: (outgoing shift, incoming shift, hour of the change, days until the change)
HANDOVERS = (("night", "morning", 8, 0), ("morning", "evening", 16, 0), ("evening", "night", 0, 1))
_MINUTE = timedelta(minutes=1)
#: Kind of a mishap, how likely it is in a month, and the days after the month's first on which it is noted.
_MISHAPS = (("task_missed", 0.15, 12), ("purchaser_criticism", 0.1, 19), ("media_exposure", 0.06, 8))


def handover_id(day: date, from_shift: str) -> str:
    """Return the id of a shift's handover."""
    return f"ho-{day}-{from_shift}"


def changes_at(setup: Setup, day: date, hour: int, add: int) -> datetime:
    """Return when a shift of ``day`` hands over."""
    return datetime.combine(day + timedelta(days=add), time(hour), setup.zone)


def handover(
    setup: Setup, day: date, from_shift: str, to_shift: str, at: datetime, calls: tuple[int, int] | None = None
) -> Handover:
    """Return a handover: open during the shift, or given and taken around ``at``.

    ``calls``: how many calls came in the shift and were answered; None: the shift is not over.
    """
    taken = calls is not None
    rng = Random(f"{setup.seed}:{day}:{from_shift}:handover")
    words = read("work")["handover"]
    slots = Slots(rng, district=rng.choice(read("floor")["regions"]["names"]), seat=f"{rng.randint(1, 35):02d}")
    count = rng.randint(1, 4) if taken else rng.randint(1, 2)
    items = tuple(
        HandoverItem(
            id=f"{day:%m%d}-{from_shift}-{index}", text=text.format_map(slots), done=taken and rng.random() < 0.8
        )
        for index, text in enumerate(rng.sample(words["items"], count), 1)
    )
    if calls is None:
        return Handover(day=day, from_shift=from_shift, to_shift=to_shift, state="open", items=items)
    offered, answered = calls
    rate = one_decimal(answered, offered)
    summary = words["summary"].format(offered=offered, answered=answered, rate=rate, urgent=rng.randint(0, 2))
    giver, taker = LEADS if rng.random() < 0.5 else LEADS[::-1]
    return Handover(
        day=day,
        from_shift=from_shift,
        to_shift=to_shift,
        state="taken",
        items=items,
        summary=summary,
        given_by=giver,
        given_at=at - rng.uniform(1, 9) * _MINUTE,
        taken_by=taker,
        taken_at=at + rng.uniform(1, 12) * _MINUTE,
    )


def calls_between(quarters: Iterable[tuple[float, int, int]], begins: datetime, ends: datetime) -> tuple[int, int]:
    """Return the offered and answered calls of the quarter hours (start, offered, answered) from ``begins`` on."""
    first, last = begins.timestamp(), ends.timestamp()
    within = [(offered, answered) for start, offered, answered in quarters if first <= start < last]
    return sum(offered for offered, _ in within), sum(answered for _, answered in within)


def one_decimal(part: int, of: int) -> str:
    """Return a percentage with one decimal, ``—`` of nothing."""
    return f"{part / of * 100:.1f}" if of else "—"


def handovers_of(
    setup: Setup, day: date, now: datetime, quarters: Iterable[tuple[float, int, int]]
) -> Iterator[tuple[str, Handover]]:
    """Yield the handovers of ``day``: taken if the shift is over, open if it works, none if it has not begun.

    ``quarters``: the day's quarter hours of every queue, as (start, offered, answered).
    """
    counted = list(quarters)
    for from_shift, to_shift, hour, add in HANDOVERS:
        at = changes_at(setup, day, hour, add)
        if at - SHIFT_LENGTH <= now:
            calls = calls_between(counted, at - SHIFT_LENGTH, at) if at + 15 * _MINUTE <= now else None
            yield handover_id(day, from_shift), handover(setup, day, from_shift, to_shift, at, calls)


def facts(setup: Setup, now: datetime) -> Iterator[tuple[str, Fact]]:
    """Yield facts since the year began, on the contract's schedule, with some praise and rarely a missed task."""
    words = read("work")["facts"]
    today = setup.today(now)
    happens = SCENARIOS.get(setup.scenario)
    rng = Random(f"{setup.seed}:facts")
    months = [date(today.year, month, 1) for month in range(1, today.month + 1)]
    number = 0
    for first in months:
        made: list[Fact] = []
        held = rng.randint(4, 7)
        if first == months[-1] and happens is not None and happens.trainings is not None:
            held = happens.trainings
        for at in range(held):
            made.append(
                Fact(
                    kind="training",
                    day=first + timedelta(days=2 + at * 4),
                    title=rng.choice(words["training"]),
                    evidence=words["evidence"],
                )
            )
        if first.month % 3 == 2:
            quarter = (first.month + 1) // 3
            made += [
                Fact(kind="team_event", day=first + timedelta(days=17), title=rng.choice(words["team_event"])),
                Fact(
                    kind="learning_board",
                    day=first + timedelta(days=9),
                    title=words["learning_board"][0].format(n=quarter),
                ),
                Fact(kind="service_star", day=first + timedelta(days=24), title=words["service_star"][0]),
            ]
        if first.month % 2 == 0:
            sat = rng.randint(4, 8)
            made.append(
                Fact(
                    kind="onboarding_training",
                    day=first + timedelta(days=5),
                    days=rng.randint(20, 24),
                    title=words["onboarding_training"],
                )
            )
            made.append(
                Fact(
                    kind="onboarding_exam",
                    day=first + timedelta(days=26),
                    sat=sat,
                    passed=sat - (rng.random() < 0.5),
                    title=words["onboarding_exam"],
                )
            )
        made += [
            Fact(
                kind="public_praise",
                day=first + timedelta(days=rng.randrange(27)),
                title=rng.choice(words["public_praise"]),
                matter=words["praise_matter"].format(month=first.month, n=at + 1),
            )
            for at in range(rng.randint(0, 2))
        ]
        for kind, chance, day in _MISHAPS:
            if rng.random() < chance:
                made.append(Fact(kind=kind, day=first + timedelta(days=day), title=words[kind]))
        for fact in made:
            number += 1
            if fact.day <= today:
                yield f"f-{today.year}-{number:03d}", fact


def surges(setup: Setup, days: int, now: datetime) -> Iterator[tuple[str, Surge]]:
    """Yield the responses to the surges of the ``days`` days before today."""
    words = read("work")["surges"]
    today = setup.today(now)
    for back in range(1, days + 1):
        day = today - timedelta(days=back)
        found = setup.arrivals.surge(day)
        if found is None:
            continue
        rng = Random(f"{setup.seed}:{day}:surge-record")
        started = found.start + rng.uniform(4, 10) * _MINUTE
        seats = rng.sample([place.seat_id for place in setup.staff.places if place.skills], 3)
        actions = [
            SurgeAction(
                kind="reskill", at=started + 2 * _MINUTE, by=LEADS[0], seat_id=seats[0], detail=words["reskill"]
            ),
            SurgeAction(
                kind="reskill", at=started + 3 * _MINUTE, by=LEADS[0], seat_id=seats[1], detail=words["reskill"]
            ),
            SurgeAction(
                kind="cancel_pause",
                at=started + 5 * _MINUTE,
                by=MANAGER,
                seat_id=seats[2],
                detail=words["cancel_pause"],
            ),
            SurgeAction(kind="note", at=found.end, by=LEADS[1], detail=words["note"]),
        ]
        reason = rng.choice(words["reasons"]).format(district=rng.choice(read("floor")["regions"]["names"]))
        yield (
            f"su-{day}",
            Surge(
                reason=reason,
                started_at=started,
                ended_at=found.end + 10 * _MINUTE,
                queue_id=found.queue_id,
                actions=tuple(actions),
            ),
        )


def knowledge(setup: Setup, now: datetime) -> Iterator[tuple[str, str, Article | Correction]]:
    """Yield articles and requests for corrections, as (kind, id, entity)."""
    rng = Random(f"{setup.seed}:knowledge")
    words = read("knowledge")
    today = setup.today(now)
    by_department = {category.department_ids[0]: cid for cid, category in categories()}
    ids = []
    for at, entry in enumerate(words["articles"], 1):
        title, topic, department, keywords = entry.split("|")
        slots = Slots(rng)
        body = "\n".join(line.format_map(slots) for line in words["paragraphs"])
        expires = None
        if rng.random() < 0.45:
            expires = today + timedelta(days=rng.choice((-3, 2, 5, 9, 14, 25, 40, 90, 180)))
        state = rng.choices(("published", "review", "draft", "retired"), (88, 5, 4, 3))[0]
        article_id = f"a-{at:03d}"
        ids.append((article_id, department))
        yield (
            "article",
            article_id,
            Article(
                title=title,
                topic=topic,
                category_id=by_department.get(department),
                department_id=department,
                body=f"{title}\n{body}",
                keywords=tuple(keywords.split()),
                state=state,
                smart=rng.random() < 0.6,
                expires_on=expires,
                updated_at=now - timedelta(days=rng.uniform(1, 200)),
                views=round(rng.lognormvariate(5.5, 1.0)),
            ),
        )
    agents = setup.staff.with_post("agent")
    for at, text in enumerate(read("work")["corrections"]["texts"] * 2, 1):
        article_id, department = rng.choice(ids)
        raised = now - timedelta(days=rng.uniform(0.2, 12))
        state = rng.choices(("open", "sent", "fixed", "rejected"), (4, 4, 3, 1))[0]
        yield (
            "correction",
            f"co-{at:03d}",
            Correction(
                article_id=article_id,
                text=text,
                raised_by=rng.choice(agents),
                raised_at=raised,
                state=state,
                department_id=department,
                due_at=raised + timedelta(days=5),
                decided_at=min(now, raised + timedelta(days=rng.uniform(0.5, 4)))
                if state in ("fixed", "rejected")
                else None,
            ),
        )
