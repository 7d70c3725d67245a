"""People 人员 and their shifts 班次."""

from datetime import date

import msgspec

from floorctl.models.base import Entity, Time


class Person(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """An employee of the floor. ``post`` is agent, dispatcher, knowledge, floor_manager, team_lead or hr."""

    employee_no: str
    name: str
    post: str
    education: str
    hired_on: date
    team: str | None = None
    left_on: date | None = None
    skills: tuple[str, ...] = ()
    safety_certified: bool = False


class Pause(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A planned break (小休) in a shift; ``cancelled``: 停休."""

    kind: str
    starts_at: Time
    ends_at: Time
    cancelled: bool = False


class Shift(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """班次: one person's working time on one day. ``name`` is morning, middle, evening or night."""

    person_id: str
    name: str
    starts_at: Time
    ends_at: Time
    lead: bool = False
    pauses: tuple[Pause, ...] = ()
