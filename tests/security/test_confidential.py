"""A confidential order: whatever door its citizen's data could leave by, only a supervisor with a reason opens one."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from floorctl.errors import NotAllowedError, UsageError
from floorctl.floor.floor import Floor
from floorctl.models.masked import Masked
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import Order
from tests.cli.shell import Shell
from tests.floor_access import journal_of
from tests.personal_floor import PHONE, PLAIN, entities, personal_floor
from tests.screens.filled_floor import Feed
from tests.security.test_masked import strings, trail_of
from tests.sync.storage import session

WHY = "市民要求核对"


def confidential(floor: Floor) -> Floor:
    """Make the order of a personal floor confidential, with the citizen's name in its title."""
    [order] = [entity for kind, _, entity in entities() if isinstance(entity, Order)]
    feed = Feed(floor)
    feed.version = 1000
    feed.send(
        ("order", "o-1", replace(order, confidential=True, title="张建国反映路灯不亮", content=f"张建国电话{PHONE}"))
    )
    return floor


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    with closing(confidential(personal_floor(tmp_path / "data"))) as opened:
        yield opened


def as_role(floor: Floor, role: str) -> None:
    journal_of(floor).save_session(session(role), platform="http://127.0.0.1:9")
    floor.session.look()


def records(floor: Floor) -> dict[str, Masked[Any]]:
    """Every record that is about the order, by its kind."""
    of_sample = floor.orders.of_sample("sa-1")
    assert of_sample is not None
    commands = [item for item in floor.outbox.items() if item.target.id in ("o-1", "a-1")]
    return {
        "order": floor.orders.get("o-1").record,
        "sample": floor.quality.sample("sa-1").record,
        "inspection": floor.quality.inspections()[0].record,
        "alert": floor.alerts.all(closed=True)[0].record,
        "sample order": of_sample.record,
        "command": commands[0].record,
    }


def grant_for(floor: Floor, name: str, **how: Any) -> Any:
    kind = name.split(maxsplit=1)[0]
    ids = {"order": "o-1", "sample": "sa-1", "inspection": "in-1", "alert": "a-1"}
    commands = [item.id for item in floor.outbox.items()]
    return floor.audit.reveal(kind, ids.get(kind, ""), commands if kind == "command" else (), **how)


def test_whatever_is_about_it_opens_for_a_supervisor_with_a_reason_only(floor: Floor) -> None:
    for name, record in records(floor).items():
        usual = grant_for(floor, name)
        with pytest.raises(ValueError, match="confidential"):
            record.open(usual)
        assert record.seen(usual) == record.shown, name
        opened = record.seen(grant_for(floor, name, reason=WHY))
        assert any(plain in each for each in strings(opened) for plain in PLAIN), name
        assert floor.audit.trail(limit=1)[0][0].detail["reason"] == WHY


@pytest.mark.parametrize("role", ["shift_lead", "inspector"])
def test_nobody_else_opens_it_whatever_they_say(floor: Floor, role: str) -> None:
    as_role(floor, role)
    for name, record in records(floor).items():
        assert record.seen(grant_for(floor, name, reason=WHY)) == record.shown, name
    with pytest.raises(NotAllowedError):
        floor.audit.reveal("order", "o-1", reason=WHY, confidential=True)
    entry = floor.audit.trail(limit=1)[0][0]
    assert (entry.what, entry.subject.id) == ("denied", "o-1")


def test_without_a_reason_nothing_is_entered_and_nothing_shown(floor: Floor) -> None:
    before = floor.audit.trail(limit=1)[1]
    for reason in ("", "  "):
        with pytest.raises(UsageError):
            floor.audit.reveal("order", "o-1", reason=reason, confidential=True)
    assert floor.audit.trail(limit=1)[1] == before


def test_its_citizens_name_is_masked_inside_its_texts_and_wherever_its_title_stands(floor: Floor) -> None:
    order = floor.orders.get("o-1").order
    assert (order.title, order.content) == ("张**反映路灯不亮", "张**电话138****5678")
    views = [
        floor.orders.page(), floor.alerts.all(closed=True),
        [floor.handovers.get(each) for each in floor.handovers.all()],
        floor.outbox.items(), floor.undo.recent(), [floor.outbox.target(item) for item in floor.outbox.items()],
        floor.audit.trail(limit=-1, sending=True),
    ]  # fmt: skip
    assert [each for each in strings(views) if any(plain in each for plain in PLAIN)] == []


@pytest.mark.parametrize("query", [PHONE, "5678", "张建国", "建国", "春熙路88", "510104199001011234", "张"])
def test_no_search_finds_it_by_what_identifies_the_citizen(floor: Floor, query: str) -> None:
    found = floor.orders.page(OrderFilter(search=query)).items
    assert [view.id for view in found] == []


def test_it_is_found_by_its_number_and_its_matter(floor: Floor) -> None:
    for query in ("路灯", "000000000001"):
        assert [view.id for view in floor.orders.page(OrderFilter(search=query)).items] == ["o-1"]


def test_it_stands_beside_no_other_order_of_its_caller_and_none_beside_it(floor: Floor) -> None:
    [order] = [entity for kind, _, entity in entities() if isinstance(entity, Order)]
    feed = Feed(floor)
    feed.version = 2000
    feed.send(("order", "o-2", replace(order, number="2")), ("order", "o-3", replace(order, number="3")))
    assert [view.id for view in floor.repetitions.of_caller("o-2")] == ["o-3"]
    assert floor.repetitions.of_caller("o-1") == []


@pytest.fixture
def shell(floor: Floor, tmp_path: Path) -> Shell:
    return Shell(tmp_path / "shell", data=floor.data_dir)


def shows(output: str) -> bool:
    return any(plain in output for plain in PLAIN)


def test_the_order_is_revealed_by_command_with_a_reason_that_the_trail_keeps(shell: Shell) -> None:
    asked = shell("order", "000000000001", "--reveal")
    assert (asked.returncode, shows(asked.stdout)) == (2, False)
    assert "--reason" in asked.stderr
    shown = shell("order", "000000000001", "--reveal", "--reason", WHY)
    assert PHONE in shown.stdout
    newest = trail_of(shell)[0]
    assert (newest["what"], newest["subject"]["id"], newest["detail"]["reason"]) == ("reveal", "o-1", WHY)
    masked = shell("order", "000000000001").stdout
    assert "[Confidential]" in masked
    assert not shows(masked)


@pytest.mark.parametrize(
    "command", [("orders",), ("alerts",), ("inspect", "list"), ("inspect", "show", "1"), ("outbox",)], ids=" ".join
)
def test_a_list_that_is_revealed_leaves_it_masked_and_says_so(shell: Shell, command: tuple[str, ...]) -> None:
    for options in ((), ("--json",)):
        ended = shell(*command, "--reveal", *options)
        assert ended.returncode == 0, ended.stderr
        assert "confidential record" in ended.stderr
        if command in (("orders",), ("inspect", "list")):
            assert not shows(ended.stdout)


def test_a_list_of_orders_shows_it_with_a_reason(shell: Shell) -> None:
    items = shell.json("orders", "--reveal", "--reason", WHY)["items"]
    assert [item["citizen"]["phone"] for item in items if item["confidential"]] == [PHONE]


@pytest.mark.parametrize("form", ["csv", "json"])
def test_an_export_leaves_it_masked_whatever_the_reason_and_says_so(shell: Shell, form: str) -> None:
    file = shell.folder / f"orders.{form}"
    ended = shell("export", "orders", str(file), "--reveal", "--reason", WHY)
    assert ended.returncode == 0, ended.stderr
    assert "1 confidential record is masked" in ended.stderr
    assert not shows(file.read_text("utf-8"))
