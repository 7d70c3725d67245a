"""Every command of the contract, at most once, with the contract's answers where it is not applied."""

import json
import shutil
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from floorctl.models.alerts import Alert
from floorctl.models.floor import Seat
from floorctl.models.orders import Order
from floorctl.models.quality import Inspection, Sample
from floorctl.models.team import Shift
from floorctl.rules.commands import registry
from tests.loopback import request
from tests.scope import FULL
from tests.simulator import running as small
from tests.simulator.running import GOOD, Running, command, problem

KINDS = {kind.name: kind for kind in registry.kinds()}
#: What changes no entity: listening in, and words on the agents' screens.
_CHANGES_NOTHING = {"seat.listen", "floor.message"}


@pytest.fixture(scope="module")
def platform_of(
    request: pytest.FixtureRequest, small_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str, str], Running]]:
    """The platform of a test, by its name, on either database."""
    started: dict[tuple[str, str], Running] = {}

    def platform_of(test: str, database: str) -> Running:
        if (test, database) not in started:
            if database == "sqlite":
                data: Any = tmp_path_factory.mktemp("platform") / "platform.db"
                shutil.copy(small_data, data)
            else:
                data = request.getfixturevalue("postgres").copy()
            started[test, database] = Running(data)
        return started[test, database]

    yield platform_of
    for running in started.values():
        running.stop()


@pytest.fixture
def shared(request: pytest.FixtureRequest, platform_of: Callable[[str, str], Running]) -> Running:
    """One platform for all cases of a test: each acts on something of its own, at the version that it has then."""
    return platform_of(request.function.__name__, "sqlite")


@pytest.fixture(params=["sqlite", "postgres"])
def any_shared(request: pytest.FixtureRequest, platform_of: Callable[[str, str], Running]) -> Running:
    """The same on either database."""
    return platform_of(request.function.__name__, request.param)


def test_the_small_floor_has_a_good_command_of_every_kind() -> None:
    assert set(GOOD) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_is_applied_for_the_contracts_roles_and_forbidden_for_the_others(shared: Running, kind: str) -> None:
    target_kind, target_id, _ = GOOD[kind]
    for role in small.ROLES:
        if role not in KINDS[kind].roles:
            problem(shared.send(shared.good(kind), role), 403)
    before = shared.version(target_kind, target_id)
    head = shared.store.head()
    answer = shared.send(shared.good(kind), sorted(KINDS[kind].roles)[0])
    assert answer.status_code == 200, answer.text
    outcome = answer.json()
    assert not outcome["replayed"]
    assert datetime.fromisoformat(outcome["applied_at"]).tzinfo is not None
    if kind in _CHANGES_NOTHING:
        assert (outcome["version"], shared.store.head()) == (None, head)
    elif kind == "pause.cancel":  # its target is the seat, what it changes is the shift
        assert outcome["version"] == before
        shift = shared.store.get("shift", "sh-1")
        assert shift and isinstance(shift.data, Shift) and shift.data.pauses[0].cancelled
    else:
        assert outcome["version"] == before + 1
        gone = kind in {"fact.remove", "shift.remove"}
        assert shared.version(target_kind, target_id) == (0 if gone else before + 1)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_command_sent_again_changes_nothing_more(any_shared: Running, kind: str) -> None:
    body = any_shared.good(kind)
    role = sorted(KINDS[kind].roles)[0]
    first = any_shared.send(body, role)
    head = any_shared.store.head()
    again = any_shared.send(dict(reversed(body.items())), role)
    assert first.status_code == again.status_code == 200, (first.text, again.text)
    assert again.json() == {**first.json(), "replayed": True}
    assert any_shared.store.head() == head


def test_many_at_once_with_one_id_are_applied_once(any_platform: Running) -> None:
    body = any_platform.good("order.urge")
    with ThreadPoolExecutor(12) as senders:
        answers = list(senders.map(lambda _: any_platform.send(body), range(24)))
    assert [answer.status_code for answer in answers] == [200] * 24
    assert sum(not answer.json()["replayed"] for answer in answers) == 1
    assert len({(answer.json()["version"], answer.json()["applied_at"]) for answer in answers}) == 1
    row = any_platform.store.get("order", "o-open")
    assert row and isinstance(row.data, Order) and len(row.data.urges) == 1


def test_commands_on_one_version_at_once_are_applied_by_one_of_them(any_platform: Running) -> None:
    version = any_platform.version("seat", "s-01")
    bodies = [command("seat.skills", ("seat", "s-01"), {"skills": ["q-12333"]}, version) for _ in range(8)]
    with ThreadPoolExecutor(8) as senders:
        answers = list(senders.map(any_platform.send, bodies))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7


def test_an_id_used_for_something_else_is_refused(platform: Running) -> None:
    body = platform.good("order.urge")
    assert platform.send(body).status_code == 200
    refused = problem(platform.send({**body, "data": {"level": 3}}), 422)
    assert refused["errors"][0]["field"] == "id"


def test_an_outcome_outlives_a_restart(platform: Running, data: Any) -> None:
    body = platform.good("order.urge")
    first = platform.send(body)
    platform.stop()
    again = Running(data)
    try:
        assert again.send(body).json() == {**first.json(), "replayed": True}
    finally:
        again.stop()


def test_an_outcome_is_kept_for_thirty_days_and_a_refusal_is_not_remembered(platform: Running) -> None:
    body = platform.good("order.urge")
    assert platform.send(body).status_code == 200
    with platform.store.transaction() as changing:
        changing.execute(text("UPDATE command SET applied_wall = applied_wall - 30 * 86400"))
    platform.store.purge()
    assert platform.send(body).json()["replayed"]

    late = command("alert.close", ("alert", "a-open"), {"note": "好了"}, 1)
    problem(platform.send(late), 422)
    assert platform.send(platform.good("alert.step")).status_code == 200
    late["base_version"] = 2
    assert platform.send(late).status_code == 200


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.base])
def test_what_builds_on_a_version_needs_it_and_conflicts_with_what_came_after(shared: Running, kind: str) -> None:
    body = shared.good(kind)
    missing = problem(shared.send({**body, "base_version": None}), 422)
    assert [error["field"] for error in missing["errors"]] == ["base_version"]
    target_kind, target_id, _ = GOOD[kind]
    entity = shared.store.get(target_kind, target_id)
    assert entity is not None
    shared.put(target_kind, target_id, entity.data)
    stale = problem(shared.send(body), 409)
    with shared.client() as client:
        changes, _ = small.read_all(client, kinds=target_kind)
    assert stale["current"] == next(change for change in changes if change["id"] == target_id)
    assert stale["current"]["version"] == entity.version + 1


def test_what_holds_whatever_the_version_conflicts_with_nothing(platform: Running) -> None:
    body = {**platform.good("order.urge"), "base_version": 1}
    platform.put("order", "o-open", small.sent_order(3))
    assert platform.send(body).status_code == 200


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if kind.base_checked])
def test_what_replaces_something_holds_for_the_version_that_it_names_alone(shared: Running, kind: str) -> None:
    body = shared.good(kind)
    target_kind, target_id, _ = GOOD[kind]
    entity = shared.store.get(target_kind, target_id)
    version = 0
    if entity is not None:
        shared.put(target_kind, target_id, entity.data)
        version = entity.version + 1
    stale = problem(shared.send({**body, "base_version": version + 7}), 409)
    assert ("current" in stale and stale["current"] is not None) == (entity is not None)
    assert shared.send({**body, "base_version": version or None}).status_code == 200


@pytest.mark.parametrize("kind", [name for name, kind in KINDS.items() if not kind.creates])
def test_a_target_that_is_not_there_is_not_found(shared: Running, kind: str) -> None:
    target_kind, _, data = GOOD[kind]
    problem(shared.send(command(kind, (target_kind, "nowhere"), data, 1)), 404)


def test_a_removed_target_is_not_found_and_comes_back_with_a_later_version(platform: Running) -> None:
    assert platform.send(platform.good("shift.remove")).json()["version"] == 2
    problem(platform.send(command("shift.remove", ("shift", "sh-2"), {}, 2)), 404)
    platform.store.purge(tombstones_before=9e12)
    again = command("shift.assign", ("shift", "sh-2"), GOOD["shift.assign"][2])
    assert platform.send(again).json()["version"] == 3


_GOOD_ID = "01890a5d-ac96-774b-bcce-b302099a8057"
_WHOLE = command("order.urge", ("order", "o-open"), {"level": 1}) | {"id": _GOOD_ID}
_WRONG: list[dict[str, Any]] = [
    {"id": "1"}, {"id": 5}, {"kind": None}, {"target": "o-open"},
    {"target": {"kind": "order", "id": ""}}, {"target": {"kind": "order", "id": "x" * 129}},
    {"target": {"kind": "planet", "id": "o-open"}}, {"made_at": "yesterday"},
    {"made_at": "2026-01-01T00:00:00"}, {"data": []}, {"base_version": 0}, {"base_version": "1"},
    {"audit_head": None}, {"audit_head": "x" * 129},
]  # fmt: skip
_MALFORMED: list[bytes | str] = [
    b"", b"{", b"[]", b"null", b"\xff", b'{"id":NaN}', b"[" * 60_000, b'{"id":"\\ud800"}',
    *(json.dumps({key: value for key, value in _WHOLE.items() if key != missing}) for missing in
      ("id", "kind", "target", "made_at", "data")),
    *(json.dumps(_WHOLE | wrong) for wrong in _WRONG),
]  # fmt: skip


# Numbered: what they say holds the time, which is another in every process that collects them.
@pytest.mark.parametrize("body", _MALFORMED, ids=range(len(_MALFORMED)))
def test_a_malformed_command_is_refused_as_malformed(shared: Running, body: bytes | str) -> None:
    with shared.client() as client:
        problem(client.post("/v1/commands", content=body, headers={"Idempotency-Key": _GOOD_ID}), 400)


@pytest.mark.parametrize("key", [None, "", "1", "01890a5d-ac96-774b-bcce-b302099a8058", "{%s}" % _GOOD_ID])  # noqa: UP031
def test_the_idempotency_key_is_the_commands_id(shared: Running, key: str | None) -> None:
    with shared.client() as client:
        headers = {} if key is None else {"Idempotency-Key": key}
        problem(client.post("/v1/commands", json=_WHOLE, headers=headers), 400)
        capital = client.post("/v1/commands", json=_WHOLE, headers={"Idempotency-Key": _GOOD_ID.upper()})
        assert capital.status_code == 200


def test_a_command_may_have_64_kib_and_not_a_byte_more(platform: Running) -> None:
    body = json.dumps(command("floor.message", ("seat", "s-01"), {"text": "x"}) | {"id": _GOOD_ID})
    with platform.client() as client:
        headers = {"Idempotency-Key": _GOOD_ID}
        problem(client.post("/v1/commands", content=body.ljust(65_537), headers=headers), 413)
        problem(client.post("/v1/commands", content=iter([b" " * 40_000] * 5), headers=headers), 413)
        assert client.post("/v1/commands", content=body.ljust(65_536), headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("kind", "wrong", "field"),
    [
        ("order.urge", {"level": 4}, "level"),
        ("order.urge", {}, "level"),
        ("seat.skills", {"skills": ["q-nowhere"]}, "skills"),
        ("seat.state", {"state": "asleep"}, "state"),
        ("order.dispatch", {"department_ids": ["d-\0"], "lead_department_id": "d-\0"}, "department_ids"),
        ("fact.record", {"kind": "party", "day": "2026-03-02"}, "kind"),
        ("floor.message", {"text": " "}, "text"),
    ],
)
def test_a_field_that_is_refused_is_named(any_shared: Running, kind: str, wrong: dict[str, Any], field: str) -> None:
    refused = problem(any_shared.send({**any_shared.good(kind), "data": wrong}), 422)
    assert refused["errors"][0]["field"].startswith(field)
    assert refused["errors"][0]["message"]


def test_a_command_aimed_at_another_kind_is_refused(platform: Running) -> None:
    refused = problem(platform.send(command("order.urge", ("seat", "s-01"), {"level": 1})), 422)
    assert refused["errors"][0]["field"] == "target.kind"


def test_an_id_that_no_database_can_hold_is_refused(any_platform: Running) -> None:
    refused = problem(any_platform.send(command("surge.start", ("surge", "su-\0"), {"reason": "x"})), 422)
    assert refused["errors"][0]["field"] == "target.id"


def test_the_floors_rules_are_the_platforms(platform: Running) -> None:
    problem(platform.send(command("seat.listen", ("seat", "s-02"), {"mode": "listen"})), 422)
    problem(platform.send(command("alert.close", ("alert", "a-open"), {"note": "好了"}, 1)), 422)
    assert platform.send(platform.good("handover.give"), "shift_lead").status_code == 200
    taken_by_the_same = command("handover.take", ("handover", "h-open"), {}, platform.version("handover", "h-open"))
    problem(platform.send(taken_by_the_same, "shift_lead"), 422)
    taken_by_the_same["id"] = str(uuid.uuid4())
    assert platform.send(taken_by_the_same, "supervisor").status_code == 200


def test_a_score_is_computed_here_and_its_sample_is_done(platform: Running) -> None:
    body = platform.good("inspection.submit")
    body["data"] = {**body["data"], "fatal": ["abuse"]}
    assert platform.send(body, "inspector").status_code == 200
    inspection, sample = platform.store.get("inspection", "in-new"), platform.store.get("sample", "sa-1")
    assert inspection and isinstance(inspection.data, Inspection)
    assert (inspection.data.total, inspection.data.inspector_id) == (0, "p-1004")
    assert sample and isinstance(sample.data, Sample) and sample.data.state == "scored"


def test_an_alert_raised_twice_stands_once(platform: Running) -> None:
    first, second = platform.good("alert.raise"), platform.good("alert.raise")
    assert platform.send(first, "inspector").json()["version"] == 1
    assert platform.send({**second, "data": {**second["data"], "title": "另一个"}}).json()["version"] is None
    alert = platform.store.get("alert", first["target"]["id"])
    assert alert and isinstance(alert.data, Alert) and alert.data.title == first["data"]["title"]


def test_the_newest_audit_head_is_kept_for_each_terminal(platform: Running) -> None:
    for role, head in (("supervisor", "aa"), ("shift_lead", "bb"), ("supervisor", "cc")):
        assert platform.send({**platform.good("order.problem"), "audit_head": head}, role).status_code == 200
    with platform.store.reading() as reading:
        kept = reading.connection.execute(text("SELECT name, audit_head FROM terminal ORDER BY name")).all()
    assert [tuple(row) for row in kept] == [("t-shift_lead", "bb"), ("t-supervisor", "cc")]


def test_a_command_in_the_feed_says_who_and_when_by_the_platforms_clock(platform: Running) -> None:
    body = {**platform.good("order.urge"), "made_at": "2001-02-03T04:05:06+08:00"}
    applied_at = datetime.fromisoformat(platform.send(body, "shift_lead").json()["applied_at"])
    row = platform.store.get("order", "o-open")
    assert row and isinstance(row.data, Order)
    urge = row.data.urges[0]
    assert (urge.by, urge.at) == (small.PEOPLE["shift_lead"].person_id, applied_at)


def test_nothing_of_a_refused_command_is_left_behind(platform: Running) -> None:
    body = platform.good("inspection.submit")
    head = platform.store.head()
    problem(platform.send({**body, "data": {**body["data"], "scores": []}}), 422)
    assert platform.store.head() == head
    assert platform.store.get("inspection", "in-new") is None


_json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=300 if FULL else 60)
@given(
    kind=st.sampled_from(list(KINDS)),
    odd=st.dictionaries(st.sampled_from(sorted({key for _, _, data in GOOD.values() for key in data})), _json_values),
    base=st.none() | st.integers(-1, 2**70),
)
def test_no_data_whatever_makes_it_fail(platform: Running, kind: str, odd: dict[str, Any], base: int | None) -> None:
    good = platform.good(kind)
    body = {**good, "data": {**good["data"], **odd}, "base_version": base}
    answer = platform.send(body)
    if answer.status_code != 200:
        assert answer.status_code in {400, 404, 409, 422}, answer.text
        problem(answer, answer.status_code)


def test_a_seat_that_is_as_ordered_already_does_not_change(platform: Running) -> None:
    body = command("seat.state", ("seat", "s-02"), {"state": "ready"})
    assert platform.send(body).json()["version"] is None
    row = platform.store.get("seat", "s-02")
    assert row and isinstance(row.data, Seat) and row.version == 1


def test_nobody_commands_without_signing_in(platform: Running) -> None:
    body = platform.good("order.urge")
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic eDp5"}):
        answer = request(
            "POST", f"{platform.url}/v1/commands", json=body, headers={"Idempotency-Key": body["id"], **headers}
        )
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"] == "Bearer"
