"""Plugin of pytest: lines are measured for the test that goes through them, in this process and in those it starts."""

import base64
import json
import os
from collections.abc import Iterator

import coverage
import pytest

#: Where coverage's patch ``subprocess`` leaves the configuration for processes that are started.
_FOR_PROCESSES = "COVERAGE_PROCESS_CONFIG"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """Name the context after the test, also for the processes that it starts."""
    measured = coverage.Coverage.current()
    _name(measured, item.nodeid)
    try:
        return (yield)
    finally:
        _name(measured, "")


def _name(measured: coverage.Coverage | None, context: str) -> None:
    if measured is not None:
        measured.switch_context(context)
    if kept := os.environ.get(_FOR_PROCESSES):
        config = json.loads(base64.b64decode(kept)) | {"context": context}
        os.environ[_FOR_PROCESSES] = base64.b64encode(json.dumps(config).encode()).decode()
