"""Who may do what: the contract's table, at the terminal and at the platform, and nothing else is offered."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from floorctl.cli.syncing import fetch
from floorctl.errors import NotAllowedError
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import t, use_language
from floorctl.rules.commands import registry
from floorctl.rules.commands.roles import ALL_ROLES
from floorctl.screens.app import CockpitApp
from floorctl.screens.shell.help import listed, withheld
from floorctl.screens.shell.palette import entries
from floorctl.sync.batch import Batch
from tests.contract_table import CONTRACT
from tests.screens.looking import cockpit
from tests.security.conftest import PASSWORDS, terminal
from tests.simulator.running import GOOD, Running, problem

KINDS = [kind.name for kind in registry.kinds()]


def test_the_contracts_table_has_every_kind() -> None:
    assert set(CONTRACT) == set(KINDS)


@pytest.fixture(scope="module")
def floors(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Floor]]:
    """Return the synced floor of a role, one for all kinds; what was done on it is dropped each time."""
    import shutil

    folder = tmp_path_factory.mktemp("roles")
    shutil.copy(small_data, folder / "platform.db")
    running = Running(folder / "platform.db")
    made: dict[str, Floor] = {}

    def of(role: str) -> Floor:
        if role not in made:
            # In a thread: who asks may be inside an event loop, and signing in needs one of its own.
            with ThreadPoolExecutor(1) as thread:
                made[role] = thread.submit(synced, role).result()
        return made[role]

    def synced(role: str) -> Floor:
        floor = open_terminal(terminal(running.url, folder / role))
        floor.session.sign_in(*PASSWORDS[role])
        fetch(floor, full=False, on_progress=lambda _done, _total: None)
        floor.live.take_in(Batch({kind: set() for kind in ("seat", "queue", "alert", "order", "department", "person")}))
        return floor

    yield of
    for floor in made.values():
        floor.close()
    running.stop()


@pytest.mark.parametrize("role", ALL_ROLES)
@pytest.mark.parametrize("kind", KINDS)
def test_a_command_is_for_the_contracts_roles_alone_here_and_at_the_platform(
    kind: str, role: str, floors: Callable[[str], Floor], shared: Running
) -> None:
    floor = floors(role)
    kind_of_target, target, data = GOOD[kind]
    allowed = role in CONTRACT[kind].roles
    assert floor.desk.may(kind) == allowed
    before = len(floor.outbox.items())
    if allowed:
        item = floor.desk.submit(kind, target, data)
        assert floor.outbox.item(item.id).state == "waiting"
        floor.desk.drop(item.id, "只是试试")
    else:
        with pytest.raises(NotAllowedError, match=r"error\.role_may_not"):
            floor.desk.submit(kind, target, data)
        assert len(floor.outbox.items()) == before
        entry = floor.audit.trail(limit=1)[0][0]
        told = (entry.what, entry.who, entry.detail)
        assert told == ("denied", floor.session.person_id, {"kind": kind, "why": "role"})
        assert entry.subject.kind == kind_of_target
        version = shared.version(kind_of_target, target)
        problem(shared.send(shared.good(kind), role), 403)
        assert shared.version(kind_of_target, target) == version


@pytest.fixture(scope="module")
def shared(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    import shutil

    path = tmp_path_factory.mktemp("platform") / "platform.db"
    shutil.copy(small_data, path)
    running = Running(path)
    yield running
    running.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_role_may_do_the_platform_takes_from_it(kind: str, small: Running) -> None:
    for role in sorted(CONTRACT[kind].roles)[:1]:
        answer = small.send(small.good(kind), role)
        assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("kind", ["order.urge", "alert.acknowledge"])
def test_nobody_signed_in_may_do_nothing_and_that_is_noted(kind: str, at: Callable[..., Floor]) -> None:
    floor = at()
    with pytest.raises(NotAllowedError, match=r"error\.not_signed_in"):
        floor.desk.submit(kind, GOOD[kind][1], GOOD[kind][2])
    assert floor.audit.trail(limit=1)[0][0].what == "denied"


# -- what is offered


ACTS = {
    "viewer": set[str](),
    "inspector": {"orders.key.problem", "orders.key.reveal"},
    "supervisor": {
        "orders.key.problem", "orders.key.reveal", "orders.key.urge", "orders.key.dispatch", "floor.key.skills",
        "floor.key.state", "floor.key.listen", "floor.key.message", "floor.key.cancel_pauses", "alerts.key.close",
        "alerts.key.step", "alerts.key.acknowledge", "ui.key.alert",
    },
}  # fmt: skip
ALL_ACTS = frozenset().union(*ACTS.values())


@pytest.mark.parametrize("role", list(ACTS))
async def test_neither_help_nor_palette_offers_what_a_role_may_not_do(
    role: str, floors: Callable[[str], Floor]
) -> None:
    floor = floors(role)
    use_language("zh-CN")
    async with cockpit(floor) as pilot:
        app = pilot.app
        assert isinstance(app, CockpitApp)
        offered = {entry.name for entry in entries(app)}
        for key in ALL_ACTS:
            assert (t(key) in offered) == (key in ACTS[role]), key
        screen = app.in_sight
        assert screen is not None
        helped = {words for _, words in listed(type(screen).BINDINGS, withheld(floor, type(screen)))}
        for key in ALL_ACTS:
            if key.startswith("floor."):
                assert (t(key) in helped) == (key in ACTS[role]), key


async def test_a_key_that_a_role_may_not_use_asks_nothing_and_says_why(floors: Callable[[str], Floor]) -> None:
    floor = floors("viewer")
    async with cockpit(floor) as pilot:
        for key in "kelmpa":
            await pilot.press(key)
            await pilot.pause(0.05)
            assert len(pilot.app.screen_stack) == 1, key
        assert not floor.outbox.items()


def test_who_only_looks_reveals_nothing(floors: Callable[[str], Floor]) -> None:
    with pytest.raises(NotAllowedError, match=r"error\.role_may_not_reveal"):
        floors("viewer").audit.reveal("order", "o-open")
    floors("inspector").audit.reveal("order", "o-open")
    assert floors("inspector").audit.trail(limit=1)[0][0].what == "reveal"
