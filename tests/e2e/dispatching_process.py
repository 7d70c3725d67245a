"""A process that does a dispatcher's work on orders, one act after the other, to be killed at any moment.

    python -m tests.e2e.dispatching_process FOLDER URL

Before and after each act it prints a line: what, the kind of the act, its target, and the command's id once it is kept.
It goes on with what nobody at this terminal has done yet, which it reads from the data, as a person does.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.order_filter import EVERY, OrderFilter
from floorctl.models.orders import Order
from floorctl.rules.orders.stuck import stuck
from tests.build import config
from tests.waiting import HURRIED

#: Act → its data, besides what depends on the order.
_DATA: dict[str, dict[str, Any]] = {
    "order.return": {"upheld": True, "note": "归口有误"},
    "order.extend": {"granted": True},
    "order.redo": {"reason": "回访不满意"},
    "order.confer": {"department_ids": ["d-1"], "minutes": "由住建局牵头"},
    "order.urge": {"level": 1},
}
_DECIDED = {"return": "order.return", "extension": "order.extend", "redo": "order.redo"}


def due(order_id: str, order: Order) -> tuple[str, dict[str, Any]] | None:
    """Return the act that an order of the test's floor waits for, with its data; None if it was done."""
    if (waits := stuck(order)) and not (waits == "redo" and order.redos):
        return _DECIDED[waits], _DATA[_DECIDED[waits]]
    if order_id.startswith("o-link-") and order.parent_id is None:
        return "order.link", {"parent_id": "o-main"}
    if order_id.startswith("o-confer-") and not order.conferences:
        return "order.confer", _DATA["order.confer"]
    if order_id.startswith("o-urge-") and not order.urges:
        return "order.urge", _DATA["order.urge"]
    return None


def acts(floor: Floor) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield (kind, target, data) of what is to be done, in an order that mixes the kinds."""
    orders = floor.orders.page(OrderFilter(), sort="number", limit=EVERY).items
    for view in sorted(orders, key=lambda view: view.order.title):
        if (act := due(view.id, view.order)) is not None:
            yield act[0], view.id, act[1]


def main() -> None:
    """Do everything that waits."""
    floor = open_terminal(config(Path(sys.argv[1]), url=sys.argv[2]))
    floor.live.start(watch=False, pace=HURRIED)
    for kind, target, data in acts(floor):
        print("doing", kind, target, "-", flush=True)
        item = floor.desk.submit(kind, target, data)
        print("done", kind, target, item.id, flush=True)
    print("finished", "-", "-", "-", flush=True)
    floor.close()


if __name__ == "__main__":
    main()
