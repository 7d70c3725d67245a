"""Rules are arithmetic that scripts may import: nothing heavy comes with them."""

import subprocess
import sys

ASK = """
import sys
import floorctl.rules.alerts, floorctl.rules.attribution, floorctl.rules.effects, floorctl.rules.forecast
import floorctl.rules.limits, floorctl.rules.metrics, floorctl.rules.outlook, floorctl.rules.privacy
import floorctl.worktime
heavy = {"textual", "sqlalchemy", "sqlmodel", "httpx", "sqlcipher3", "chinese_calendar", "rich", "floorctl.config"}
print(sorted(heavy & set(sys.modules)))
"""


def test_importing_the_rules_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
