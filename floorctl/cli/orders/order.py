"""``order NUMBER …``: one order, and what is done about it; each command is in a module beside this one."""

from __future__ import annotations

from floorctl.cli.orders import decisions, links, shown
from floorctl.cli.parser import application, command, target_family

app = application()

#: Command → its function, and whether it takes ``--reveal``.
_COMMANDS = (
    ("show", shown.show, True),
    ("return", decisions.decide_return, False),
    ("extend", decisions.decide_extension, False),
    ("confer", decisions.confer, False),
    ("redo", decisions.redo, False),
    ("link", links.link, False),
    ("unlink", links.unlink, False),
)

_order = target_family(app, "order", default="show")
for _name, _function, _reveal in _COMMANDS:
    command(_order, _name, key=f"order.{_name}", reveal=_reveal)(_function)
