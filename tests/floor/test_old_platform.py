"""At a platform of version 1 of the contract: what it can't do is said once and not offered; all else is as before."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from floorctl.cli.syncing import fetch
from floorctl.errors import NotAllowedError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.rules.commands import registry
from floorctl.rules.commands.capability import alert_capability
from tests.build import config
from tests.simulator.running import GOOD, PEOPLE, Running
from tests.waiting import HURRIED, wait_until

NEW = [kind.name for kind in registry.kinds() if kind.since != "1"]


@pytest.fixture
def old(small_data: Path, tmp_path: Path) -> Iterator[Running]:
    shutil.copy(small_data, tmp_path / "platform.db")
    running = Running(tmp_path / "platform.db", contract="1.0")
    yield running
    running.stop()


@pytest.fixture
def opened(old: Running, tmp_path: Path) -> Iterator[Callable[[], Floor]]:
    """Opens the terminal of a supervisor, who is signed in there."""
    with ExitStack() as floors:

        def opened() -> Floor:
            floor = open_terminal(config(tmp_path / "terminal", url=old.url))
            floors.callback(floor.close)
            if floor.session.person is None:
                account = PEOPLE["supervisor"]
                floor.session.sign_in(account.employee_no, account.password)
            return floor

        yield opened


def synced(floor: Floor, *, full: bool = False) -> None:
    fetch(floor, full=full, on_progress=lambda _done, _total: None)
    floor.live.missed()


def test_a_new_act_is_refused_once_and_from_then_on_not_offered(opened: Callable[[], Floor], old: Running) -> None:
    floor = opened()
    synced(floor)
    assert floor.desk.may("order.link")
    item = floor.desk.submit("order.link", "o-handled", {"parent_id": "o-open"})
    synced(floor)
    assert floor.outbox.item(item.id).state == "refused"
    assert not floor.desk.may("order.link")
    before = len(floor.outbox.items())
    with pytest.raises(NotAllowedError, match=r"error\.platform_cannot"):
        floor.desk.submit("order.link", "o-handled", {"parent_id": "o-open"})
    assert len(floor.outbox.items()) == before
    # Others are still offered: nobody has asked for them yet.
    assert all(floor.desk.may(kind) for kind in NEW if kind != "order.link")
    floor.desk.drop(item.id, "平台不支持")
    assert floor.outbox.item(item.id).state == "dropped"

    assert not opened().desk.may("order.link")  # another window, another day
    synced(floor, full=True)
    assert floor.desk.may("order.link")  # the platform may have been upgraded


@pytest.mark.parametrize("kind", ["order.urge", "order.review", "order.problem", "alert.raise"])
def test_what_version_1_has_goes_on_as_before(kind: str, opened: Callable[[], Floor], old: Running) -> None:
    floor = opened()
    synced(floor)
    _, target, data = GOOD[kind]
    item = floor.desk.submit(kind, target, data)
    synced(floor)
    assert floor.outbox.item(item.id).state == "applied"
    assert floor.desk.may(kind)


def test_an_alert_of_a_new_kind_is_refused_once_and_no_other_alert_with_it(
    opened: Callable[[], Floor], old: Running
) -> None:
    floor = opened()
    synced(floor)
    _, target, data = GOOD["alert.raise"]
    floor.desk.submit("alert.raise", target, data | {"kind": "hot_spot"}, automatic=True)
    synced(floor)
    assert not floor.desk.can(alert_capability("hot_spot"))
    assert floor.desk.can(alert_capability("adherence"))
    assert floor.desk.may("alert.raise")


def test_a_refused_act_is_taken_off_what_is_shown_while_the_terminal_is_live(
    opened: Callable[[], Floor], old: Running
) -> None:
    floor = opened()
    synced(floor)
    floor.live.start(watch=False, pace=HURRIED)
    wait_until(lambda: floor.status.connection().mode == "live")
    floor.desk.submit("order.redo", "o-done", {"reason": "未解决"})
    wait_until(lambda: not floor.desk.may("order.redo"), why="for the platform's no")
    assert floor.orders.get("o-done").order.state == "handled"


def test_no_order_of_it_waits_for_a_decision_and_none_is_confidential(
    opened: Callable[[], Floor], old: Running
) -> None:
    floor = opened()
    synced(floor)
    orders = [view.order for view in floor.orders.page().items]
    assert orders
    assert not any(order.return_log or order.extension or order.confidential for order in orders)
