"""Contents of orders: topics with their categories and departments, and the text of one order."""

from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from random import Random
from typing import Any

from floorctl.models.orders import Category, Department
from floorctl.simulator.content import read


@dataclass(frozen=True)
class Topic:
    """A leaf of the category tree: its texts, the departments that handle it, and its urgency."""

    category_id: str
    path: tuple[str, ...]
    line: str
    departments: tuple[str, ...]
    weight: float
    types: tuple[str, ...]
    matters: tuple[tuple[str, str], ...]
    urgency: str


@dataclass(frozen=True)
class Matter:
    """The text of one citizen's matter."""

    topic: Topic
    title: str
    content: str
    region: str


_NUMBERS = {
    "n": (2, 9), "times": (2, 6), "floor": (1, 4), "building": (1, 29), "unit": (1, 5), "hour": (20, 23),
    "hour2": (6, 18), "hour3": (21, 23), "households": (12, 180), "persons": (2, 6), "cases": (8, 60), "age": (55, 85),
    "amount2": (120, 900), "bus": (1, 199),
}  # fmt: skip
_PLACES = {
    "region": "names", "street": "streets", "road": "roads", "road2": "roads", "community": "communities",
    "school": "schools", "hospital": "hospitals", "company": "companies", "shop": "shops",
}  # fmt: skip


class Slots(dict[str, Any]):
    """The blanks of a text, each drawn when first used and then kept, so that title and content agree."""

    def __init__(self, rng: Random, **given: str) -> None:
        super().__init__(given)
        self._rng = rng

    def __missing__(self, key: str) -> Any:
        self[key] = drawn = self._draw(key)
        return drawn

    def _draw(self, key: str) -> Any:
        rng = self._rng
        if key in _NUMBERS:
            return rng.randint(*_NUMBERS[key])
        if key in _PLACES:
            return rng.choice(read("floor")["regions"][_PLACES[key]])
        match key:
            case "amount":
                return rng.randrange(10, 400) * 50
            case "date":
                return read("orders")["date"].format(month=rng.randint(1, 12), day=rng.randint(1, 28))
            case "goods":
                return rng.choice(read("orders")["goods"])
            case "surname":
                return read("names")["surnames"][rng.randrange(60)]
            case _:
                raise KeyError(key)


@cache
def topics() -> tuple[Topic, ...]:
    """Return all topics, in the file's order."""
    return tuple(
        Topic(
            category_id=f"c-{at:02d}",
            path=tuple(entry["path"]),
            line=entry["line"],
            departments=tuple(entry["departments"]),
            weight=float(entry["weight"]),
            types=tuple(entry["types"]),
            matters=tuple((title, content) for title, content in entry["matters"]),
            urgency=entry.get("urgency", "normal"),
        )
        for at, entry in enumerate(read("orders")["topic"], 1)
    )


@cache
def _weighted(line: str | None, urgency: str | None) -> tuple[tuple[Topic, ...], tuple[float, ...]]:
    fitting = tuple(topic for topic in topics() if line in (None, topic.line) and urgency in (None, topic.urgency))
    return fitting, tuple(accumulate(topic.weight for topic in fitting))


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


def matter(rng: Random, line: str | None = None, urgency: str | None = None) -> Matter:
    """Return a citizen's matter, drawn by the topics' weights; of ``line`` and ``urgency`` if given."""
    fitting, cumulative = _weighted(line, urgency)
    if not fitting:
        fitting, cumulative = _weighted(None, urgency)
    topic = rng.choices(fitting, cum_weights=cumulative)[0]
    words = read("orders")
    slots = Slots(rng)
    title, content = rng.choice(topic.matters)
    opening = rng.choice(words["openings"]).format_map(slots)
    text = f"{opening}{content.format_map(slots)}。{rng.choice(words['demands'])}"
    return Matter(topic, title.format_map(slots), text, str(slots["region"]))
