"""Views of one's own: kept in the journal for each person at this terminal, and shared as TOML files."""

from __future__ import annotations

import threading
import tomllib
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.config import as_toml
from floorctl.errors import NotAllowedError, NotFoundError, UsageError
from floorctl.files.text import read, with_plain_lines
from floorctl.i18n import t
from floorctl.models.floor import LINES
from floorctl.models.order_filter import OrderFilter
from floorctl.models.orders import ORDER_STATES, URGENCIES
from floorctl.models.own_view import LONGEST_NAME, MOST_VIEWS, ORDER_COLUMNS, ORDER_VIEWS, VIEW_SORTS, OwnView
from floorctl.text import typed
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from floorctl.floor.orders import Orders
    from floorctl.floor.ports import Settings
    from floorctl.floor.session import Session

#: Name of the setting, before the person's id.
_SETTING = "own_views."
#: Size limit of a file of views, in bytes.
_LARGEST = 1 << 18
#: Field → the values that it may have.
_KNOWN = {
    "view": ORDER_VIEWS, "sort": VIEW_SORTS, "line": ("", *LINES), "urgency": ("", *URGENCIES), "state": ORDER_STATES,
    "columns": ORDER_COLUMNS,
}  # fmt: skip


class OwnViews:
    """The views of the person signed in. Everything reads or writes the disk. Thread-safe."""

    def __init__(self, settings: Settings, session: Session, orders: Orders) -> None:
        self._settings = settings
        self._session = session
        self._orders = orders
        self._changing = threading.Lock()

    def all(self) -> list[OwnView]:
        """The views in the order in which they were made; none where nobody is signed in."""
        if self._session.person is None:
            return []
        views = []
        for each in self._settings.setting(_SETTING + self._session.person_id, []):
            try:
                view = msgspec.convert(each, OwnView)
                check(view)
            except (msgspec.ValidationError, UsageError):
                continue  # of another release, which knows a value more
            views.append(view)
        return views

    def get(self, name: str) -> OwnView:
        """Return the view with this name.

        Raises:
            NotFoundError: there is none.

        """
        views = self.all()
        found = [view for view in views if view.name == name] or [view for view in views if typed.same(name, view.name)]
        if not found:
            known = t("cli.list_comma").join(view.name for view in views)
            key = "error.no_such_view" if known else "error.no_views"
            raise NotFoundError(key, name=name, known=known)
        return found[0]

    def keep(self, view: OwnView, *, instead_of: str | None = None) -> None:
        """Keep a view, in the place of the one with the name ``instead_of`` if that is given.

        Raises:
            NotAllowedError: nobody is signed in, or this is a wall display.
            UsageError: the name is taken, empty, too long or has hidden characters; a value is unknown; too many views.

        """
        self.keep_all([view], replace=False, instead_of=instead_of)

    def keep_all(self, views: Sequence[OwnView], *, replace: bool, instead_of: str | None = None) -> None:
        """Keep all of ``views`` or none; ``replace``: also those whose name is taken. Raises as ``keep`` does."""
        for view in views:
            check(view)
        with self._changing:
            kept = {each.name: each for each in self.all()}
            for view in views:
                if view.name in kept and view.name != instead_of and not replace:
                    raise UsageError("error.view_exists", name=view.name)
                if instead_of in kept:
                    kept = {
                        view.name if name == instead_of else name: view if name == instead_of else each
                        for name, each in kept.items()
                    }
                else:
                    kept[view.name] = view
            if len(kept) > MOST_VIEWS:
                raise UsageError("error.too_many_views", most=MOST_VIEWS)
            self._write(kept.values())

    def remove(self, name: str) -> None:
        """Remove a view.

        Raises:
            NotFoundError: there is none with this name.
            NotAllowedError: nobody is signed in, or this is a wall display.

        """
        with self._changing:
            gone = self.get(name)
            self._write(each for each in self.all() if each.name != gone.name)

    def _write(self, views: Iterable[OwnView]) -> None:
        if self._session.person is None:
            raise NotAllowedError("error.not_signed_in")
        if self._session.read_only:
            raise NotAllowedError("error.read_only")
        self._settings.set_setting(_SETTING + self._session.person_id, [*views] or None)

    def filter(self, view: OwnView) -> OrderFilter:
        """Return the filter of a view as of now."""
        return OrderFilter(
            **of_view(view.view, self._orders.due_soon_seconds),
            line=(view.line,) if view.line else (),
            urgency=(view.urgency,) if view.urgency else (),
            state=view.state,
            department=view.department,
            search=view.search,
        )

    def narrowed(self, view: OwnView, more: OrderFilter) -> OrderFilter:
        """Return the filter of a view with what ``more`` sets in place of what the view has."""
        usual = OrderFilter()
        fields = {name: getattr(more, name) for name in more.__struct_fields__}
        given = {name: value for name, value in fields.items() if value != getattr(usual, name)}
        return msgspec.structs.replace(self.filter(view), **given)

    def counts(self) -> list[tuple[OwnView, int]]:
        """Return each view and how many orders it has now."""
        return [(view, self._orders.page(self.filter(view), limit=1).total) for view in self.all()]


def of_view(view: str, due_soon_seconds: Callable[[], float]) -> dict[str, Any]:
    """Return the fields of ``OrderFilter`` that a view of the list sets."""
    if view == "all":
        return {}
    return {"due_within": due_soon_seconds()} if view == "due_soon" else {view: True}


def check(view: OwnView) -> None:
    """Check what the type of a view does not.

    Raises:
        UsageError: the name is empty, too long or has hidden characters, or a value is none of the known ones.

    """
    if not 1 <= len(view.name) <= LONGEST_NAME or view.name != visible(view.name.strip()):
        raise UsageError("error.view_name", name=visible(view.name[:LONGEST_NAME]), most=LONGEST_NAME)
    for field, known in _KNOWN.items():
        value = getattr(view, field)
        for each in (value,) if isinstance(value, str) else value:
            if each not in known:
                where = {"name": view.name, "key": field, "value": visible(each[:60])}
                raise UsageError("error.view_value", **where, known=t("cli.list_comma").join(filter(None, known)))


# -- as a file


def as_file(views: Iterable[OwnView]) -> str:
    """Return the TOML text that shares ``views``."""
    parts = []
    for view in views:
        fields = {name: getattr(view, name) for name in view.__struct_fields__}
        lines = (f"{name} = {as_toml(value)}" for name, value in fields.items() if value not in (None, "", ()))
        parts.append("\n".join(["[[view]]", *lines]))
    return "\n\n".join(parts) + "\n"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    view: list[OwnView]


def from_file(path: Path, department_id: Callable[[str], str]) -> list[OwnView]:
    """Read the views of a TOML file; ``department_id``: id or name of a department → its id.

    Raises:
        UsageError: it can't be read, is no TOML, or has an unknown key or value; nothing in it is executed.
        NotFoundError: a department that is not known here.

    """
    text = with_plain_lines(read(path, _LARGEST))
    try:
        views = msgspec.convert(tomllib.loads(text), _File).view
    except tomllib.TOMLDecodeError as error:
        raise UsageError("error.views_not_toml", path=path, reason=visible(str(error))) from error
    except (ValueError, RecursionError) as error:  # also msgspec's: unknown key, wrong type
        raise UsageError("error.views_file", path=path, reason=visible(str(error))[:200]) from error
    names = [view.name for view in views]
    if twice := next((name for name in names if names.count(name) > 1), None):
        raise UsageError("error.view_exists", name=visible(twice))
    found = []
    for view in views:
        check(view)
        department = view.department and department_id(view.department)
        found.append(msgspec.structs.replace(view, department=department))
    return found
