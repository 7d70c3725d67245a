"""Documentation and program say the same: commands, options, keys of the configuration, exit codes, texts."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.core import TyperGroup

from floorctl import config
from floorctl.cli import app
from floorctl.cli.configuration import toml
from floorctl.cli.help import TargetFirst
from floorctl.config import Config
from floorctl.errors import Exit
from floorctl.i18n import use_language

ROOT = Path(__file__).parents[2]
COMMAND_PAGES = ("docs/commands.md", "docs/commands.zh-CN.md")
CONFIGURATION_PAGES = ("docs/configuration.md", "docs/configuration.zh-CN.md")


def _commands() -> Iterator[tuple[str, Any]]:
    top = app.build()
    for name in app.COMMANDS:
        command = top.get_command(typer.Context(top), name)
        if isinstance(command, TyperGroup):
            for inner, each in command.commands.items():
                unnamed = isinstance(command, TargetFirst) and inner == command.default
                yield name if unnamed else f"{name} {inner}", each
        else:
            yield name, command


def _options(command: Any) -> set[str]:
    return {flag for each in command.params if each.param_type_name == "option" for flag in each.opts}


def _sections(page: str) -> dict[str, str]:
    text = (ROOT / page).read_text("utf-8")
    parts = re.split(r"^### `floorctl ([^`]+)`$", text, flags=re.MULTILINE)
    return {_name(usage): body.partition("\n## ")[0] for usage, body in zip(parts[1::2], parts[2::2], strict=True)}


def _name(usage: str) -> str:
    return " ".join(word for word in usage.split() if re.fullmatch(r"[a-z][a-z-]*", word))


@pytest.mark.parametrize("page", COMMAND_PAGES)
def test_every_command_is_documented_and_every_documented_command_exists(page: str) -> None:
    assert set(_sections(page)) == {name for name, _ in _commands()}


@pytest.mark.parametrize("page", COMMAND_PAGES)
def test_every_option_is_documented_and_every_documented_option_exists(page: str) -> None:
    sections = _sections(page)
    general = _options(app.build())
    for name, command in _commands():
        told = set(re.findall(r"^\| .*?(--?[a-z][a-z-]*)", sections[name], flags=re.MULTILINE))
        assert told == _options(command) - general, name
        assert ("`--reveal`" in sections[name]) == ("--reveal" in _options(command)), name


@pytest.mark.parametrize("page", COMMAND_PAGES)
def test_every_general_option_and_exit_code_is_documented(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    for flag in _options(app.build()):
        assert f"`{flag}" in text, flag
    for code in Exit:
        assert re.search(rf"^\| {int(code)} \|", text, flags=re.MULTILINE), code


def _keys(section: Any, prefix: str = "") -> Iterator[str]:
    for name in section.__struct_encode_fields__:
        value = section.order_limits[0] if name == "order_limits" else getattr(section, name, None)
        if isinstance(value, config.Section):
            yield from _keys(value, f"{name}.")
        else:
            yield prefix + name


@pytest.mark.parametrize("page", CONFIGURATION_PAGES)
def test_every_key_of_the_configuration_is_documented(page: str) -> None:
    told: set[str] = set()
    section = ""
    for line in (ROOT / page).read_text("utf-8").splitlines():
        if line.startswith("## "):
            found = re.search(r"\[(\w+)\]", line)
            section = f"{found[1]}." if found else ""
        elif found := re.match(r"\| `([a-z_]+)` \|", line):
            told.add(section + found[1])
    assert told == set(_keys(config.Settings()))


def test_the_example_explains_every_key_and_is_the_defaults() -> None:
    path = ROOT / "floorctl.toml"
    assert config.load(path) == Config(path=path)
    lines = path.read_text("utf-8").splitlines()
    for at, line in enumerate(lines):
        if "=" in line and not line.startswith("#"):
            assert lines[at - 1].startswith("# "), line


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_what_init_writes_is_the_defaults_in_every_language(language: str) -> None:
    use_language(language)
    try:
        written = toml(Config(), explained=True)
    finally:
        use_language("zh-CN")
    assert "cli." not in written
    assert config.parse(tomllib.loads(written)) == Config()


def test_every_text_of_the_commands_stands_in_both_catalogues() -> None:
    sources = sorted((ROOT / "floorctl/cli").rglob("*.py"))
    wanted = {
        key
        for path in sources
        for key in re.findall(r"[\"']((?:cli|error)\.[a-z_.-]+[a-z])[\"']", path.read_text("utf-8"))
    }
    assert wanted
    for language in ("zh_CN", "en"):
        catalogue = "".join(
            path.read_text("utf-8") for path in (ROOT / "floorctl/locale" / language / "LC_MESSAGES").glob("*.po")
        )
        assert not {key for key in wanted if f'msgid "{key}"' not in catalogue}
