"""kill -9 while a dispatcher decides, links and sends back: each act that was shown as done is on the platform once."""

import os
import random
import sqlite3
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from floorctl.floor.terminal import open_terminal
from floorctl.models.orders import Order
from tests import forking
from tests.build import DAY, Entities, config
from tests.e2e.dispatching_process import due
from tests.scope import FULL
from tests.simulator.running import NOW, PEOPLE, Running, make_data, sent_order
from tests.waiting import HURRIED, wait_until

#: A few kills where everybody waits for them, two hundred where somebody asks for them (``make kills``).
KILLS = int(os.environ.get("FLOORCTL_TEST_KILLS", "5" if FULL else "3"))
ROOT = Path(__file__).parents[2]
#: At most so many acts before a kill.
_ACTS = 12
#: Orders of each of the six kinds: enough for all processes.
_EACH = max(4, KILLS * _ACTS // 6)
_made = Entities(NOW)

pytestmark = [pytest.mark.e2e, pytest.mark.slow]


def floor_to_dispatch() -> Iterator[tuple[str, Order]]:
    """Yield orders of each kind that waits for a decision or an act, with titles that mix the kinds."""
    yield "o-main", sent_order(1000, title="~")
    for n in range(_EACH):
        given = {"title": f"{n:05}", "dispatched_at": NOW - DAY}
        returned = {"state": "returned", "returns": 1, "return_log": (_made.returned(),)}
        yield f"o-return-{n}", sent_order(10_000 + n, **given, **returned)
        yield f"o-extend-{n}", sent_order(20_000 + n, state="accepted", extension=_made.extension(), **given)
        closed = {"state": "closed", "handled_at": NOW, "closed_at": NOW, "satisfaction": 1}
        yield f"o-redo-{n}", sent_order(30_000 + n, **given, **closed)
        for offset, kind in enumerate(("link", "confer", "urge"), 4):
            yield f"o-{kind}-{n}", sent_order(10_000 * offset + n, **given)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    """A platform on which nobody but the test's terminal acts."""
    make_data(tmp_path / "platform.db")
    running = Running(tmp_path / "platform.db")
    with running.store.transaction() as changing:
        for id_ in [id_ for id_, _ in changing.all("order")]:
            changing.delete("order", id_)
        for id_, order in floor_to_dispatch():
            changing.put("order", id_, order)
    yield running
    running.stop()


class Witness:
    """What the killed processes said that they had done, and what they had begun."""

    def __init__(self) -> None:
        self.done: dict[str, tuple[str, str]] = {}
        self.begun: Counter[tuple[str, str]] = Counter()

    def hear(self, line: str) -> bool:
        """Take in a line; return True for the last one."""
        what, kind, target, command = line.split()
        if what == "doing":
            self.begun[kind, target] += 1
        if what == "done":
            self.done[command] = (kind, target)
        return what == "finished"


def run(folder: Path, running: Running, witness: Witness, chance: random.Random) -> bool:
    """Let the process work until it is killed; return True if it had finished before that."""
    said, says = os.pipe()
    with os.fdopen(says, "w") as out:
        argv = ("tests.e2e.dispatching_process", str(folder), running.url)
        process = forking.start(*argv, cwd=ROOT, files=[0, out.fileno(), 2])
    lines, finished = chance.randrange(1, 2 * _ACTS), False
    with os.fdopen(said) as told:
        for at, line in enumerate(told, 1):
            finished = witness.hear(line)
            if at >= lines:
                time.sleep(chance.random() * 0.02)
                process.kill()
                break
        # What it still said before it was dead had happened.
        for line in told:
            finished = (line.endswith("\n") and witness.hear(line)) or finished
    process.wait()
    return finished


def test_killed_at_random_points_no_act_is_lost_and_none_is_done_twice(running: Running, tmp_path: Path) -> None:
    seed = int(os.environ.get("FLOORCTL_TEST_SEED", "20261125"))
    chance, witness = random.Random(seed), Witness()
    folder = tmp_path / "terminal"
    settings = config(folder, url=running.url)
    floor = open_terminal(settings)
    account = PEOPLE["supervisor"]
    floor.session.sign_in(account.employee_no, account.password)
    floor.live.start(watch=False, pace=HURRIED)
    orders = sum(1 for _ in floor_to_dispatch())
    wait_until(lambda: floor.orders.page(limit=1).total == orders, seconds=60)
    floor.close()
    for at in range(KILLS):
        if run(folder, running, witness, chance):
            pytest.fail(f"only {at} kills: there was nothing left to do (seed {seed})")

    floor = open_terminal(settings)
    try:
        kept = {item.id: (item.kind, item.target.id) for item in floor.outbox.items(limit=100_000)}
        assert witness.done.items() <= kept.items()  # once shown as done, never lost
        assert set(kept.values()) <= set(witness.begun)
        floor.live.start(watch=False, pace=HURRIED)
        wait_until(
            lambda: floor.status.connection().mode == "live" and not floor.status.connection().waiting, seconds=60
        )
        states = Counter(item.state for item in floor.outbox.items(limit=100_000))
        assert set(states) == {"applied"}, states
    finally:
        floor.close()

    with closing(sqlite3.connect(f"file:{tmp_path / 'platform.db'}?mode=ro", uri=True)) as db:
        applied = db.execute("SELECT id, kind, target_id FROM command").fetchall()
    assert {id_: (kind, target) for id_, kind, target in applied} == kept
    assert max(Counter(kept.values()).values()) == 1  # nobody did anything a second time
    for kind, target in kept.values():
        row = running.store.get("order", target)
        assert row is not None
        entity = row.data
        assert isinstance(entity, Order)
        assert due(target, entity) is None
        counted = {
            "order.return": sum(each.upheld is True for each in entity.return_log),
            "order.redo": len(entity.redos),
            "order.confer": len(entity.conferences),
            "order.urge": len(entity.urges),
        }
        assert counted.get(kind, 1) == 1
        if kind == "order.extend":
            assert entity.due_at == _made.extension().until
