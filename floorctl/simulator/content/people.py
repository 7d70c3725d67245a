"""Invented people: names, phone numbers in assigned ranges, identity numbers with a valid check digit."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from random import Random
from typing import Any

from floorctl.models.orders import Citizen
from floorctl.simulator.content import places, read

_PREFIXES = ("135", "136", "138", "139", "150", "151", "158", "159", "177", "180", "181", "186", "187", "189", "199")
_AREA_CODES = ("510104", "510105", "510106", "510107", "510108", "510112", "510113", "510114", "510129", "510131")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"
#: Share of callers who do not give their name.
UNNAMED = 0.07


@dataclass(frozen=True, slots=True)
class Who:
    """What a caller's name and identity number have to agree with."""

    woman: bool
    age: int


@cache
def _ages(kind: str) -> tuple[tuple[bool, int, int], ...]:
    ages = read("orders")["who"][kind]
    return tuple((sex == "women", *ages[sex]) for sex in ("men", "women") if sex in ages)


def who(rng: Random, kind: str = "any") -> Who:
    """Return a person of ``kind`` (one of ``[who]`` in the contents of orders)."""
    woman, youngest, oldest = rng.choice(_ages(kind))
    return Who(woman, rng.randint(youngest, oldest))


def name(rng: Random, woman: bool | None = None) -> str:
    """Return a name of two or three characters; common surnames occur more often."""
    words = read("names")
    surnames: str = words["surnames"]
    surname = surnames[int(len(surnames) * rng.random() ** 2)]
    given = words["women" if (rng.random() < 0.5 if woman is None else woman) else "men"]
    last: str = rng.choice(given["last"])
    return surname + (rng.choice(given["first"]) + last if rng.random() < 0.8 else last)


def form_of_address(called: str) -> str:
    """Return 女士 or 先生, whichever fits a name that ``name`` made."""
    forms: Mapping[str, str] = read("orders")["openings"]["forms"]
    return forms["woman" if called[-1] in read("names")["women"]["last"] else "man"]


def phone(rng: Random) -> str:
    """Return a random mobile number in a range that exists."""
    return f"{rng.choice(_PREFIXES)}{rng.randrange(10**8):08d}"


def check_digit(first_17: str) -> str:
    """Return the eighteenth character of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def id_number(rng: Random, today: date, person: Who | None = None) -> str:
    """Return an identity number with a valid check digit, of an adult or of ``person``."""
    person = person or Who(rng.random() < 0.5, rng.randint(18, 78))
    # Some days from either end of the year of life, so that leap days do not matter.
    born = today - timedelta(days=int(person.age * 365.25) + rng.randint(2, 360))
    serial = rng.randrange(500) * 2 + (not person.woman)
    first_17 = f"{rng.choice(_AREA_CODES)}{born:%Y%m%d}{serial:03d}"
    return first_17 + check_digit(first_17)


def citizen(
    rng: Random,
    today: date,
    region: str,
    person: Who | None = None,
    home: Mapping[str, Any] | None = None,
    unnamed: float = UNNAMED,
) -> Citizen:
    """Return a caller: always with a phone, mostly a name and an address, sometimes an identity number.

    ``home``: what is known of where the caller lives (community, building, road, level), by slot; None: anywhere in
    ``region``. ``unnamed``: the chance that the caller gives neither a name nor what else tells who it is.
    """
    person = person or who(rng)
    anonymous = rng.random() < unnamed
    address = _address(rng, region, home or {}) if home or rng.random() < 0.85 else None
    return Citizen(
        name=None if anonymous else name(rng, person.woman),
        phone=phone(rng),
        id_no=id_number(rng, today, person) if not anonymous and rng.random() < 0.25 else None,
        address=None if anonymous else address,
    )


def _address(rng: Random, region: str, home: Mapping[str, Any]) -> str:
    templates: Mapping[str, str] = read("floor")["regions"]
    if "village" in home:
        village = home["village"]
        return templates["village_address"].format(
            region=region, village=village, group=rng.randint(1, 9), number=rng.randint(1, 60)
        )
    community = str(home.get("community") or rng.choice(places.of(region)["community"]))
    road, number = places.address(community) or (home.get("road", ""), rng.randrange(1, 300))
    return templates["address"].format(
        region=region,
        road=road,
        number=number,
        community=community,
        building=home.get("building") or rng.randrange(1, 19),
        room=int(home.get("own_level") or rng.randrange(1, 29)) * 100 + rng.randrange(1, 5),
    )
