"""Where things happen: every road, community, school and shop lies in one region, every community at one road."""

from collections.abc import Mapping
from functools import cache
from random import Random
from typing import Any

from floorctl.simulator.content import read

#: Slots that are places of a region, and the list that each is drawn from.
_LISTED = {
    "street": "streets", "road": "roads", "community": "communities", "school": "schools", "primary": "primaries",
    "kindergarten": "kindergartens", "hospital": "hospitals", "clinic": "clinics", "company": "companies",
    "factory": "factories", "builder": "builders", "property": "properties", "trainer": "trainers",
    "eatery": "eateries", "club": "clubs", "village": "villages", "market": "markets", "park": "parks",
    "river": "rivers",
}  # fmt: skip
#: Slots that are places which every street has, under its name.
_EVERYWHERE = (
    "pharmacy", "grocery", "appliance", "phone_shop", "health_shop", "driving", "tutor", "pool", "salon", "banquet",
    "scenic",
)  # fmt: skip
KINDS = (*_LISTED, *_EVERYWHERE)


@cache
def names() -> tuple[str, ...]:
    """Return the regions' names."""
    return tuple(read("floor")["regions"]["names"])


@cache
def of(region: str) -> Mapping[str, tuple[str, ...]]:
    """Return the places in ``region``: kind (as in ``KINDS``) → names; those of the first region if it is unknown."""
    regions = read("floor")["regions"]
    places = regions["places"].get(region) or regions["places"][names()[0]]
    listed = {
        kind: tuple(each if isinstance(each, str) else each[0] for each in places[kinds])
        for kind, kinds in _LISTED.items()
    }
    patterns = regions["everywhere"]
    common = {
        kind: tuple(each.format(street=street) for street in places["streets"] for each in patterns[kind])
        for kind in _EVERYWHERE
    }
    return listed | common


@cache
def _addresses() -> Mapping[str, tuple[str, int]]:
    every = (each for places in read("floor")["regions"]["places"].values() for each in places["communities"])
    return {name: (road, number) for name, road, number in every}


def address(community: str) -> tuple[str, int] | None:
    """Return the road and house number of a community; None if it is not one of the floor's."""
    return _addresses().get(community)


@cache
def _at(region: str, road: str) -> tuple[str, ...]:
    every = of(region)["community"]
    return tuple(each for each in every if (found := address(each)) is not None and found[0] == road) or every


def draw(rng: Random, kind: str, slots: Mapping[str, Any]) -> str:
    """Return a place of ``kind`` in the region of ``slots``; a road and a community fit each other."""
    region = slots["region"]
    if kind == "road2":
        others = [each for each in of(region)["road"] if each != slots["road"]]
        return rng.choice(others)
    if kind == "road" and "community" in slots and (found := address(slots["community"])) is not None:
        return found[0]
    if kind == "community" and "road" in slots:
        return rng.choice(_at(region, slots["road"]))
    return rng.choice(of(region)[kind])
