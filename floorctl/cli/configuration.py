"""``config``: show the configuration in use, check it, or write an example that explains every key."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, time
from pathlib import Path
from typing import Annotated, Any

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.parser import application, command, family
from floorctl.config import Config, Section, Settings, as_toml
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
    """Return ``config`` as the text of a floorctl.toml; ``explained``: with a comment on each key."""
    lines = [f"# {t('cli.config.head')}", ""] if explained else []
    lines += _table(config, "", explained=explained)
    for name, section in _values(config):
        if isinstance(section, Section):
            lines += ["", f"[{name}]", *_table(section, f"{name}.", explained=explained)]
        for row in _tables(section):
            lines += ["", f"[[{name}]]", *_table(row, f"{name}.", explained=explained)]
    return "\n".join(lines) + "\n"


def _values(section: Section) -> Iterator[tuple[str, Any]]:
    """Yield name and value of what may stand in a section of the file."""
    fields = Settings if isinstance(section, Settings) else type(section)
    names = zip(fields.__struct_encode_fields__, fields.__struct_fields__, strict=True)
    return ((name, getattr(section, field)) for name, field in names)


def _tables(value: Any) -> list[Section]:
    """Return the tables of a list of tables; of any other value none."""
    return [row for row in value if isinstance(row, Section)] if isinstance(value, tuple) else []


def _table(section: Section, prefix: str, *, explained: bool) -> list[str]:
    """Return the lines of a section's own keys; of the whole configuration: those before the first section."""
    lines = []
    for name, value in _values(section):
        if isinstance(value, Section) or _tables(value) or value is None:
            continue  # TOML has no value for what is left out
        if explained:
            lines += [f"# {line}" for line in t(f"cli.key.{prefix}{name}").split("\n")]
        lines.append(f"{name} = {as_toml(value)}")
    return lines


def as_json(section: Section) -> dict[str, Any]:
    """Return a section of the configuration as JSON."""
    return {name: _json_value(value) for name, value in _values(section)}


def _json_value(value: Any) -> Any:
    match value:
        case Section():
            return as_json(value)
        case date() | time():
            return value.isoformat()
        case tuple():
            return [_json_value(item) for item in value]
        case str():
            return str(value)  # durations, prices and zones are subclasses of str, which msgspec does not encode
    return value


def _say_where(run: Invocation) -> None:
    path = run.config.path
    run.output.note(t("cli.config.none") if path is None else t("cli.config.from", path=path))
