"""Seats of the plan keep their places while a person works in it, whatever changes."""

from datetime import timedelta

from tests.screens.floor_stage import STARTED, FloorStage, StageOf
from tests.screens.looking import cockpit, hands_off, press, text, until
from tests.screens.plan_reading import plan_of, planned, zones_in_sight


async def test_a_seat_that_signs_out_keeps_its_place_until_the_hand_rests(floor_stage: FloorStage) -> None:
    async with cockpit(floor_stage.floor) as pilot:
        await press(pilot, ["down", "right"])
        before = planned(pilot)
        assert "01" in before["A区"]
        floor_stage.change(("shift", "sh-p-2000"), ends_at=STARTED)  # else they would be missed
        floor_stage.tell(("seat", "s-01"), state="signed_out", person_id=None, call=None)
        await until(pilot, lambda: "01 ·签出" in text(pilot.app))
        assert planned(pilot) == before
        assert "张小明" not in text(pilot.app)
        await hands_off(pilot)
        assert "01" not in planned(pilot)["A区"]


async def test_a_zone_that_gets_another_name_under_the_hand_is_drawn_by_it(stage_of: StageOf) -> None:
    stage = stage_of(449)
    async with cockpit(stage.floor) as pilot:
        await press(pilot, ["down", "right"])
        zone = zones_in_sight(pilot)[0]
        for view in stage.floor.seats.all():
            if view.seat.zone == zone:
                stage.change(("seat", view.id), zone="新区")
        stage.feed()
        await until(pilot, lambda: "新区" in text(pilot.app))
        assert zone not in zones_in_sight(pilot)


async def test_the_seats_that_a_large_floor_has_room_for_stay_while_somebody_moves_among_them(
    stage_of: StageOf,
) -> None:
    stage = stage_of(449)
    async with cockpit(stage.floor) as pilot:
        while (here := plan_of(pilot).cursor_seat) is None:
            await press(pilot, ["down"])
        before = planned(pilot)
        shown = {number for numbers in before.values() for number in numbers} - {here.seat.number}
        assert len(shown) > 9
        stage.go(minutes=1)
        for view in [each for each in stage.floor.seats.all() if each.seat.number in shown][::2]:
            stage.change(("seat", view.id), since=STARTED + timedelta(seconds=59))
        stage.feed()
        await until(pilot, lambda: "0:01" in text(pilot.app))
        assert planned(pilot) == before
        await press(pilot, ["right", "left", "up", "down"])
        assert planned(pilot) == before
        await hands_off(pilot)
        assert planned(pilot) != before, "what stands the longest is shown again"
