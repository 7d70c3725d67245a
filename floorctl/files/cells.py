"""What the cells of a table that is read can be besides text."""


class Formula(str):
    """A formula of which the program that saved it kept no result."""

    __slots__ = ()
