"""What holds for the project as a whole: its files, its catalogues, its documents."""

import ast
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from string import Formatter
from typing import NamedTuple

import pytest
import yaml
from babel.messages.mofile import read_mo

import floorctl
from floorctl.i18n import LANGUAGES
from floorctl.models.kinds import ENTITIES
from floorctl.rules.commands import registry
from floorctl.sync.schema import path_of, statements
from tests.catalogues import LOCALE, key_of, texts, with_plurals
from tests.contract_table import ALL, LATER, LATER_ENTITIES
from tests.sources import PACKAGE, ROOT, files, modules, program
from tools import schema
from tools.man import PAGES, made
from tools.messages import merged

VAGUE = re.compile(r"managers?|helpers?|utils?", re.IGNORECASE)
_DEFINED = re.compile(r"^[ \t]*(?:class|(?:async )?def) (\w+)", re.MULTILINE)
#: One process looks at the sources.
pytestmark = pytest.mark.xdist_group("sources")
TEXT = {".py", ".md", ".toml", ".txt", ".yaml", ".yml", ".json", ".po", ".tcss", ".cfg", ".csv", ".svg", ""}


def place(path: Path, node: ast.AST | None = None) -> str:
    return f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 1)}"


# -- files


def test_nothing_is_called_after_what_it_is_not() -> None:
    """A name that says manager, helper or utility says nothing."""
    vague = [place(path) for path in modules() if any(VAGUE.fullmatch(word) for word in path.stem.split("_"))]
    for path in modules():
        for name in _DEFINED.findall(path.read_text("utf-8")):
            words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)
            vague += [f"{place(path)} {name}" for word in words if VAGUE.fullmatch(word)]
    assert vague == []


def test_no_text_names_a_machines_folders_or_a_registrys_host() -> None:
    machine = re.compile(r"(?<![\w.\-])/(?:work|root|home/[a-z]+|Users/[a-z]+)/")
    registry = re.compile(r"registry\.npm|pythonhosted\.org|pypi\.(?:org|tuna)|npmmirror|crates\.io|/simple/")
    found = []
    for path in files(*TEXT):
        text = path.read_text("utf-8", errors="replace")
        if path == Path(__file__) or not (machine.search(text) or registry.search(text)):
            continue
        for at, line in enumerate(text.splitlines(), 1):
            if machine.search(line) or registry.search(line):
                found.append(f"{path.relative_to(ROOT)}:{at}: {line.strip()[:80]}")
    assert found == []


def test_no_file_holds_two_sides_of_a_merge() -> None:
    sides = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
    assert [str(path.relative_to(ROOT)) for path in files(*TEXT) if sides.search(path.read_text("utf-8"))] == []


def test_the_lock_of_the_peers_pins_every_package_by_its_contents() -> None:
    import json

    lock = json.loads((ROOT / "tests" / "peers" / "package-lock.json").read_text("utf-8"))
    packages = {name: package for name, package in lock["packages"].items() if name}
    assert packages
    assert [name for name, package in packages.items() if "resolved" in package] == []
    assert [name for name, package in packages.items() if not package.get("integrity")] == []


# -- version, contract, documents


def test_the_version_is_the_same_wherever_it_stands() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["version"] == floorctl.__version__
    assert floorctl.__version__ in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_packaged_contract_is_a_valid_openapi_document_and_what_the_models_follow() -> None:
    import schemathesis  # takes a second, which every process would spend that collects the tests

    path = PACKAGE / "data" / "openapi.yaml"
    schemathesis.openapi.from_path(str(path)).validate()
    document = yaml.safe_load(path.read_text("utf-8"))
    schemas = document["components"]["schemas"]
    assert set(schemas["Kind"]["enum"]) == set(ENTITIES) | LATER_ENTITIES
    assert set(schemas["CommandKind"]["enum"]) == {kind.name for kind in registry.kinds()} | LATER == set(ALL)
    for reference in re.findall(r"\$ref: \"?#/([^\"}\s]+)", path.read_text("utf-8")):
        node = document
        for part in reference.split("/"):
            node = node[part]


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_manual_page_is_that_of_the_commands(language: str) -> None:
    """Where a command, an option or its help has changed: `make man`."""
    assert PAGES[language].read_text("utf-8") == made(language)


# -- catalogues


@pytest.fixture(scope="module")
def catalogue() -> dict[str, str]:
    return texts("en")


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_compiled_catalogue_is_that_of_its_sources(language: str) -> None:
    with (LOCALE / LANGUAGES[language] / "LC_MESSAGES" / "floorctl.mo").open("rb") as file:
        compiled = read_mo(file)
    sources, there = (
        {
            key_of(each): each.string if isinstance(each.string, str) else [*(each.string or ())]
            for each in catalogue
            if each.id
        }
        for catalogue in (merged(LANGUAGES[language]), compiled)
    )
    assert there == sources


@pytest.mark.parametrize("database", sorted(schema.COMPILED))
def test_the_statements_of_a_new_database_are_what_the_tables_say(database: str) -> None:
    assert path_of(database).read_text("utf-8") == schema.as_file(schema.COMPILED[database]())
    assert statements(database) == schema.COMPILED[database]()


def test_both_languages_have_the_same_texts_with_the_same_places_to_fill() -> None:
    chinese, english = texts("zh-CN"), texts("en")
    assert set(chinese) ^ set(english) == set()
    assert [key for key in chinese if not chinese[key] or not english[key]] == []
    assert [key for key in chinese if places(chinese[key]) != places(english[key])] == []


def places(text: str) -> set[str]:
    """The named places of a text; a text without any is never formatted and may hold single braces."""
    try:
        return {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    except ValueError:
        return set()


class Asked(NamedTuple):
    """A key as the code puts it together: what it must look like, and where."""

    pattern: re.Pattern[str]
    where: str


def constants(node: ast.expr) -> Iterator[str]:
    """The strings that an expression may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def calls(name: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call of a function by this name, and where it stands."""
    for path, nodes in program().items():
        for node in nodes:
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name and node.args:
                yield place(path, node), node


def speaks(nodes: list[ast.AST]) -> bool:
    """Whether a module takes texts from the catalogues, names them, or raises errors that are told in their words."""
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    return any(node.module in ("floorctl.i18n", "floorctl.errors") for node in imports) or any(
        alias.name == "Phrase" for node in imports for alias in node.names
    )


def asked_for() -> Iterator[tuple[str, ast.expr, set[str] | None]]:
    """Where a text is asked for or named, its key, and the names of what fills it (None: a mapping)."""
    for where, call in calls("t"):
        given = {keyword.arg or "" for keyword in call.keywords}
        yield where, call.args[0], None if "" in given else given
    for where, call in calls("Phrase"):
        filled = call.args[1] if len(call.args) > 1 else ast.Dict([], [])
        names = set(map(ast.literal_eval, filter(None, filled.keys))) if isinstance(filled, ast.Dict) else None
        yield where, call.args[0], names


def put_together(areas: set[str]) -> Iterator[Asked]:
    """Keys that the code makes of parts: ``f"orders.view.{name}"``."""
    for path, nodes in program().items():
        if not speaks(nodes):
            continue
        for node in nodes:
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                first = str(node.values[0].value)
                if first.partition(".")[0] in areas and re.fullmatch(r"[a-z_]+\.[\w.]*", first):
                    parts = [re.escape(str(v.value)) if isinstance(v, ast.Constant) else ".+" for v in node.values]
                    yield Asked(re.compile("".join(parts)), place(path, node))


@cache
def strings() -> set[str]:
    return {
        node.value
        for nodes in program().values()
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_every_text_that_the_code_asks_for_is_there(catalogue: dict[str, str]) -> None:
    missing = [f"{where} {key}" for where, asked, _ in asked_for() for key in constants(asked) if key not in catalogue]
    areas = {key.partition(".")[0] for key in catalogue}
    missing += [
        f"{asked.where} {asked.pattern.pattern}"
        for asked in put_together(areas)
        if not any(asked.pattern.fullmatch(key) for key in catalogue)
    ]
    assert missing == []


def test_every_error_has_its_sentence(catalogue: dict[str, str]) -> None:
    keys = {string for string in strings() if re.fullmatch(r"error\.[a-z_]+[a-z]", string)}
    assert len(keys) > 50
    assert keys - set(catalogue) == set()


def test_a_text_is_given_what_it_has_places_for(catalogue: dict[str, str]) -> None:
    wrong, plurals = [], with_plurals("en")
    for where, asked, given in asked_for():
        if given is None:
            continue
        wanted = {key: places(catalogue.get(key, "")) for key in constants(asked)}
        wrong += [f"{where} {key} n" for key in wanted if key in plurals and "n" not in given]
        # A text that is given nothing is shown as it stands: it may be filled later, or be a pattern.
        wrong += [f"{where} {key} {names ^ given}" for key, names in wanted.items() if given and not names <= given]
    assert wrong == []


def test_every_word_for_an_enumeration_that_the_code_asks_for_is_there(catalogue: dict[str, str]) -> None:
    missing = []
    for where, call in calls("term"):
        for area in constants(call.args[0]):
            values = list(constants(call.args[1])) or [".+"]
            for value in values:
                known = [key for key in catalogue if re.fullmatch(rf"term\.{area}\.{value}", key)]
                missing += [] if known else [f"{where} {area} {value}"]
    assert missing == []


def test_every_text_is_used(catalogue: dict[str, str]) -> None:
    """But for the words of the contract's enumerations, which are there whole."""
    written, made = strings(), [asked.pattern for asked in put_together({key.partition(".")[0] for key in catalogue})]
    unused = [
        key
        for key in catalogue
        if not key.startswith("term.") and key not in written and not any(each.fullmatch(key) for each in made)
    ]
    assert unused == []


def test_no_text_for_people_stands_in_the_code() -> None:
    """Chinese in a string is a text for people; what the simulated floor is made of stands in data files."""
    han = re.compile(r"[\u4e00-\u9fff]")
    # Masking and likeness know what citizens write: addresses, problems. Nobody is shown these patterns.
    patterns = {PACKAGE / "rules" / "privacy.py", PACKAGE / "rules" / "orders" / "citizens_words.py"}
    found = []
    for path, nodes in program().items():
        if path in patterns:
            continue
        documented = {
            id(node.body[0].value)
            for node in nodes
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
            and node.body
            and isinstance(node.body[0], ast.Expr)
        }
        for node in nodes:
            is_text = isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documented
            if is_text and han.search(node.value):  # type: ignore[attr-defined]
                found.append(f"{place(path, node)} {node.value[:40]!r}")  # type: ignore[attr-defined]
    assert found == []
