"""The project's own files and what the modules among them are made of: looked for once by the process that asks."""

import ast
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "floorctl"
OURS = ("floorctl", "tests", "tools", "docs", ".ci")


@cache
def _all() -> list[Path]:
    found = [path for path in ROOT.iterdir() if path.is_file()]
    for folder in OURS:
        found += [path for path in (ROOT / folder).rglob("*") if path.is_file() and "node_modules" not in path.parts]
    return sorted(path for path in found if "__pycache__" not in path.parts)


def files(*suffixes: str) -> list[Path]:
    """The project's own files with these suffixes, those at its root among them."""
    return [path for path in _all() if path.suffix in suffixes]


@cache
def modules() -> list[Path]:
    """All of Python."""
    return files(".py")


@cache
def program() -> dict[Path, list[ast.AST]]:
    """The modules of the program, each with all of its nodes, the module itself first."""
    return {path: [*ast.walk(ast.parse(path.read_text("utf-8")))] for path in modules() if PACKAGE in path.parents}
