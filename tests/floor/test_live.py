"""Floor over real files with a real platform process: followed, taken over, signed out, stopped, never flickering."""

import os
import secrets
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from floorctl.config import load
from floorctl.errors import NotAllowedError, NotFoundError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import OrderFilter
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.opening import connect
from floorctl.sync.outbox_item import new_command_id
from tests import forking, loopback
from tests.floor_access import cache_of, journal_of
from tests.platforms import PlatformProcess
from tests.waiting import HURRIED, assert_stays, wait_until, wait_until_live

pytestmark = pytest.mark.xdist_group("live")


def empty_seats(floor: Floor) -> list[str]:
    """Seats at which nobody sits: the platform itself leaves them as they are."""
    return [view.id for view in floor.seats.all() if view.seat.state == "signed_out"]


def skills(floor: Floor, seat_id: str) -> tuple[str, ...]:
    return next((view.seat.skills for view in floor.seats.all() if view.id == seat_id), ())


def to_urge(floor: Floor, n: int = 0) -> str:
    """An order in a department's hands."""
    return floor.orders.page(OrderFilter(state=("accepted", "dispatched")), sort="number").items[n].id


def elsewhere(platform: PlatformProcess, seat_id: str, wanted: list[str]) -> None:
    """Somebody at another terminal moves a seat."""
    seats, _ = platform.snapshot("seat")
    command = {
        "id": new_command_id(), "kind": "seat.skills", "target": {"kind": "seat", "id": seat_id},
        "made_at": datetime.now(UTC).isoformat(), "data": {"skills": wanted},
        "base_version": seats["seat", seat_id]["version"],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {platform.token('shift_lead')}", "Idempotency-Key": command["id"]}
    answer = loopback.request("POST", f"{platform.url}/v1/commands", json=command, headers=headers)
    assert answer.status_code == 200, answer.text


def sent(floor: Floor) -> bool:
    return floor.status.connection().waiting == 0


# -- one floor


def test_an_act_never_goes_away_between_its_answer_and_the_feed(live_floor: Floor) -> None:
    seat_id = empty_seats(live_floor)[0]
    order_id = to_urge(live_floor)
    urges = len(live_floor.orders.get(order_id).order.urges)
    missing: list[str] = []
    done = threading.Event()
    acted: dict[str, object] = {}

    def watch() -> None:
        while not done.is_set():
            wanted, seen = acted.get("skills"), skills(live_floor, seat_id)
            if wanted is not None and wanted == acted.get("skills") and seen != wanted:
                missing.append(f"{seen} for {wanted}")
            number, shown = acted.get("urges", 0), len(live_floor.orders.get(order_id).order.urges)
            if isinstance(number, int) and shown < number:
                missing.append(f"{shown} urges of {number}")
            time.sleep(0.0005)

    watching = threading.Thread(target=watch)
    watching.start()
    try:
        for n in range(6):
            wanted = ("q-12333",) if n % 2 else ("q-12320", "q-12333")
            acted.pop("skills", None)
            live_floor.seats.set_skills(seat_id, wanted)
            acted["skills"] = wanted
            live_floor.orders.urge(order_id, 1 + n % 3, f"第{n}次", confirmed=True)
            acted["urges"] = urges + n + 1
            wait_until(
                lambda: not next(view.pending for view in live_floor.seats.all() if view.id == seat_id),
                why="for the feed",
            )
    finally:
        done.set()
        watching.join()
    assert missing == []
    wait_until(lambda: not live_floor.orders.get(order_id).pending)
    assert len(live_floor.orders.get(order_id).order.urges) == urges + 6


def test_lists_counts_and_the_platform_agree_while_orders_are_dispatched(
    live_floor: Floor, platform: PlatformProcess
) -> None:
    wanted = OrderFilter(to_dispatch=True)
    wait_until(lambda: live_floor.orders.page(wanted).total >= 1, seconds=30, why="for orders to dispatch")
    department = live_floor.names.departments()[0][0]
    order_id = live_floor.orders.page(wanted).items[0].id
    live_floor.orders.dispatch(order_id, [department])
    done = False
    deadline = time.monotonic() + 30
    while not done:
        assert time.monotonic() < deadline, "the platform does not say that it is dispatched"
        done = sent(live_floor) and not live_floor.orders.get(order_id).pending
        assert order_id not in {view.id for view in live_floor.orders.page(wanted).items}
        assert live_floor.orders.get(order_id).order.state != "ready"
        time.sleep(0.01)
    held, _ = platform.snapshot("order")
    assert held["order", order_id]["data"]["lead_department_id"] == department
    assert live_floor.orders.count().to_dispatch == live_floor.orders.page(wanted).total


def test_a_session_that_ends_in_mid_stream_keeps_what_is_done_until_somebody_signs_in(
    live_floor: Floor, platform: PlatformProcess
) -> None:
    session = journal_of(live_floor).session()
    assert session is not None
    headers = {"Authorization": f"Bearer {session.token}"}
    assert loopback.request("DELETE", f"{platform.url}/v1/session", headers=headers).is_success
    wait_until(
        lambda: live_floor.status.connection().mode == "signed_out", why="for the end of the session to be noticed"
    )
    assert live_floor.status.connection().problem == "error.network_signed_out"
    order_id = to_urge(live_floor, 1)
    note = f"登录失效时催办 {secrets.token_hex(3)}"
    item = live_floor.orders.urge(order_id, 3, note, confirmed=True)
    assert live_floor.orders.get(order_id).pending == (item.id,)
    assert_stays(lambda: live_floor.outbox.item(item.id).state in ("waiting", "sending"))
    live_floor.session.sign_in(*platform.accounts["supervisor"])
    wait_until(lambda: live_floor.status.connection().mode == "live" and sent(live_floor), why="for it to be sent")
    assert live_floor.outbox.item(item.id).state == "applied"
    held, _ = platform.snapshot("order")
    notes = [urge.get("note") for urge in held["order", order_id]["data"]["urges"]]
    assert notes.count(note) == 1


def test_signing_out_and_in_as_a_viewer_changes_what_may_be_done_and_read(
    live_floor: Floor, platform: PlatformProcess
) -> None:
    order_id = to_urge(live_floor)
    live_floor.session.sign_out()
    with pytest.raises(NotAllowedError):
        live_floor.orders.urge(order_id)
    wait_until(lambda: live_floor.status.connection().mode == "signed_out")
    live_floor.session.sign_in(*platform.accounts["viewer"])
    wait_until_live(live_floor)
    assert not any(live_floor.desk.may(kind) for kind in ("order.urge", "alert.raise", "seat.state"))
    with pytest.raises(NotAllowedError):
        live_floor.orders.urge(order_id)
    cache = cache_of(live_floor)
    wait_until(lambda: not cache.rebuilding, seconds=30)
    assert cache.count("inspection") == cache.count("rubric") == 0
    assert live_floor.seats.all()


# -- two processes on one data folder


@pytest.fixture
def terminal(platform: PlatformProcess, tmp_path: Path) -> Path:
    """A terminal's configuration, signed in as the supervisor."""
    path = tmp_path / "floorctl.toml"
    path.write_text(
        f'[platform]\nurl = "{platform.url}"\n[terminal]\ndata_dir = "{tmp_path / "data"}"\nkey = "file"\n', "utf-8"
    )
    floor = open_terminal(load(path))
    floor.session.sign_in(*platform.accounts["supervisor"])
    floor.close()
    return path


@contextmanager
def owner(config: Path) -> Iterator[forking.Started]:
    """Another process that has this terminal open, live; it ends with what it reads from."""
    reads, keeps = os.pipe()
    said, says = os.pipe()
    with os.fdopen(says, "w") as out:
        process = forking.start("tests.floor.syncing_process", str(config), files=[reads, out.fileno(), 2])
    os.close(reads)
    try:
        with os.fdopen(said) as lines:
            assert lines.readline() == "live\n"
        yield process
    finally:
        os.close(keeps)
        process.kill()
        process.wait()


@contextmanager
def follower(config: Path, owned_by: forking.Started) -> Iterator[Floor]:
    floor = open_terminal(load(config))
    floor.live.start(pace=HURRIED)
    try:
        wait_until_live(floor)
        assert owned_by.poll() is None
        yield floor
    finally:
        floor.close()


def shows(floor: Floor, platform: PlatformProcess, seat_id: str, wanted: list[str]) -> None:
    elsewhere(platform, seat_id, wanted)
    wait_until(lambda: skills(floor, seat_id) == tuple(wanted), why="for the other terminal's change")


def acts(floor: Floor, platform: PlatformProcess, note: str) -> None:
    order_id = to_urge(floor, 2)
    note = f"{note} {secrets.token_hex(3)}"  # an earlier try may have said the same
    item = floor.orders.urge(order_id, 2, note, confirmed=True)
    wait_until(lambda: floor.outbox.item(item.id).state == "applied", why="for the act to be sent")
    wait_until(lambda: not floor.orders.get(order_id).pending)
    held, _ = platform.snapshot("order")
    assert [urge.get("note") for urge in held["order", order_id]["data"]["urges"]].count(note) == 1


def test_a_follower_shows_what_its_owner_fetches_and_takes_over_when_that_is_killed(
    terminal: Path, platform: PlatformProcess
) -> None:
    with owner(terminal) as other, follower(terminal, other) as floor:
        seat_id = empty_seats(floor)[1]
        shows(floor, platform, seat_id, ["q-12320"])
        acts(floor, platform, "经由他窗")
        other.kill()
        elsewhere(platform, seat_id, ["q-12333"])  # while nobody listens
        wait_until(lambda: skills(floor, seat_id) == ("q-12333",), why="for the takeover")
        wait_until_live(floor)
        shows(floor, platform, seat_id, ["q-12345"])
        acts(floor, platform, "接手之后")


def _garbage(path: Path) -> None:
    with path.open("r+b") as file:
        size = path.stat().st_size
        for at in range(0, size, 4096):
            file.seek(at)
            file.write(b"not a database at all " * 20)


def _other_schema(path: Path) -> None:
    db = connect(path, data_key(path.parent, "file"), durable=False)
    db.execute("PRAGMA user_version = 9999")
    db.close()


def _replaced_by_text(path: Path) -> None:
    for each in path.parent.glob(path.name + "*"):
        if not each.name.endswith(".lock"):
            each.unlink()
    path.write_text("这不是数据库\n" * 500, "utf-8")


@pytest.mark.parametrize("harm", [_garbage, _other_schema, _replaced_by_text])
def test_a_cache_that_is_replaced_under_both_is_fetched_again_and_shown_by_both(
    terminal: Path, platform: PlatformProcess, harm: Callable[[Path], None]
) -> None:
    with owner(terminal) as other, follower(terminal, other) as floor:
        wait_until(lambda: floor.status.connection().first_sync is None)
        order_id = to_urge(floor)
        seat_id = empty_seats(floor)[2]
        harm(floor.data_dir / "cache.db")
        if harm is _other_schema:
            other.kill()  # it holds the file open and has checked it; whoever starts next has not
            other.wait()
            with owner(terminal) as again:
                assert again.poll() is None
                _back(floor, platform, order_id, seat_id)
        else:
            _back(floor, platform, order_id, seat_id)


def holds(floor: Floor, order_id: str) -> bool:
    try:
        return bool(floor.orders.get(order_id))
    except NotFoundError:
        return False


def _back(floor: Floor, platform: PlatformProcess, order_id: str, seat_id: str) -> None:
    held: dict[tuple[str, str], Any] = platform.snapshot("seat")[0]
    wait_until(
        lambda: {view.id for view in floor.seats.all()} == {each for _, each in held},
        seconds=30,
        why="for the seats to be back",
    )
    wait_until(lambda: holds(floor, order_id), seconds=30, why="for the orders to be back")
    wait_until_live(floor)
    shows(floor, platform, seat_id, ["q-12333", "q-12320"])
    assert floor.orders.get(order_id)
    assert floor.orders.count()


# -- a platform that stands still


def test_a_platform_that_stands_still_is_offline_soon_and_live_again_when_it_goes_on(
    live_floor: Floor, platform: PlatformProcess
) -> None:
    order_id = to_urge(live_floor, 3)
    modes: list[str] = []
    live_floor.events.subscribe(lambda event: modes.append(live_floor.status.connection().mode))
    platform.signal(signal.SIGSTOP)
    try:
        wait_until(lambda: live_floor.status.connection().mode == "offline", why="for the mark")
        as_of = live_floor.status.connection().as_of
        assert as_of is not None
        item = live_floor.orders.urge(order_id, 1, "停顿中催办", confirmed=True)
        assert live_floor.orders.get(order_id).pending
        assert_stays(lambda: live_floor.status.connection().mode == "offline")
        assert live_floor.status.connection().as_of == as_of
    finally:
        platform.signal(signal.SIGCONT)
    wait_until(
        lambda: live_floor.status.connection().mode == "live" and sent(live_floor), seconds=20, why="for its return"
    )
    assert live_floor.outbox.item(item.id).state == "applied"
    held, _ = platform.snapshot("order")
    assert [urge.get("note") for urge in held["order", order_id]["data"]["urges"]].count("停顿中催办") == 1
