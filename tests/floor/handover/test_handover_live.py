"""Two signatures by two people on one terminal and one platform: live, and on both sides of an outage."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from floorctl.errors import FloorctlError, NotAllowedError, RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.simulator.http.accounts import accounts
from floorctl.sync.platform import wire
from tests.build import config
from tests.floor_access import journal_of
from tests.platforms import SEED, PlatformProcess, Platforms
from tests.waiting import HURRIED, assert_stays, wait_until, wait_until_live

PEOPLE = {each.employee_no: each.password for each in accounts(SEED)}
#: The two shift leads.
LEAVES, COMES = "1002", "1003"


@pytest.fixture
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    with platforms("--at", "15:50") as process:
        yield process


@pytest.fixture
def floor(platform: PlatformProcess, tmp_path: Path) -> Iterator[Floor]:
    """The terminal of the one who leaves, live."""
    floor = open_terminal(config(tmp_path / "data", url=platform.url, timeout=3))
    floor.session.sign_in(LEAVES, PEOPLE[LEAVES])
    floor.live.start(watch=False, pace=HURRIED)
    wait_until_live(floor)
    yield floor
    floor.close()


def stands(platform: PlatformProcess) -> dict[str, Any]:
    """The morning's handover as the platform holds it; there is one."""
    found = [
        change["data"]
        for (kind, _), change in platform.snapshot("handover")[0].items()
        if kind == "handover" and change["data"]["from_shift"] == "morning"
    ]
    newest = max(each["day"] for each in found)
    (only,) = [each for each in found if each["day"] == newest]
    return dict(only)


def signed(platform: PlatformProcess) -> tuple[str, str | None, str | None]:
    held = stands(platform)
    return held["state"], held.get("given_by"), held.get("taken_by")


def sent(floor: Floor, *ids: str) -> None:
    wait_until(lambda: all(floor.outbox.item(each).state == "applied" for each in ids), seconds=20, why="for sending")


def test_a_second_person_signs_and_the_first_stays_signed_in(platform: PlatformProcess, floor: Floor) -> None:
    before = journal_of(floor).session()
    given = floor.signing.give(reason="开会")
    sent(floor, given[-1].id)
    taken = floor.signing.take_as(COMES, PEOPLE[COMES])
    assert (taken.made_by, floor.session.person and floor.session.person.person_id) == ("p-1003", "p-1002")
    sent(floor, taken.id)
    assert signed(platform) == ("taken", "p-1002", "p-1003")
    assert journal_of(floor).session() == before is not None
    wait_until(lambda: not signed_in_beside(floor, "p-1003"), why="for the second session to end")


def test_neither_the_same_person_nor_a_wrong_password_or_role_signs(platform: PlatformProcess, floor: Floor) -> None:
    with pytest.raises(RefusedError, match="handover_not_given"):
        floor.signing.take_as(COMES, PEOPLE[COMES])
    sent(floor, floor.signing.give(reason="开会")[-1].id)
    takes: list[Callable[[], object]] = [floor.signing.take, lambda: floor.signing.take_as(LEAVES, PEOPLE[LEAVES])]
    for take in takes:
        with pytest.raises(RefusedError, match="refused_fields"):
            take()
    with pytest.raises(RefusedError, match="handover_given"):
        floor.signing.give(reason="开会")
    with pytest.raises(NotAllowedError, match="second_person_unknown"):
        floor.signing.take_as(COMES, "wrong")
    with pytest.raises(NotAllowedError, match="role_may_not"):
        floor.signing.take_as("1004", PEOPLE["1004"])
    assert not signed_in_beside(floor, "p-1004")
    with pytest.raises(RefusedError, match="no_signature_waits"):
        floor.signing.sign_in_for_signatures(COMES, PEOPLE[COMES])
    assert not signed_in_beside(floor, "p-1003")
    assert signed(platform) == ("given", "p-1002", None)


def signed_in_beside(floor: Floor, person_id: str) -> bool:
    """Whether this person's commands may go out from here."""
    return journal_of(floor).session_of(person_id) is not None


def away(platform: PlatformProcess, floor: Floor) -> None:
    platform.stop()
    wait_until(lambda: floor.status.connection().mode == "offline", why="for the outage")


def back(platform: PlatformProcess, floor: Floor) -> None:
    platform.start()
    wait_until_live(floor)


def known_here(floor: Floor) -> None:
    """The one who comes signed in here the other day."""
    floor.session.sign_in(COMES, PEOPLE[COMES])
    floor.session.sign_in(LEAVES, PEOPLE[LEAVES])
    wait_until_live(floor)


def test_both_sign_in_an_outage_and_each_goes_out_under_its_own_name(platform: PlatformProcess, floor: Floor) -> None:
    known_here(floor)
    away(platform, floor)
    given = floor.signing.give(reason="开会")
    taken = floor.signing.take_as(COMES, PEOPLE[COMES])
    view = floor.handovers.get()
    assert (view.state, view.given_name != view.taken_name) == ("taken", True)
    assert view.awaits == (floor.names.person("p-1003"),)
    back(platform, floor)
    sent(floor, given[-1].id)
    assert_stays(lambda: floor.outbox.item(taken.id).state == "waiting")  # nobody signs in another's name
    assert signed(platform) == ("given", "p-1002", None)
    floor.signing.sign_in_for_signatures(COMES, PEOPLE[COMES])
    sent(floor, taken.id)
    assert signed(platform) == ("taken", "p-1002", "p-1003")
    assert floor.session.person and floor.session.person.person_id == "p-1002"
    assert floor.handovers.get(view.shift).awaits == ()


def test_the_one_who_comes_signs_in_as_always_and_both_signatures_go_out(
    platform: PlatformProcess, floor: Floor
) -> None:
    known_here(floor)
    away(platform, floor)
    floor.signing.give(reason="开会")
    floor.signing.take_as(COMES, PEOPLE[COMES])
    floor.session.sign_out()
    assert signed_in_beside(floor, "p-1002"), "the session lasts until its signature has gone out"
    platform.start()
    floor.session.sign_in(COMES, PEOPLE[COMES])
    wait_until(lambda: signed(platform) == ("taken", "p-1002", "p-1003"), seconds=30, why="for both signatures")
    wait_until(lambda: not signed_in_beside(floor, "p-1002"), why="for the first session to end")
    assert floor.session.person and floor.session.person.person_id == "p-1003"


def test_in_an_outage_a_stranger_and_a_wrong_password_sign_nothing(platform: PlatformProcess, floor: Floor) -> None:
    sent(floor, floor.signing.give(reason="开会")[-1].id)
    away(platform, floor)
    with pytest.raises(FloorctlError, match="unreachable"):
        floor.signing.take_as(COMES, PEOPLE[COMES])
    with pytest.raises(NotAllowedError, match="second_person_unknown"):
        floor.signing.take_as(LEAVES, "wrong")
    with pytest.raises(RefusedError, match="refused_fields"):
        floor.signing.take_as(LEAVES, PEOPLE[LEAVES])
    assert not journal_of(floor).unsent_signatures()
    with pytest.raises(FloorctlError, match="unreachable"):
        floor.signing.sign_in_for_signatures(COMES, PEOPLE[COMES])


def test_nobody_gives_anothers_signature_again(platform: PlatformProcess, floor: Floor) -> None:
    known_here(floor)
    away(platform, floor)
    given = floor.signing.give(reason="开会")[-1]
    for item in floor.outbox.items(("waiting",)):
        if item.kind == "handover.give":
            journal_of(floor).park(item.id, "conflict", wire.Problem(title="变了", status=409))
    back(platform, floor)
    floor.session.sign_in(COMES, PEOPLE[COMES])
    with pytest.raises(RefusedError, match="signature_of_another"):
        floor.desk.retry(given.id)
    floor.session.sign_in(LEAVES, PEOPLE[LEAVES])
    again = floor.desk.retry(given.id)
    sent(floor, again.id)
    assert signed(platform) == ("given", "p-1002", None)
