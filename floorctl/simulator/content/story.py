"""What an order tells, read back from its text: the case that it is one of, and what stands in the case's blanks.

An order is stored as text only, and is handled, called about and listened to days later, also after a restart. What is
said of it then is taken from what it says itself.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from string import Formatter

from floorctl.models.orders import Order
from floorctl.simulator.content import places, read
from floorctl.simulator.content.orders import Case, Topic, topic_of

#: How each part of a date or an hour is written; see the contents of orders.
_PARTS = {"today": r"\w{2}", "month": r"\d{1,2}", "day": r"\d{1,2}", "hour": r"\d{1,2}", "minute": r"\d{1,2}"}
_WORDS = r"\w+?"


@dataclass(frozen=True)
class Story:
    """An order's case, and what stands in its blanks."""

    topic: Topic
    case: Case
    slots: Mapping[str, str]


def blanks(text: str) -> Iterator[str]:
    """Yield the names of a text's blanks, in order."""
    return (name for _, name, _, _ in Formatter().parse(text) if name)


def story_of(order: Order) -> Story | None:
    """Return what ``order`` tells; None for one whose text is not of the contents' making."""
    topic = topic_of(order.category_id)
    if topic is None:
        return None
    text = f"{order.title}\n{order.content}"
    for spoken, case in product((False, True), topic.cases):
        found = _pattern(case, spoken).match(text)
        if found is not None:
            callers = read("orders")["openings"]["callers"]
            caller = callers.get(order.channel) or callers["online"]
            return Story(topic, case, {"region": order.region or "", **found.groupdict(), "caller": caller})
    return None


@cache
def _pattern(case: Case, spoken: bool) -> re.Pattern[str]:
    """Return a pattern of the order's title, a line's end, and its content in the agent's or the citizen's words."""
    seen: set[str] = set()
    told = str(read("orders")["spoken"]).format(said=case.said.rstrip("。！？")) if spoken else case.content
    title, account = _expression(case.title, seen), _expression(told, seen)
    content = str(read("orders")["content"]).format(opening=r"[^\n]*?", account=account, demand="")
    return re.compile(f"{title}\n{content}")


def _expression(text: str, seen: set[str]) -> str:
    parts = []
    for before, name, _, _ in Formatter().parse(text):
        parts.append(re.escape(before))
        if name is None:
            continue
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{_value(name)})")
        seen.add(name)
    return "".join(parts)


def _value(name: str) -> str:
    if name == "region":
        return "|".join(map(re.escape, places.names()))
    if name == "goods":
        return "|".join(map(re.escape, read("orders")["goods"]))
    if name in places.KINDS or name == "road2":
        return _WORDS
    match name:
        case "day":
            return str(read("orders")["date"]).format_map(_PARTS)
        case "lately":
            return "|".join(str(read("orders")[each]).format_map(_PARTS) for each in ("hour", "minute"))
        case "caller":
            return "|".join(map(re.escape, read("orders")["openings"]["callers"].values()))
        case _:
            return r"\d+"
