"""Rules are arithmetic that scripts may import: nothing heavy comes with them."""

import subprocess
import sys

ASK = """
import sys
import pkgutil
from importlib import import_module
import floorctl.rules
for module in pkgutil.walk_packages(floorctl.rules.__path__, "floorctl.rules."):
    if module.name not in ("floorctl.rules.handover.carried", "floorctl.rules.handover.summary"):
        import_module(module.name)
heavy = {"textual", "sqlalchemy", "sqlmodel", "httpx", "sqlcipher3", "chinese_calendar", "rich", "floorctl.config"}
print(sorted(heavy & set(sys.modules)))
"""


def test_importing_the_rules_imports_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
