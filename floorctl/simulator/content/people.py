"""Invented people: names, phone numbers in assigned ranges, identity numbers with a valid check digit."""

from datetime import date, timedelta
from random import Random

from floorctl.models.orders import Citizen
from floorctl.simulator.content import read

_PREFIXES = ("135", "136", "138", "139", "150", "151", "158", "159", "177", "180", "181", "186", "187", "189", "199")
_AREA_CODES = ("510104", "510105", "510106", "510107", "510108", "510112", "510113", "510114", "510129", "510131")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS = "10X98765432"


def name(rng: Random) -> str:
    """Return a name of two or three characters; common surnames occur more often."""
    words = read("names")
    surnames: str = words["surnames"]
    surname = surnames[int(len(surnames) * rng.random() ** 2)]
    last: str = rng.choice(words["last"])
    return surname + (rng.choice(words["first"]) + last if rng.random() < 0.8 else last)


def phone(rng: Random) -> str:
    """Return a random mobile number in a range that exists."""
    return f"{rng.choice(_PREFIXES)}{rng.randrange(10**8):08d}"


def check_digit(first_17: str) -> str:
    """Return the eighteenth character of an identity number (GB 11643, ISO 7064 MOD 11-2)."""
    return _CHECKS[sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True)) % 11]


def id_number(rng: Random, today: date) -> str:
    """Return an identity number of an adult with a valid check digit."""
    born = today - timedelta(days=365 * 18 + rng.randrange(365 * 60))
    first_17 = f"{rng.choice(_AREA_CODES)}{born:%Y%m%d}{rng.randrange(1000):03d}"
    return first_17 + check_digit(first_17)


def citizen(rng: Random, today: date, region: str) -> Citizen:
    """Return a caller: always with a phone, mostly a name and an address, sometimes an identity number."""
    places = read("floor")["regions"]
    address = places["address"].format(
        region=region,
        road=rng.choice(places["roads"]),
        number=rng.randrange(1, 300),
        community=rng.choice(places["communities"]),
        building=rng.randrange(1, 20),
        room=rng.randrange(1, 34) * 100 + rng.randrange(1, 6),
    )
    return Citizen(
        name=name(rng) if rng.random() < 0.93 else None,
        phone=phone(rng),
        id_no=id_number(rng, today) if rng.random() < 0.25 else None,
        address=address if rng.random() < 0.85 else None,
    )
