"""``demo`` for scripts, and the platform that ends with it; what people see of one is in ``tests/e2e/test_demo.py``."""

import json
import subprocess
from datetime import datetime

from floorctl.cli.demo import demo_time
from floorctl.config import Config
from tests.cli.shell import Shell


def test_once_as_json_is_the_status_document(shell: Shell) -> None:
    ended = shell.process("demo", "--once", "--json", "--orders", "50", "--seats", "12", "--seed", "7", "--at", "14:30")
    document = json.loads(ended.stdout)
    assert document["live"] is True
    assert sum(document["seats"].values()) == 12
    assert datetime.fromisoformat(document["as_of"]).strftime("%H:%M") == "14:30"
    assert any(queue["offered"] for queue in document["queues"])


def test_a_demonstration_begins_in_the_working_day() -> None:
    zone = Config().zone
    assert demo_time(Config(), datetime(2026, 3, 5, 14, 7, tzinfo=zone)) == "14:07"
    assert demo_time(Config(), datetime(2026, 3, 5, 3, 0, tzinfo=zone)) == "10:00"
    assert demo_time(Config(), datetime(2026, 3, 5, 17, 31, tzinfo=zone)) == "10:00"


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
