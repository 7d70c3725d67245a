"""Short numbers for what has no number of its own: lists show them, commands take them and still take ids."""

from collections.abc import Callable

from floorctl.cli.handles import numbers
from tests.cli.shell import Shell


def shown(shell: Shell, *command: str) -> list[str]:
    """What stands in the first column of a list."""
    ended = shell(*command)
    assert ended.returncode == 0, ended.stderr
    return [line.split()[0] for line in ended.stdout.splitlines()[2:] if line.strip()]


def test_a_number_is_as_short_as_it_can_be_and_never_two_things() -> None:
    ids = [f"a-{n}" for n in range(3000)]
    found = numbers(ids)
    assert sorted(found) == sorted(ids)
    assert len(set(found.values())) == len(ids)
    assert min(map(len, found.values())) == 4
    alone = numbers(["a-7"])["a-7"]
    assert found["a-7"].startswith(alone)


def test_a_number_stays_while_the_list_moves() -> None:
    few, more = numbers(["a-1", "a-2"]), numbers(["a-9", "a-2", "a-5", "a-1"])
    assert all(more[each].startswith(few[each]) for each in few)


def test_an_alert_is_acted_on_by_its_number_and_by_its_id(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    alerts = shell.json("alerts", "--sort", "raised")["items"]
    listed = shown(shell, "alerts", "--sort", "raised")
    assert len(listed) == len(alerts)
    for which in (listed[0], alerts[0]["id"]):
        [item] = shell.json("ack", which)["items"]
        assert item["target"] == {"kind": "alert", "id": alerts[0]["id"]}
    ended = shell("ack", "0000000")
    assert ended.returncode == 6
    assert "0000000" in ended.stderr


def test_a_fact_is_taken_back_by_its_number(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    [made] = shell.json("assess", "record", "training", "--title", "x")["items"]
    facts = [each["id"] for each in shell.json("assess", "facts")["items"]]
    number = shown(shell, "assess", "facts")[facts.index(made["target"]["id"])]
    [item] = shell.json("assess", "remove", number, "--reason", "x")["items"]
    assert item["target"]["id"] == made["target"]["id"]


def test_an_act_of_ours_is_called_by_its_number_or_its_id(another: Callable[[str], Shell]) -> None:
    shell = another("supervisor")
    order = shell.json("orders", "--state", "dispatched", "--limit", "1")["items"][0]["number"]
    [made] = shell.json("urge", order)["items"]
    number = shown(shell, "outbox")[0]
    for which in (number, made["id"]):
        assert shell.json("outbox", "show", which)["id"] == made["id"]
        ended = shell("outbox", "retry", which)
        assert ended.returncode == 4
        assert number in ended.stderr
        assert made["id"] not in ended.stderr
    assert number in shown(shell, "undo")
