"""Plugin of pytest: lines are measured for the test that goes through them, in this process and in those it starts."""

import os
from collections.abc import Iterator

import coverage
import pytest


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Name the context after the test; ``coverage.ini`` gives it to the processes that the test starts."""
    measured = coverage.Coverage.current()
    os.environ["TEST_CONTEXT"] = item.nodeid
    if measured is not None:
        measured.switch_context(item.nodeid)
    try:
        return (yield)
    finally:
        if measured is not None:
            measured.switch_context("")
