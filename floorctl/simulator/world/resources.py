"""Trunk, licences and equipment of the floor, and their rare faults."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from floorctl.models.floor import SIGNED_OUT, Resource
from floorctl.simulator.content import read
from floorctl.simulator.world.calls import Telephony
from floorctl.simulator.world.setup import Setup

_EQUIPMENT = ("computer", "headset", "keyboard", "mouse", "phone")
_SPARE_SHARE = 0.06
_TRUNK_FAULT_CHANCE = 1 / 25
_EQUIPMENT_FAULT_CHANCE = 1 / 4


@dataclass(frozen=True)
class Fault:
    """A fault from ``begin`` to ``end`` (seconds since the epoch) that takes ``units`` units out of use."""

    kind: str
    begin: float
    end: float
    units: int


def faults(setup: Setup, day: date) -> list[Fault]:
    """Return the faults of ``day``: sometimes equipment for hours, rarely a part of the trunk for minutes."""
    rng = Random(f"{setup.seed}:{day}:faults")
    midnight = datetime.combine(day, time(), setup.zone)
    found = []
    if rng.random() < _EQUIPMENT_FAULT_CHANCE:
        begin = midnight + timedelta(minutes=rng.randrange(480, 1100))
        end = begin + timedelta(minutes=rng.randrange(40, 240))
        found.append(Fault(rng.choice(_EQUIPMENT), begin.timestamp(), end.timestamp(), rng.randint(1, 2)))
    if rng.random() < _TRUNK_FAULT_CHANCE:
        begin = midnight + timedelta(minutes=rng.randrange(540, 1080))
        end = begin + timedelta(minutes=rng.randrange(8, 25))
        found.append(Fault("trunk", begin.timestamp(), end.timestamp(), setup.trunk // 5))
    return found


def resources(setup: Setup, telephony: Telephony, at: float, broken: list[Fault]) -> list[tuple[str, Resource]]:
    """Return all resources as of ``at``, with their ids."""
    words = read("floor")["resources"]
    signed_in = sum(desk.state != SIGNED_OUT for desk in telephony.desks.values())
    out = dict.fromkeys(("trunk", *_EQUIPMENT), 0)
    for fault in broken:
        if fault.begin <= at < fault.end:
            out[fault.kind] += fault.units
    spare = max(1, round(setup.seats * _SPARE_SHARE))
    found = [
        (
            "r-trunk",
            Resource(
                kind="trunk",
                name=words["trunk"],
                capacity=setup.trunk,
                in_use=min(telephony.on_trunk, setup.trunk),
                faulty=out["trunk"],
                state="degraded" if out["trunk"] else "up",
            ),
        ),
        ("r-licence", Resource(kind="licence", name=words["licence"], capacity=setup.seats, in_use=signed_in)),
    ]
    found += [
        (
            f"r-{kind}",
            Resource(
                kind=kind,
                name=words[kind],
                capacity=setup.seats + spare,
                in_use=signed_in,
                faulty=out[kind],
                state="degraded" if out[kind] > spare else "up",
            ),
        )
        for kind in _EQUIPMENT
    ]
    return found


def channels(setup: Setup, at: float, broken: list[Fault]) -> int:
    """Return how many channels of the trunk work at ``at``."""
    return setup.trunk - sum(fault.units for fault in broken if fault.kind == "trunk" and fault.begin <= at < fault.end)
