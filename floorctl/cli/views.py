"""``views``: the views of one's own: list, show and remove them, and share them as TOML files."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.cli.export.export import warn_if_open
from floorctl.cli.invocation import Invocation
from floorctl.cli.orders.list import department_id
from floorctl.cli.parser import application, command, family
from floorctl.errors import Exit, NotAllowedError
from floorctl.files.writing import check_new, making
from floorctl.floor.own_views import as_file, from_file
from floorctl.i18n import t, term

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.models.own_view import OwnView

app = application()
views = family(app, "views", default="list")

_View = Annotated[str, typer.Argument(metavar="VIEW", help="cli.argument.view")]


@command(views, "list", key="views.list")
def list_(run: Invocation) -> Exit | None:
    """The views of the person signed in, each with its number of orders."""
    with closing(run.floor()) as floor:
        _need_person(floor)
        counted = floor.own_views.counts()
        if run.output.json:
            items = [_item(view) | {"orders": orders} for view, orders in counted]
            run.output.document(Shapes(floor.config.zone).listing(floor, items, len(items)))
        elif counted:
            columns = rows.columns(("view", "keep"), ("orders", "right keep"), ("shows", "fold"))
            run.output.table(columns, [[view.name, f"{n:,}", _words(floor, view)] for view, n in counted])
        else:
            run.output.note(t("cli.views.none"))
    return None


@command(views, "show", key="views.show")
def show(run: Invocation, name: _View) -> Exit | None:
    """Print one view as it stands in a file."""
    with closing(run.floor()) as floor:
        _need_person(floor)
        view = floor.own_views.get(name)
    if run.output.json:
        run.output.document(_item(view))
    else:
        run.output.answer(as_file([view]).rstrip())
    return None


@command(views, "remove", key="views.remove")
def remove(run: Invocation, name: _View) -> Exit | None:
    """Remove a view."""
    with closing(run.floor()) as floor:
        _need_person(floor)
        view = floor.own_views.get(name)
        floor.own_views.remove(view.name)
    if run.output.json:
        run.output.document({"removed": view.name})
    else:
        run.output.answer(t("orders.own.said.removed", name=view.name))
    return None


@command(views, "export", key="views.export")
def export(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.views_export")],
    names: Annotated[list[str] | None, typer.Argument(metavar="VIEW", help="cli.argument.views_chosen")] = None,
) -> Exit | None:
    """Write views to a TOML file that others can import."""
    check_new(file)
    with closing(run.floor()) as floor:
        _need_person(floor)
        chosen = [floor.own_views.get(name) for name in names] if names else floor.own_views.all()
    with making(file, private=True) as made:
        warn_if_open(run, made)
        made.file.write(as_file(chosen).encode())
    _say(run, file, chosen, "cli.views.exported")
    return None


@command(views, "import", key="views.import")
def import_(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.views_import")],
    replace: Annotated[bool, typer.Option("--replace", help="cli.option.views_replace")] = False,
) -> Exit | None:
    """Keep the views of a TOML file, all or none."""
    with closing(run.floor()) as floor:
        _need_person(floor)
        found = from_file(file, partial(department_id, floor))
        floor.own_views.keep_all(found, replace=replace)
    _say(run, file, found, "cli.views.imported")
    return None


def _say(run: Invocation, file: Path, chosen: list[OwnView], key: str) -> None:
    if run.output.json:
        run.output.document({"path": str(file), "views": [view.name for view in chosen]})
    else:
        names = t("cli.list_comma").join(view.name for view in chosen)
        run.output.answer(t(key, path=file, names=names))


def _need_person(floor: Floor) -> None:
    if floor.session.person is None:
        raise NotAllowedError("error.not_signed_in")


def _item(view: OwnView) -> dict[str, Any]:
    return {name: list(value) if isinstance(value, tuple) else value for name, value in _fields(view)}


def _fields(view: OwnView) -> list[tuple[str, Any]]:
    return [(name, getattr(view, name)) for name in view.__struct_fields__]


def _words(floor: Floor, view: OwnView) -> str:
    """Return what a view shows, in words."""
    parts = [t(f"orders.view.{view.view}"), view.line]
    parts += [term("urgency", view.urgency)] if view.urgency else []
    parts += [term("order_state", state) for state in view.state]
    parts += [floor.names.department(view.department), f"“{view.search}”" if view.search else ""]
    parts.append(t("orders.sorted", sort=t(f"orders.sort.{view.sort}")))
    return " · ".join(filter(None, parts))
