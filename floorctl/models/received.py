"""Who called about what and where: the columns of an order that hot spots are counted from."""

from typing import NamedTuple


class Received(NamedTuple):
    """An order: its id, when it was received (seconds since 1970), its category's id, its region, its caller.

    ``caller``: the number that all orders of one phone have, None for an order without one.
    """

    id: str
    at: float
    category: str
    region: str
    caller: int | None
