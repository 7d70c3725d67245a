"""The platform that answers as a test tells it to, and the terminal at it, are those of the tests of sync."""

from tests.sync.conftest import platform, terminal

__all__ = ["platform", "terminal"]
