"""The error that a walk ends with."""

from tests.explorer.steps import Step


class FindingError(AssertionError):
    """Raised if something does not hold that always has to: ``kind`` is a short name of what, ``message`` the details.

    ``steps``: those that were taken, set when the walk ends.
    """

    steps: list[Step]

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(f"{kind}: {message}")
        self.kind = kind
        self.message = message
