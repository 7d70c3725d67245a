"""The load test in small: what it says to be true of a hundred terminals holds for five, however slow the machine."""

import re
import subprocess
import sys

import pytest

from tests.simulator.running import need_postgres


@pytest.mark.slow
def test_five_terminals_on_two_workers_lose_nothing_and_apply_nothing_twice() -> None:
    need_postgres()
    size = ("--terminals", "5", "--processes", "2", "--workers", "2", "--orders", "300", "--seats", "14")
    argv = [sys.executable, "-m", "tools.load", *size, "--seconds", "2", "--every", "0.5", "--burst", "8"]
    done = subprocess.run(argv, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    made = re.search(r"Commands made (\d+), applied once each; entities missing at any terminal: 0", done.stdout)
    assert made, done.stdout
    # Those of the burst, and at least a few of those made now and then.
    assert int(made[1]) > 5 * 8 + 3
