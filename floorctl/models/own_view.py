"""A view of one's own: a filter, sort order and columns of the list of orders, under a name that a person gave it."""

from typing import Annotated

import msgspec

from floorctl.models.base import Str20k

#: The views of the list of orders; each but ``all`` and ``due_soon`` is a field of ``OrderFilter``.
ORDER_VIEWS = ("all", "overdue", "due_soon", "to_dispatch", "to_call_back", "stuck")
#: Sort orders that the cockpit's list can have.
VIEW_SORTS = ("latest", "dispatch_due", "stuck", "received", "number")
#: Columns of the cockpit's list. The number is always among those shown.
ORDER_COLUMNS = (
    "limit", "dispatch", "due", "number", "urgency", "title", "state", "progress", "department", "age", "type", "line",
    "received", "clock", "waits_for", "asked_by", "why", "asked",
)  # fmt: skip
#: Most views of one person, and most characters of a name.
MOST_VIEWS, LONGEST_NAME = 20, 24

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class OwnView(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """``view``: one of ``ORDER_VIEWS``. ``line`` and ``urgency``: one, or empty for any.

    ``columns``: empty for the usual ones. The others are as in ``OrderFilter``.
    """

    name: Name
    view: str = "all"
    sort: str = "latest"
    line: str = ""
    urgency: str = ""
    state: tuple[str, ...] = ()
    department: str | None = None
    search: Str20k = ""
    columns: tuple[str, ...] = ()
