"""A thousand orders and three hundred calls of the simulated floor, as a critical reader gets them."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo

from floorctl.calendar import WorkCalendar
from floorctl.models.orders import Citizen, Order
from floorctl.models.quality import TranscriptLine
from floorctl.simulator.content import people, places
from floorctl.simulator.content.orders import Matter, department_names, matter, topics
from floorctl.simulator.content.story import Story, story_of
from floorctl.simulator.content.transcripts import transcript
from floorctl.simulator.world import order_life

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar(ZONE)
SEEDS = (1, 2, 3, 4)
#: Working days and days off, in every season; the year's turn and its first day too.
DAYS = (
    date(2026, 11, 25), date(2026, 1, 1), date(2026, 1, 14), date(2026, 3, 2), date(2026, 5, 30), date(2026, 7, 8),
    date(2026, 8, 20), date(2026, 9, 1), date(2026, 10, 7), date(2026, 12, 31),
)  # fmt: skip
AGENT = "2017"


@dataclass(frozen=True)
class Call:
    """A call with the order that was made of it."""

    order: Order
    seconds: float
    lines: tuple[TranscriptLine, ...]

    def said_by(self, speaker: str) -> str:
        return "\n".join(each.text for each in self.lines if each.speaker == speaker)


def an_order(rng: Random, day: date, said: Matter | None = None) -> Order:
    """An order as the simulation makes it: from a call, or written; and its life to the end."""
    at = datetime.combine(day, time(), ZONE) + timedelta(seconds=rng.randrange(86_400))
    phone = people.phone(rng) if rng.random() < 0.75 else None
    agent = f"p-{AGENT}" if phone is not None else None
    order = order_life.receive(rng, f"{day:%Y%m%d}00001", said or matter(rng), at, agent_id=agent, phone=phone)
    while (step := order_life.next_step(order, rng, CALENDAR, at)) is not None:
        at, order = step
    return order


@cache
def drawn() -> tuple[Order, ...]:
    """A thousand orders as they come."""
    return tuple(
        an_order(rng, day) for seed in SEEDS for day in DAYS for rng in [Random(f"{seed}:{day}")] for _ in range(25)
    )


@cache
def orders() -> tuple[Order, ...]:
    """Those, and one of every matter, since some are rare."""
    rng = Random(8)
    rare = [
        an_order(rng, date(2026, case.months[-1] if case.months else 11, 18), Matter(topic, case, region))
        for topic in topics()
        for case in topic.cases
        for region in [rng.choice(places.names())]
    ]
    return (*drawn(), *rare)


@cache
def calls() -> tuple[Call, ...]:
    """Three hundred calls, of all the special orders among them."""
    rng = Random(9)
    phoned = [each for each in orders() if each.channel == "phone"]
    special = [each for each in phoned if each.urgency != "normal"]
    made = []
    for order in [*special, *(each for each in phoned if each.urgency == "normal")][:300]:
        seconds = float(round(min(1500.0, max(40.0, rng.lognormvariate(4.8, 0.7)))))
        made.append(Call(order, seconds, transcript(rng, order, AGENT, seconds)))
    return tuple(made)


def story(order: Order) -> Story:
    found = story_of(order)
    assert found is not None, order.content
    return found


def citizen(order: Order) -> Citizen:
    assert order.citizen is not None
    return order.citizen


def age(order: Order) -> int | None:
    """The citizen's age by the identity number."""
    number = citizen(order).id_no
    if number is None:
        return None
    born, day = date.fromisoformat(f"{number[6:10]}-{number[10:12]}-{number[12:14]}"), order.received_at.date()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def written(order: Order) -> str:
    return f"{order.title}\n{order.content}"


def numbers(pattern: str, text: str) -> list[int]:
    return [int(each) for each in re.findall(pattern, text)]


@cache
def _regions() -> tuple[re.Pattern[str], dict[str, str]]:
    of = {each: region for region in places.names() for named in places.of(region).values() for each in named}
    # Streets are part of many other names; where they stand alone they are called 街道.
    of = {name: region for name, region in of.items() if len(name) > 2}
    of |= {f"{street}街道": region for region in places.names() for street in places.of(region)["street"]}
    return re.compile("|".join(map(re.escape, sorted(of, key=len, reverse=True)))), of


def regions_of_places(text: str) -> set[str]:
    """The regions that the places named in ``text`` lie in, and those that it names."""
    pattern, of = _regions()
    return {of[each] for each in pattern.findall(text)} | {each for each in places.names() if each in text}


def department(order: Order) -> str:
    return department_names()[order.lead_department_id] if order.lead_department_id else ""


def shown(order: Order) -> str:
    who = citizen(order)
    return (
        f"\n[{order.type} {order.channel} {order.received_at:%Y-%m-%d %H:%M} {order.region}] {order.title}\n"
        f"  {order.content}\n  {who.name} {who.id_no} {who.address}\n  {department(order)}: {order.result}"
    )


def none_of(read: Iterable[Order], wrong: Callable[[Order], object]) -> None:
    """Fail with the texts of the orders that ``wrong`` says something is wrong with."""
    found = [shown(each) for each in read if wrong(each)]
    assert not found, f"{len(found)} orders:" + "".join(found[:5])


def no_call(read: Iterable[Call], wrong: Callable[[Call], object]) -> None:
    """Fail with the texts of the calls that ``wrong`` says something is wrong with."""
    found = [
        shown(each.order)
        + f" {each.seconds} s, wrong: {said}"
        + "".join(f"\n    {line.at:6} {line.speaker:7} {line.text}" for line in each.lines)
        for each in read
        if (said := wrong(each))
    ]
    assert not found, f"{len(found)} calls:" + "".join(found[:4])
