"""No seat of the plan moves under a working hand, whoever comes, goes or stays longer in a state than others."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from floorctl.widgets import table as tables
from floorctl.widgets.seatplan import SeatPlan

from .looking import cockpit, press, text, until
from .small_floor import SmallFloor


def places(plan: SeatPlan) -> list[list[str]]:
    plan._arrange(plan.size.width, plan.size.height)
    return [[spot.key for spot in row] for row in plan._rows]


async def test_a_seat_that_signs_out_keeps_its_place_until_the_hand_rests(monkeypatch: pytest.MonkeyPatch) -> None:
    floor = SmallFloor()
    async with cockpit(floor) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        await press(pilot, ["down", "right"])
        before = places(plan)
        gone = next(key for row in before for key in row if key.startswith("s-") and key != plan._cursor)
        floor.put_seat(gone, state="signed_out", person_id=None)
        await until(pilot, lambda: any(view.id == gone and view.seat.state == "signed_out" for view in plan._seats))
        assert places(plan) == before
        assert not next(spot for row in plan._rows for spot in row if spot.key == gone).seat.seat.person_id  # type: ignore[union-attr]
        monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
        assert gone not in [key for row in places(plan) for key in row]


def large_floor() -> SmallFloor:
    floor = SmallFloor()
    some = list(floor._seats.values())
    for n in range(400):
        floor._seats[f"s-{1000 + n}"] = replace(some[n % len(some)], number=f"{1000 + n}")
    return floor


async def test_a_zone_that_gets_another_name_under_the_hand_is_drawn_by_it() -> None:
    floor = large_floor()
    async with cockpit(floor) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        await press(pilot, ["down", "right"])
        zone = next(iter(plan._zones))
        for key, seat in list(floor._seats.items()):
            if seat.zone == zone:
                floor._seats[key] = replace(seat, zone="新区")
        pilot.app.screen._show_all()  # type: ignore[attr-defined]
        await until(pilot, lambda: "新区" in text(pilot.app))  # type: ignore[arg-type]
        assert f" {zone}" not in text(pilot.app)  # type: ignore[arg-type]


async def test_the_seats_that_a_large_floor_has_room_for_stay_while_somebody_moves_among_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    floor = large_floor()
    async with cockpit(floor) as pilot:
        plan = pilot.app.screen.query_one(SeatPlan)
        await press(pilot, ["down", "down", "right"])
        before = places(plan)
        others = [key for row in before for key in row if key.startswith("s-") and key != plan._cursor]
        for key in others[::2]:
            floor.put_seat(key, since=floor.now() - timedelta(seconds=1))
        floor.clock_at += timedelta(minutes=2)
        pilot.app.screen._show_all()  # type: ignore[attr-defined]
        assert places(plan) == before
        await press(pilot, ["right", "left", "up", "down"])
        assert places(plan) == before
        monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
        assert places(plan) != before, "what stands the longest is shown again"
