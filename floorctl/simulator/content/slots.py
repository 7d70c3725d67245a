"""The blanks of a text: each is drawn when first used and then kept, so that all that is said of a matter agrees."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from floorctl.simulator.content import places, read

#: Hours of the day at which what a caller tells of happened, where it happened in the last hours.
_WAKING = range(7, 21)


@cache
def _numbers() -> Mapping[str, Any]:
    numbers: dict[str, Any] = read("orders")["numbers"]
    return numbers


class Slots(dict[str, Any]):
    """The blanks of one text. ``at``: when it is told; dates and hours in it are before that."""

    def __init__(self, rng: Random, at: datetime | None = None, **given: Any) -> None:
        super().__init__(given)
        self._rng = rng
        self._at = at

    def __missing__(self, key: str) -> Any:
        self[key] = drawn = self._draw(key)
        return drawn

    def _draw(self, key: str) -> Any:
        if key in _numbers():
            return self._number(_numbers()[key])
        if key in places.KINDS or key == "road2":
            return places.draw(self._rng, key, self)
        match key:
            case "region":
                return self.get("district") or self._rng.choice(places.names())
            case "goods":
                return self._rng.choice(list(read("orders")["goods"]))
            case "price":
                return self._number(read("orders")["goods"][self["goods"]])
            case "day" if self._at is not None:
                day = self._at - timedelta(days=self._rng.randint(2, 20))
                return str(read("orders")["date"]).format(month=day.month, day=day.day)
            case "lately" if self._at is not None:
                return said_of(_hours_ago(self._rng, self._at), self._at)
            case _:
                raise KeyError(key)

    def _number(self, rule: Any) -> int:
        """Return a number between two others in steps, or one that follows from another slot."""
        if isinstance(rule, list):
            return _between(self._rng, *rule)
        of = int(self[rule["of"]])
        if "plus" in rule:
            return of + _between(self._rng, *rule["plus"])
        if "each" in rule:
            return of * _between(self._rng, *rule["each"])
        low, high = rule["part"]
        step = int(rule["step"])
        return max(step, round(of * self._rng.uniform(low, high) / step) * step)


def _between(rng: Random, low: int, high: int, step: int = 1) -> int:
    return low + step * int(rng.random() * ((high - low) // step + 1))


def _hours_ago(rng: Random, at: datetime) -> datetime:
    """Return a time of the waking hours, some hours before ``at``."""
    when = (at - timedelta(hours=rng.uniform(1, 6))).replace(minute=0)
    if when.hour in _WAKING:
        return when
    if when.hour < _WAKING.start:
        when -= timedelta(days=1)
    return when.replace(hour=rng.randint(16, 20))


def said_of(when: datetime, at: datetime) -> str:
    """Return how a caller at ``at`` names ``when``, a time of that day or the day before."""
    words = read("orders")
    days = min((at.date() - when.date()).days, len(words["today"]) - 1)
    template: str = words["minute" if when.minute else "hour"]
    return template.format(today=words["today"][days], hour=when.hour, minute=when.minute)
