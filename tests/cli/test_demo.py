"""``demo`` for scripts, and the platform that ends with it; what people see of one is in ``tests/e2e/test_demo.py``."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import httpx

from floorctl.calendar import WorkCalendar
from tests import loopback
from tests.cli.shell import Shell
from tests.waiting import wait_until


def test_once_as_json_is_the_status_document(shell: Shell) -> None:
    ended = shell.process("demo", "--once", "--json", "--orders", "50", "--seats", "12", "--seed", "7", "--at", "14:30")
    document = json.loads(ended.stdout)
    assert document["live"] is True
    assert sum(document["seats"].values()) == 12
    assert datetime.fromisoformat(document["as_of"]).strftime("%H:%M") == "14:30"
    assert any(queue["offered"] for queue in document["queues"])


def test_an_unknown_scenario_or_role_is_answered_by_those_that_there_are(shell: Shell) -> None:
    for option, value, known in (
        ("--scenario", "nonsense", "day surge outage flood weekend night handover month-end big"),
        ("--role", "boss", "supervisor shift_lead inspector viewer"),
    ):
        ended = shell("demo", "--once", option, value, "--lang", "en")
        assert ended.returncode == 2
        assert ended.stdout == ""
        assert ended.stderr.count("\n") == 1
        assert known in ended.stderr


def test_it_begins_on_the_day_and_at_the_time_asked_for_else_as_the_scenario_has_it(shell: Shell) -> None:
    few = ("--seats", "12", "--orders", "50")
    for options, begins in (
        (("--day", "2026-03-05", "--at", "14:30"), "2026-03-05 14:30"),
        (("--scenario", "night", "--day", "2026-03-05"), "2026-03-05 02:40"),
    ):
        ended = shell.process("demo", "--once", "--json", *few, *options)
        as_of = datetime.fromisoformat(json.loads(ended.stdout)["as_of"])
        assert as_of.strftime("%Y-%m-%d %H:%M") == begins


def test_without_options_it_is_a_working_morning_whatever_the_hour_is(shell: Shell) -> None:
    ended = shell.process("demo", "--once", "--json", "--seats", "12", "--orders", "50")
    as_of = datetime.fromisoformat(json.loads(ended.stdout)["as_of"])
    assert as_of.strftime("%H:%M") == "10:20"
    assert WorkCalendar(as_of.tzinfo or UTC).is_working_day(as_of.date())


def test_a_floor_on_which_no_call_came_yet_is_printed_too(shell: Shell) -> None:
    ended = shell.process("demo", "--once", "--json", "--at", "00:00", "--seats", "1", "--orders", "0")
    document = json.loads(ended.stdout)
    assert datetime.fromisoformat(document["as_of"]).strftime("%H:%M") == "00:00"
    assert not any(queue["offered"] for queue in document["queues"])


def test_the_persons_own_configuration_neither_hinders_a_demonstration_nor_moves_its_clock(
    shell: Shell, tmp_path: Path
) -> None:
    for own in ('time_zone = "America/New_York"', "no = [configuration"):
        path = tmp_path / "own.toml"
        path.write_text(own, encoding="utf-8")
        asked = ("demo", "--once", "--json", "--seats", "1", "--orders", "0", "--at", "14:30")
        ended = shell.process(*asked, env={"FLOORCTL_CONFIG": str(path)})
        assert ended.returncode == 0, ended.stderr
        assert json.loads(ended.stdout)["as_of"][11:16] == "14:30"


def test_what_is_no_command_on_the_platforms_standard_input_is_passed_over(shell: Shell) -> None:
    line = ("platform", "serve", "--port", "0", "--orders", "10", "--until-eof")
    running = shell.start(*line, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stderr is not None
    url = ""
    while not url:
        assert running.poll() is None
        url = running.stderr.readline().partition("listening on ")[2].strip()
    running.stdin.write("cut it out\n\n" + "x" * 10_000 + "\nmend\ncu")
    running.stdin.flush()
    assert loopback.request("GET", f"{url}/v1/session").status_code == 401
    running.stdin.write("t\n")
    running.stdin.flush()

    def is_refused() -> bool:
        try:
            loopback.request("GET", f"{url}/v1/session")
        except httpx.TransportError as error:  # another kind: the cut came into the middle of it
            return isinstance(error, httpx.ConnectError)
        return False

    wait_until(is_refused, why="for the line to be cut")
    running.stdin.close()
    assert running.wait(20) == 0
    assert "Traceback" not in running.stderr.read()
    running.stderr.close()


def test_a_platform_started_by_a_program_ends_with_it(shell: Shell) -> None:
    line = ("platform", "serve", "--port", "0", "--orders", "10", "--until-eof")
    running = shell.start(*line, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
    assert running.stdin is not None
    assert running.stderr is not None
    while "listening on" not in running.stderr.readline():
        assert running.poll() is None
    running.stdin.close()
    assert running.wait(20) == 0
    assert "Traceback" not in running.stderr.read()
    running.stderr.close()
