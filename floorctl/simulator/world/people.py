"""The people of the simulated floor, by the contract's posts, and a seat for each."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from floorctl.models.team import Person
from floorctl.simulator.content import people as content_people
from floorctl.simulator.content import read

#: The contract's posts on a floor of 49: 35 agents, 8 dispatchers, 2 for knowledge, 4 in the office.
CONTRACT_SEATS = 49
_OFFICE = (
    ("p-1001", "floor_manager"), ("p-1002", "team_lead"), ("p-1003", "team_lead"),
    ("p-1004", "knowledge"), ("p-1005", "knowledge"), ("p-1006", "hr"),
)  # fmt: skip
MIN_SEATS = 12
LEADS = ("p-1002", "p-1003")
INSPECTORS = ("p-1004", "p-1005")
MANAGER = "p-1001"
_EXPERT_SHARES = (("hrss_expert", 5 / 35), ("health_expert", 3 / 35))
_FIRST_CHOICE = {"hrss_expert": "q-12333", "health_expert": "q-12320", "general": "q-12345"}
QUEUE_IDS = ("q-12345", "q-12333", "q-12320")
#: Days after hiring during which a person counts as new.
NEW_DAYS = 30


@dataclass(frozen=True)
class Place:
    """A seat and the person assigned to it."""

    seat_id: str
    number: str
    zone: str
    kind: str
    extension: str
    person_id: str
    skills: tuple[str, ...]


@dataclass(frozen=True)
class Staff:
    """All people employed, those who left recently, and their seats. All ids are stable for a seed and a size."""

    people: dict[str, Person]
    places: tuple[Place, ...]

    def with_post(self, *posts: str) -> list[str]:
        """Return the ids of those employed now in one of ``posts``, in order."""
        return [pid for pid, person in self.people.items() if person.post in posts and person.left_on is None]


def staff(seed: int, seats: int, today: date) -> Staff:
    """Return the people and places for ``seats`` seats (at least ``MIN_SEATS``), as of ``today``."""
    rng = Random(f"{seed}:people")
    words = read("floor")
    seats = max(seats, MIN_SEATS)
    spare = seats - len(_OFFICE)
    dispatchers = max(2, round(spare * 8 / 43))
    agents = spare - dispatchers
    posts = [*_OFFICE]
    posts += [(f"p-{1101 + at}", "dispatcher") for at in range(dispatchers)]
    posts += [(f"p-{2001 + at}", "agent") for at in range(agents)]
    kinds = _agent_kinds(agents)
    names = _names(rng, len(posts) + 3)
    people: dict[str, Person] = {}
    skills: dict[str, tuple[str, ...]] = {}
    for at, (person_id, post) in enumerate(posts):
        index = at - len(_OFFICE) - dispatchers
        skills[person_id] = _skills(rng, kinds[index], index) if post == "agent" else ()
        people[person_id] = _person(rng, person_id, post, next(names), today, skills[person_id], index)
    people.update(_leavers(rng, names, today))
    return Staff(people, tuple(_places(posts, kinds, skills, len(_OFFICE) + dispatchers, words["zones"])))


def _agent_kinds(agents: int) -> list[str]:
    kinds = ["general"] * agents
    at = agents
    for kind, share in _EXPERT_SHARES:
        count = max(1, round(agents * share))
        kinds[at - count : at] = [kind] * count
        at -= count
    return kinds


def _skills(rng: Random, kind: str, index: int) -> tuple[str, ...]:
    first = _FIRST_CHOICE[kind]
    if kind != "general":
        return (first, "q-12345")
    # Every second general agent serves all three lines, so that a night shift can; some serve one line more.
    if index % 2 == 0:
        return QUEUE_IDS
    return (first, rng.choice(QUEUE_IDS[1:])) if rng.random() < 0.7 else (first,)


def _names(rng: Random, count: int) -> Iterator[str]:
    seen: dict[str, None] = {}
    while len(seen) < count:
        seen.setdefault(content_people.name(rng))
    return iter(seen)


def _person(
    rng: Random, person_id: str, post: str, name: str, today: date, skills: tuple[str, ...], index: int
) -> Person:
    words = read("floor")
    days = round(rng.lognormvariate(6.4, 0.8)) + NEW_DAYS + 20
    if post == "agent":
        team = words["teams"][index % len(words["teams"])]
        if index in (4, 17):  # two who have just begun
            days = rng.randrange(4, NEW_DAYS - 4)
    else:
        team = {"dispatcher": words["dispatch_team"], "knowledge": words["knowledge_team"]}.get(
            post, words["office_team"]
        )
    education = rng.choices(("junior_college", "bachelor", "master"), (52, 45, 3))[0]
    return Person(
        employee_no=person_id.removeprefix("p-"),
        name=name,
        post=post,
        team=team,
        education="below_college" if post == "agent" and index == 9 else education,
        hired_on=today - timedelta(days=min(days, 2600)),
        skills=skills,
        safety_certified=post in ("floor_manager", "dispatcher") and rng.random() < 0.6,
    )


def _leavers(rng: Random, names: Iterable[str], today: date) -> Iterable[tuple[str, Person]]:
    teams = read("floor")["teams"]
    for at, (name, days) in enumerate(zip(names, (9, 41, 66), strict=True)):
        yield (
            f"p-{1901 + at}",
            Person(
                employee_no=str(1901 + at),
                name=name,
                post="agent",
                team=teams[at % len(teams)],
                education="junior_college",
                hired_on=today - timedelta(days=200 + rng.randrange(700)),
                left_on=today - timedelta(days=days),
                skills=("q-12345",),
            ),
        )


def _places(
    posts: list[tuple[str, str]], kinds: list[str], skills: dict[str, tuple[str, ...]], office: int, zones: list[str]
) -> Iterable[Place]:
    agents = posts[office:]
    per_zone = -(-len(agents) // (len(zones) - 1))
    order = [(person_id, zones[at // per_zone], kinds[at]) for at, (person_id, _) in enumerate(agents)]
    # Dispatchers, knowledge and the office sit together in the last zone.
    order += [(person_id, zones[-1], "general") for person_id, _ in reversed(posts[:office])]
    for at, (person_id, zone, kind) in enumerate(order, 1):
        yield Place(
            seat_id=f"s-{at:02d}",
            number=f"{at:02d}",
            zone=zone,
            kind=kind,
            extension=str(8000 + at),
            person_id=person_id,
            skills=skills[person_id],
        )
