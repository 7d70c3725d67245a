"""``config``: show the configuration in use, check it, or write an example that explains every key."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

import typer

from floorctl.cli.invocation import Invocation, application, command, family
from floorctl.config import Config, as_toml
from floorctl.errors import Exit
from floorctl.files.writing import make_folder, making
from floorctl.i18n import t

app = application()
config = family(app, "config", default="show")


@command(config, "show", key="config.show")
def show(run: Invocation) -> Exit | None:
    """Print the configuration in use, defaults included."""
    if run.output.json:
        run.output.document({"path": None if run.config.path is None else str(run.config.path), **as_json(run.config)})
    else:
        run.output.answer(toml(run.config).rstrip())
    _say_where(run)
    return None


@command(config, "check", key="config.check")
def check(run: Invocation) -> Exit | None:
    """Check that the configuration and its certificate file for the platform can be used."""
    path = run.config.path
    if run.config.platform.ca_file:
        from floorctl.sync.platform.trust import of_file

        of_file(run.config.platform.ca_file)
    if run.output.json:
        run.output.document({"path": None if path is None else str(path), "ok": True})
    elif path is None:
        run.output.answer(t("cli.config.none"))
    else:
        run.output.answer(t("cli.config.good", path=path))
    return None


@command(config, "init", key="config.init")
def init(
    run: Invocation,
    file: Annotated[Path | None, typer.Argument(metavar="FILE", help="cli.argument.config_file")] = None,
) -> Exit | None:
    """Write a configuration that explains every key."""
    path = file or run.general.config
    if path is None:
        from platformdirs import user_config_path

        path = user_config_path("floorctl", appauthor=False) / "floorctl.toml"
    make_folder(path)
    with making(path, private=False) as made:
        made.file.write(toml(Config(), explained=True).encode())
    if run.output.json:
        run.output.document({"path": str(path)})
    else:
        run.output.answer(t("cli.config.written", path=path))
    return None


def toml(config: Config, *, explained: bool = False) -> str:
    """``config`` as the text of a floorctl.toml; ``explained``: with a comment on each key."""
    lines = [f"# {t('cli.config.head')}", ""] if explained else []
    lines += _table(config, "", explained=explained)
    for section in _sections(config):
        lines += ["", f"[{section}]", *_table(getattr(config, section), f"{section}.", explained=explained)]
    return "\n".join(lines) + "\n"


def _sections(config: Config) -> list[str]:
    return [each.name for each in fields(config) if is_dataclass(getattr(config, each.name))]


def _table(section: Any, prefix: str, *, explained: bool) -> list[str]:
    lines = []
    for each in fields(section):
        value = getattr(section, each.name)
        if each.metadata.get("internal") or is_dataclass(value):
            continue
        if explained:
            lines += [f"# {line}" for line in t(f"cli.key.{prefix}{each.name}").split("\n")]
        lines.append(f"{each.name} = {as_toml(value)}")
    return lines


def as_json(section: Any) -> dict[str, Any]:
    """A section of the configuration as JSON."""
    document: dict[str, Any] = {}
    for each in fields(section):
        value = getattr(section, each.name)
        if each.metadata.get("internal"):
            continue
        if is_dataclass(value):
            document[each.name] = as_json(value)
        elif isinstance(value, date | time):
            document[each.name] = value.isoformat()
        elif isinstance(value, tuple):
            document[each.name] = [day.isoformat() for day in value]
        else:
            document[each.name] = value
    return document


def _say_where(run: Invocation) -> None:
    path = run.config.path
    run.output.note(t("cli.config.none") if path is None else t("cli.config.from", path=path))
