"""What ``seats``, ``queues``, ``orders``, ``order``, ``alerts`` and ``status`` answer from a synced cache."""

import json
import re
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest

from tests.cli.shell import Shell

ENVELOPE = {"as_of", "live", "total", "items"}
OFFSET = re.compile(r"\+08:00$")


def test_every_list_has_the_documented_envelope(synced: Shell) -> None:
    for command in ("seats", "queues", "orders", "alerts", "outbox"):
        document = synced.json(command)
        assert set(document) == ENVELOPE, command
        assert document["live"] is False
        assert OFFSET.search(document["as_of"])
        for item in document["items"]:
            assert {"id"} <= set(item)


def test_a_document_is_laid_out_for_people_too(synced: Shell) -> None:
    said = synced("queues", "--json").stdout
    assert said == json.dumps(json.loads(said), indent=2, ensure_ascii=False) + "\n"


def test_seats_have_their_derived_fields(synced: Shell) -> None:
    items = synced.json("seats")["items"]
    assert len(items) == 49
    for item in items:
        assert item["version"] >= 1
        assert item["pending"] == []
        assert isinstance(item["person_name"], str)
        assert item["seconds_in_state"] >= 0
        assert isinstance(item["limit_exceeded"], bool)


def test_queue_rates_are_decimal_strings_of_the_summed_counts(synced: Shell) -> None:
    for item in synced.json("queues")["items"]:
        assert abs(Decimal(item["answer_rate"]) - Decimal(item["answered"]) / item["offered"]) < Decimal("0.000001")
        assert abs(Fraction(item["target_rate"]) - Fraction(item["answered_in_target"], item["offered"])) < Fraction(
            1, 10**6
        )
        assert {"abandon_rate", "asa_seconds", "aht_seconds", "longest_wait_seconds"} <= set(item)


def test_orders_have_their_deadlines_and_the_floors_offset(synced: Shell) -> None:
    document = synced.json("orders", "--limit", "20")
    assert len(document["items"]) == 20
    assert document["total"] > 20
    for item in document["items"]:
        assert {"due_at", "overdue", "overdue_seconds", "dispatch_due_at", "dispatch_state", "urge_level"} <= set(item)
        assert item["due_basis"] in ("given", "extended", "counted", "none")
        assert (item["due_basis"] == "none") == (item["due_at"] is None)
        assert item["dispatch_state"] in ("none", "waiting", "due_soon", "late", "on_time")
        assert OFFSET.search(item["received_at"])


def test_an_order_says_what_its_limit_rests_on(synced: Shell) -> None:
    items = {item["due_basis"]: item for item in synced.json("orders", "--limit", "0")["items"]}
    counted = synced("order", items["counted"]["number"]).stdout
    assert (items["counted"]["due_source"] or "the centre's own rule") in counted
    assert "set by the platform" in synced("order", items["given"]["number"]).stdout


def test_overdue_and_state_and_line_filters_hold_together(synced: Shell) -> None:
    for item in synced.json("orders", "--overdue", "--limit", "0")["items"]:
        assert item["overdue"] is True
        assert item["overdue_seconds"] > 0
    chosen = synced.json("orders", "--state", "accepted,dispatched", "--line", "12345", "--limit", "0")
    assert chosen["total"] == len(chosen["items"]) > 0
    assert {item["state"] for item in chosen["items"]} <= {"accepted", "dispatched"}
    assert {item["line"] for item in chosen["items"]} == {"12345"}


def test_a_filter_may_be_said_in_the_words_of_the_screen(synced: Shell) -> None:
    by_word = json.loads(synced("seats", "--state", "示闲", "--lang", "zh-CN", "--json").stdout)
    by_value = synced.json("seats", "--state", "ready")
    assert [item["id"] for item in by_word["items"]] == [item["id"] for item in by_value["items"]]


def test_what_waits_for_dispatch_is_listed_by_the_dispatch_clock_with_its_time_left(synced: Shell) -> None:
    items = synced.json("orders", "--to-dispatch", "--limit", "0")["items"]
    assert len(items) > 1
    clocks = [item["dispatch_due_at"] for item in items if item["dispatched_at"] is None and item["dispatch_due_at"]]
    assert clocks == sorted(clocks)
    assert items[: len(clocks)] == [item for item in items if item["dispatch_due_at"] in clocks]
    assert [item["id"] for item in synced.json("orders", "--to-dispatch", "--sort", "latest")["items"]] != []
    told = synced("orders", "--to-dispatch", "--lang", "en").stdout
    assert "Dispatch left" in told
    assert "Dispatch due" in told
    assert re.search(r"\d+ ?(m|min|h)\b", told)


def test_an_order_is_found_by_its_number_and_by_its_text(synced: Shell) -> None:
    item = synced.json("orders", "--limit", "1")["items"][0]
    found = synced.json("order", item["number"])
    assert found["id"] == item["id"]
    assert found["history"][0]["what"] == "received"
    assert item["id"] in {each["id"] for each in synced.json("orders", "--search", item["number"])["items"]}


def test_personal_data_is_masked_unless_revealed(synced: Shell) -> None:
    masked = synced.json("orders", "--limit", "40")["items"]
    plain = synced.json("orders", "--limit", "40", "--reveal")["items"]
    phones = [item["citizen"]["phone"] for item in plain if item["citizen"] and item["citizen"]["phone"]]
    assert phones
    told = json.dumps(masked, ensure_ascii=False)
    assert not [phone for phone in phones if phone in told]
    assert all("*" in item["citizen"]["phone"] for item in masked if item["citizen"] and item["citizen"]["phone"])
    text = synced("order", plain[0]["number"]).stdout
    assert not [phone for phone in phones if phone in text]


def test_status_is_the_documented_document(synced: Shell) -> None:
    document = synced.json("status")
    assert set(document) == {
        "as_of", "live", "person", "queues", "seats", "orders", "missed_calls", "alerts", "quality", "assessment",
        "outbox",
    }  # fmt: skip
    assert sum(document["seats"].values()) == 49
    assert set(document["orders"]) == {"overdue", "due_soon", "to_dispatch", "to_call_back", "stuck"}
    assert document["orders"]["overdue"] == synced.json("orders", "--overdue")["total"]
    assert set(document["alerts"]) == {"open", "critical"}
    assert set(document["quality"]) == {"planned", "scored"}
    assert set(document["assessment"]) == {"month", "base", "total"}
    assert document["outbox"] == {"waiting": 0, "conflict": 0, "refused": 0}


def test_the_age_is_said_beside_the_answer_and_quiet_leaves_it_out(synced: Shell) -> None:
    said = synced("status")
    assert "this is not live" in said.stderr
    assert "this is not live" not in said.stdout
    assert synced("status", "-q").stderr == ""


def test_a_command_that_does_not_ask_the_platform_does_not_call_it_away(synced: Shell) -> None:
    said = synced("status").stdout
    assert re.search(r"^◌ data as of \d\d:\d\d:\d\d ", said)
    assert "offline" not in said


@pytest.mark.parametrize("language", ["zh-CN", "en"])
@pytest.mark.parametrize("command", ["status", "seats", "queues", "orders", "alerts", "outbox"])
def test_tables_are_for_people_and_hold_no_key_of_the_catalogue(synced: Shell, command: str, language: str) -> None:
    ended = synced(command, "--lang", language)
    assert ended.returncode == 0
    assert not re.search(r"\b(cli|error|term)\.[a-z_]+", ended.stdout + ended.stderr)
    assert "\x1b" not in ended.stdout


def test_a_table_gives_way_to_a_narrow_terminal(synced: Shell) -> None:
    from rich.cells import cell_len

    ended = synced("seats", env={"COLUMNS": "60"})
    assert max(cell_len(line) for line in ended.stdout.splitlines()) <= 60


def test_alerts_stand_in_their_order_also_as_json(synced: Shell) -> None:
    items = synced.json("alerts")["items"]
    severity = {"critical": 0, "warning": 1, "notice": 2}
    state = {"open": 0, "acknowledged": 1}
    keys = [
        (
            item["next_step"] is None,
            item["next_due_at"] or "",
            state[item["state"]] if not item["next_step"] else 0,
            severity[item["severity"]],
            item["raised_at"],
        )
        for item in items
    ]
    assert keys == sorted(keys)
    assert synced.json("alerts", "--sort", "urgency")["items"] == items


def test_alerts_say_their_next_step(synced: Shell) -> None:
    items = synced.json("alerts")["items"]
    for item in items:
        assert item["state"] != "closed"
        assert item["source"] in ("platform", "terminal")
        if item["next_step"] is not None:
            assert datetime.fromisoformat(item["next_due_at"]) == datetime.fromisoformat(item["next_step"]["due_at"])


def test_what_does_not_exist_ends_with_six(synced: Shell) -> None:
    for arguments in (["order", "nothing"], ["orders", "--department", "no such office"], ["outbox", "show", "x"]):
        ended = synced(*arguments)
        assert ended.returncode == 6, arguments
        assert ended.stdout == ""
        assert ended.stderr.startswith("Error: ")
