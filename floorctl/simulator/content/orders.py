"""Contents of orders: topics with their categories and departments, the matters in them, and the text of one order."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache, cached_property
from itertools import accumulate
from random import Random

import msgspec

from floorctl.models.orders import Category, Citizen, Department
from floorctl.simulator.content import people, places, read
from floorctl.simulator.content.slots import Slots, said_of

#: In a list of departments: the government of the region that the matter is in.
REGION = "region"
#: Share of callers who do not give their name when they report somebody.
_UNNAMED_REPORTS = 0.3
#: An incident that everybody sees is said to have begun at one of these times, in minutes, at least so long before.
_ON_THE, _BEFORE = 30, 3


#: How many of the orders are of which type: half of those who call have a question.
_TYPES = {
    "inquiry": 0.50, "help": 0.34, "complaint": 0.035, "report": 0.045, "suggestion": 0.045, "opinion": 0.035,
}  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What citizens call about in the same way: its texts with blanks, its type, who calls and who handles it."""

    type: str
    title: str
    content: str
    #: What the citizen says on the telephone.
    said: str
    #: The answer to an inquiry.
    answer: str = ""
    #: What came of any other order.
    done: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    who: str = "any"
    #: It is about where the caller lives.
    home: bool = False
    #: The months that it occurs in; empty: any.
    months: tuple[int, ...] = ()
    #: Where others ask for it by name.
    key: str = ""
    #: It is only told where others ask for it by name.
    kept: bool = False


@dataclass(frozen=True)
class Topic:
    """A leaf of the category tree: its cases, the departments that handle it, and its urgency."""

    category_id: str
    path: tuple[str, ...]
    line: str
    departments: tuple[str, ...]
    weight: float
    cases: tuple[Case, ...]
    urgency: str

    @cached_property
    def common(self) -> tuple[Case, ...]:
        """The cases that come up by themselves."""
        return tuple(each for each in self.cases if not each.kept)

    @cached_property
    def seasons(self) -> Mapping[int, tuple[Case, ...]]:
        """The common cases of each month."""
        return {
            month: tuple(each for each in self.common if not each.months or month in each.months)
            for month in range(1, 13)
        }


@dataclass(frozen=True)
class Matter:
    """A citizen's matter before it is told. ``given``: what is known of it already, by slot."""

    topic: Topic
    case: Case
    region: str
    given: Mapping[str, str] = field(default_factory=dict)
    #: Since when; None: some time before it is told.
    began: datetime | None = None
    #: Written down in the words that the citizen says it in.
    spoken: bool = False
    #: The citizen has called about it before.
    again: bool = False
    #: Who tells it; None: anybody.
    citizen: Citizen | None = None

    def told(self, rng: Random, at: datetime, channel: str) -> "Told":
        """Return the matter as it is told at ``at`` by ``channel``; out of season it is another one of its topic."""
        case = self.case
        if case.months and at.month not in case.months:
            case = rng.choice(self.topic.seasons[at.month])
        person = people.who(rng, case.who)
        slots = Slots(rng, at, **self.given)
        slots["region"] = self.region
        slots["own_age"] = person.age
        callers = read("orders")["openings"]["callers"]
        slots["caller"] = callers.get(channel) or callers["online"]
        if case.key or self.began is not None:
            began = self.began or _just_before(at)
            slots["lately"] = said_of(began.astimezone(at.tzinfo), at)
        account = case.content.format_map(slots)
        if self.spoken:
            account = str(read("orders")["spoken"]).format(said=case.said.format_map(slots).rstrip("。！？"))
        return Told(
            topic=self.topic,
            case=case,
            title=case.title.format_map(slots),
            account=account,
            slots=slots,
            person=person,
            again=self.again,
            known=self.citizen,
        )


def _just_before(at: datetime) -> datetime:
    """Return the last half hour before ``at``, so that all who call about one incident name the same time."""
    before = at - timedelta(minutes=_BEFORE)
    return before.replace(minute=before.minute - before.minute % _ON_THE, second=0, microsecond=0)


@dataclass(frozen=True)
class Told:
    """A matter with its blanks filled in. ``account``: what is told, without who tells it and what is asked for."""

    topic: Topic
    case: Case
    title: str
    account: str
    slots: Slots
    person: people.Who
    again: bool = False
    known: Citizen | None = None

    def citizen(self, rng: Random, at: datetime) -> Citizen:
        """Return who tells it. Who calls about something of their own gives a name."""
        if self.known is not None:
            return self.known
        if "{caller}" in self.case.content:
            unnamed = 0.0
        else:
            unnamed = _UNNAMED_REPORTS if self.case.type == "report" else people.UNNAMED
        home = self.slots if self.case.home else None
        return people.citizen(rng, at.date(), self.slots["region"], self.person, home, unnamed)

    def content(self, rng: Random, citizen: Citizen, channel: str) -> str:
        """Return the order's content: who tells it, the account, and what is asked for."""
        words = read("orders")
        openings = words["openings"]
        if channel in openings["channels"]:
            opening = rng.choice(openings["online"])
        elif channel == "transfer":
            opening = rng.choice(openings["transfer"])
        else:
            opening = rng.choice(openings["unnamed" if citizen.name is None else "named"])
        opening = opening.format(
            surname=citizen.name and citizen.name[0],
            form=citizen.name and people.form_of_address(citizen.name),
            verb=openings["verbs"][self.case.type],
            channel=openings["channels"].get(channel),
        )
        if self.again:
            opening += rng.choice(openings["again"]).format_map(self.slots)
        demands = words["demands"]["urgent" if self.topic.urgency != "normal" else self.case.type]
        demand = rng.choice(demands).format_map(self.slots)
        return str(words["content"]).format(opening=opening, account=self.account, demand=demand)


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, in the file's order."""
    made = []
    for at, entry in enumerate(read("orders")["topic"], 1):
        cases = msgspec.convert(entry["matters"], tuple[Case, ...])
        listed = dict.fromkeys([*entry["departments"], *(each for case in cases for each in case.departments)])
        made.append(
            Topic(
                category_id=f"c-{at:02d}",
                path=tuple(entry["path"]),
                line=entry["line"],
                departments=tuple(each for each in listed if each != REGION),
                weight=float(entry["weight"]),
                cases=tuple(
                    case if case.departments else replace(case, departments=tuple(entry["departments"]))
                    for case in cases
                ),
                urgency=entry.get("urgency", "normal"),
            )
        )
    return tuple(made)


@cache
def topic_of(category_id: str | None) -> Topic | None:
    """Return the topic of a category."""
    return next((each for each in topics() if each.category_id == category_id), None)


@cache
def _weighted(line: str | None, urgency: str | None) -> tuple[tuple[tuple[Topic, Case], ...], tuple[float, ...]]:
    """Return the common cases of a line and an urgency (None: of any), and their weights, each added to those before.

    A topic's weight tells how often it comes up among the orders of one type; the types have shares of their own.
    """
    fitting = [
        (topic, case)
        for topic in topics()
        if line in (None, topic.line) and urgency in (None, topic.urgency)
        for case in topic.common
    ]
    plain = [topic.weight / len(topic.common) for topic, _ in fitting]
    of_type: dict[str, float] = dict.fromkeys(_TYPES, 0.0)
    for (topic, case), weight in zip(fitting, plain, strict=True):
        if topic.urgency == "normal":
            of_type[case.type] += weight
    there = sum(share for kind, share in _TYPES.items() if of_type[kind])
    normal = sum(of_type.values())
    weights = [
        weight * _TYPES[case.type] / there * normal / of_type[case.type] if topic.urgency == "normal" else weight
        for (topic, case), weight in zip(fitting, plain, strict=True)
    ]
    return tuple(fitting), tuple(accumulate(weights))


def categories() -> list[tuple[str, Category]]:
    """Return the categories of orders, with their ids."""
    return [
        (topic.category_id, Category(path=topic.path, line=topic.line, department_ids=topic.departments))
        for topic in topics()
    ]


def departments() -> list[tuple[str, Department]]:
    """Return the departments that handle orders, with their ids."""
    return [
        (
            entry["id"],
            Department(
                name=entry["name"],
                level=entry["level"],
                region=entry.get("region"),
                duty_phone=f"028-8{600 + at:03d}{(at * 7919) % 10000:04d}",
            ),
        )
        for at, entry in enumerate(read("floor")["department"], 1)
    ]


@cache
def department_names() -> Mapping[str, str]:
    """Return the departments' names by their ids."""
    return {department_id: department.name for department_id, department in departments()}


@cache
def government_of(region: str | None) -> str | None:
    """Return the id of a region's government."""
    return next((did for did, department in departments() if region and department.region == region), None)


def matter(rng: Random, line: str | None = None, urgency: str | None = None) -> Matter:
    """Return a citizen's matter, drawn by types and topics; of ``line`` and ``urgency`` if given."""
    fitting, cumulative = _weighted(line, urgency)
    if not fitting:
        fitting, cumulative = _weighted(None, urgency)
    topic, case = rng.choices(fitting, cum_weights=cumulative)[0]
    return Matter(topic, case, rng.choice(places.names()))


def burst_pipe(rng: Random, road: str, community: str, region: str, began: datetime | None = None) -> Matter:
    """Return a burst water main at ``road`` as one of many callers tells it, who lives in ``community`` near it.

    ``began``: when it burst; None: in the half hour before the call.
    """
    topic, cases = _named("burst_pipe")
    return Matter(topic, rng.choice(cases), region, {"road": road, "community": community}, began)


@cache
def _named(key: str) -> tuple[Topic, tuple[Case, ...]]:
    topic = next(each for each in topics() if any(case.key == key for case in each.cases))
    return topic, tuple(case for case in topic.cases if case.key == key)
