"""Rules are arithmetic that scripts may import: nothing heavy comes with them, and no words."""

import subprocess
import sys

ASK = """
import sys
import pkgutil
from importlib import import_module
import floorctl.rules
for module in pkgutil.walk_packages(floorctl.rules.__path__, "floorctl.rules."):
    import_module(module.name)
foreign = {"textual", "sqlalchemy", "sqlmodel", "httpx", "sqlcipher3", "chinese_calendar", "rich", "gettext",
           "floorctl.config", "floorctl.clock", "floorctl.i18n", "floorctl.text"}
print(sorted(foreign & set(sys.modules)))
"""


def test_importing_the_rules_imports_nothing_heavy_and_no_words() -> None:
    done = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
