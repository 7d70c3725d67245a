"""Signing in: hashed passwords, 401, a wait after repeated failures, sessions that end."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from floorctl.simulator.http.accounts import accounts, hashed, verified
from floorctl.simulator.http.sessions import FREE_TRIES, Sessions, Throttle
from tests.loopback import request
from tests.simulator.running import PEOPLE, ROLES, SEED, Running, problem


def sign_in(platform: Running, number: str, password: str, **more: Any) -> httpx.Response:
    body = {"employee_no": number, "password": password, **more}
    return request("POST", f"{platform.url}/v1/session", json=body)


def who_am_i(platform: Running, token: str) -> httpx.Response:
    return request("GET", f"{platform.url}/v1/session", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize("role", ROLES)
def test_one_of_each_role_signs_in_and_is_told_who_it_is(any_platform: Running, role: str) -> None:
    who = PEOPLE[role]
    answer = sign_in(any_platform, who.employee_no, who.password, terminal="A区-1")
    assert answer.status_code == 201
    session = answer.json()
    assert (session["person_id"], session["name"], session["roles"]) == (
        who.person_id,
        f"员工{who.employee_no}",
        [role],
    )
    assert session["floor"]
    server_time, expires_at = (datetime.fromisoformat(session[name]) for name in ("server_time", "expires_at"))
    assert expires_at - server_time > timedelta(hours=11)
    mine = who_am_i(any_platform, session["token"])
    assert mine.status_code == 200
    assert "token" not in mine.json()
    assert mine.json()["person_id"] == who.person_id


def test_a_session_ends_when_it_is_signed_out_of_and_no_other_does(any_platform: Running) -> None:
    who = PEOPLE["supervisor"]
    here, there = (sign_in(any_platform, who.employee_no, who.password).json()["token"] for _ in range(2))
    headers = {"Authorization": f"Bearer {here}"}
    answer = request("DELETE", f"{any_platform.url}/v1/session", headers=headers)
    assert (answer.status_code, answer.content) == (204, b"")
    problem(who_am_i(any_platform, here), 401)
    problem(request("DELETE", f"{any_platform.url}/v1/session", headers=headers), 401)
    assert who_am_i(any_platform, there).status_code == 200


def test_a_session_ends_when_its_time_is_over(platform: Running) -> None:
    with platform.store.transaction() as changing:
        changing.execute(text("UPDATE session SET ends_at = 1"))
    problem(who_am_i(platform, platform.token("viewer")), 401)


def test_a_session_outlives_a_restart(platform: Running, data: Path) -> None:
    who = PEOPLE["inspector"]
    token = sign_in(platform, who.employee_no, who.password).json()["token"]
    platform.stop()
    again = Running(data)
    try:
        assert who_am_i(again, token).json()["roles"] == ["inspector"]
    finally:
        again.stop()


def test_repeated_wrong_passwords_have_to_wait_even_with_the_right_one(platform: Running) -> None:
    who = PEOPLE["supervisor"]
    for _ in range(FREE_TRIES):
        problem(sign_in(platform, who.employee_no, "wrong"), 401)
    for password in ("wrong", who.password):
        refused = sign_in(platform, who.employee_no, password)
        problem(refused, 429)
        assert int(refused.headers["Retry-After"]) >= 1
    other = PEOPLE["viewer"]
    assert sign_in(platform, other.employee_no, other.password).status_code == 201


def test_whether_a_number_exists_is_not_told(platform: Running) -> None:
    answers = [problem(sign_in(platform, number, "wrong"), 401) for number in ("1001", "9999", "1001\0")]
    assert answers[0] == answers[1] == answers[2]


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"{}", b'{"employee_no":"1001"}', b'{"employee_no":1001,"password":"x"}',
     b'{"employee_no":"","password":"x"}', b'{"employee_no":"1","password":"' + b"x" * 257 + b'"}', b"[" * 9000,
     b" " * 100_000],
)  # fmt: skip
def test_what_cannot_be_read_signs_nobody_in(platform: Running, body: bytes) -> None:
    problem(request("POST", f"{platform.url}/v1/session", content=body), 401)


def test_no_password_and_no_token_is_stored(platform: Running, data: Path) -> None:
    who = PEOPLE["supervisor"]
    token = sign_in(platform, who.employee_no, who.password).json()["token"]
    platform.stop()
    stored = data.read_bytes()
    assert b"$argon2id$" in stored
    for each in accounts(SEED):
        assert each.password.encode() not in stored
    assert token.encode() not in stored


def test_a_known_number_keeps_its_password(platform: Running) -> None:
    Sessions(platform.store).enrol(accounts(SEED + 1))
    who = PEOPLE["supervisor"]
    assert sign_in(platform, who.employee_no, who.password).status_code == 201


def test_the_accounts_of_a_seed_are_the_same_every_time() -> None:
    assert accounts(3) == accounts(3)
    assert not {each.password for each in accounts(3)} & {each.password for each in accounts(4)}
    assert [role for each in accounts(3) for role in each.roles] == [
        "supervisor", "shift_lead", "shift_lead", "inspector", "inspector", "viewer",
    ]  # fmt: skip


def test_a_hash_is_of_one_password() -> None:
    assert verified("a", hashed("a"))
    assert not verified("b", hashed("a"))
    assert not verified("nobody", None)
    assert not verified("a", "no hash")


@given(st.lists(st.tuples(st.booleans(), st.floats(0, 2000)), max_size=60))
def test_no_more_than_the_free_tries_are_ever_wrong_without_a_wait(tries: list[tuple[bool, float]]) -> None:
    now = 0.0
    throttle = Throttle(lambda: now)
    wrong_in_a_row = 0
    for right, later in tries:
        now += later
        wait = throttle.count_try("1001")
        assert 0 <= wait <= 900
        if wait:
            assert wrong_in_a_row >= FREE_TRIES
            now += wait
            assert throttle.count_try("1001") == 0
        if right:
            throttle.reset("1001")
            wrong_in_a_row = 0
        else:
            wrong_in_a_row += 1
            if wrong_in_a_row >= FREE_TRIES:
                assert throttle.count_try("1001") > 0
