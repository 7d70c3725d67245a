"""Types of cells of a table that is read, besides plain text."""


class Formula(str):
    """A formula whose result the saving program did not store."""

    __slots__ = ()
