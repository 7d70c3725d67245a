"""The running platform against the contract's own document, by property-based testing."""

import shutil
from collections.abc import Iterator
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.schemas import BaseSchema
from schemathesis.specs.openapi import checks

from tests.scope import FULL
from tests.simulator.running import GOOD, NOW, Running

_LIMITS = settings(
    max_examples=100 if FULL else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture],
)

# The contract has more answers to a well-formed request than its schemas tell: 401 for a password that is wrong, 400
# for a key that is not the command's id, 410 for a cursor of another platform, 422 for what a rule refuses.
_MORE_THAN_SCHEMAS: list[Any] = [checks.positive_data_acceptance]
# And it has none at all to a limit or a wait that is none: those are brought within their limits, and 400 there would
# be an answer that the contract does not know.
_NO_ANSWER = {"/v1/changes": [checks.negative_data_rejection]}


@cache
def _contract() -> BaseSchema:
    """Read when the first test needs it: it takes seconds, which every process would spend that collects the tests."""
    return schemathesis.openapi.from_path(str(resources.files("floorctl") / "data" / "openapi.yaml"))


@pytest.fixture(scope="module")
def contract() -> BaseSchema:
    return _contract()


@pytest.fixture(scope="module")
def served(small_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    data = tmp_path_factory.mktemp("contract") / "platform.db"
    shutil.copy(small_data, data)
    running = Running(data)
    yield running
    running.stop()


def _validate(served: Running, case: schemathesis.Case[Any], role: str = "supervisor") -> schemathesis.Response:
    if case.path == "/v1/changes" and case.query:
        case.query.pop("wait", None)  # or each example would take as long as it asks for
    return case.call_and_validate(
        base_url=served.url,
        headers={"Authorization": f"Bearer {served.token(role)}"} if case.path != "/v1/session" else {},
        excluded_checks=_MORE_THAN_SCHEMAS + _NO_ANSWER.get(case.path, []),
        timeout=20,
    )


# The stream never ends, which schemathesis would wait for; test_platform_stream.py is about it.
@schemathesis.pytest.from_fixture("contract").exclude(path="/v1/changes/stream").parametrize()
@_LIMITS
def test_every_answer_is_one_of_the_contracts(served: Running, case: schemathesis.Case[Any]) -> None:
    _validate(served, case)


@_LIMITS
@given(
    case=st.deferred(lambda: _contract()["/v1/commands"]["POST"].as_strategy()),
    kind=st.sampled_from(sorted(GOOD)),
    role=st.sampled_from(["supervisor", "shift_lead", "inspector", "viewer"]),
    good_data=st.booleans(),
    base=st.none() | st.integers(1, 3),
)
def test_a_command_on_what_there_is_is_answered_as_the_contract_says(
    served: Running, case: schemathesis.Case[Any], kind: str, role: str, good_data: bool, base: int | None
) -> None:
    """Commands of the schema, brought near enough to the floor to reach its rules."""
    body: Any = case.body
    target_kind, target_id, data = GOOD[kind]
    body |= {"kind": kind, "target": {"kind": target_kind, "id": target_id}, "base_version": base}
    body["made_at"] = NOW.isoformat()
    if good_data:
        body["data"] = data
    case.headers["Idempotency-Key"] = body["id"]
    _validate(served, case, role)


@pytest.mark.parametrize("role", ["supervisor", "viewer"])
def test_every_entity_that_is_served_is_one_of_the_contracts(contract: BaseSchema, served: Running, role: str) -> None:
    operation = contract["/v1/changes"]["GET"]
    case = operation.Case(query={"limit": 5000})
    assert len(_validate(served, case, role).json()["changes"]) > 10
    case = contract["/v1/session"]["GET"].Case(headers={"Authorization": f"Bearer {served.token(role)}"})
    assert _validate(served, case).status_code == 200
