"""What the walks are on: a floor on real files, and a platform that follows the contract's rules.

Made once and copied for each walk. The platform is in this process: what it delivers, when it answers and what
others do meanwhile are steps of the walk like the keys.
"""

import random
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec

from floorctl.clock import PlatformClock
from floorctl.config import Duration
from floorctl.floor import passwords
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.base import Ref
from floorctl.models.floor import Call, Resource
from floorctl.models.handover import Handover, HandoverItem
from floorctl.sync.batch import Batch
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.platform import wire
from tests.build import NOWHERE, Entities, config
from tests.explorer.people import PASSWORD, session_of
from tests.floor_access import cache_of
from tests.quality_stage import CHIEF, QualityStage, sample
from tests.stage import Key, hours
from tests.still_time import StillClock
from tests.sync.storage import NOW, alert, order, seat

MADE = Entities(NOW)
TITLES = (
    "小区二次供水水压不足，多次反映未解决", "农民工工资被拖欠", "咨询灵活就业人员社保缴费比例", "燃气泄漏求助",
    "Noise at night 夜间施工噪声", "举报餐馆油烟直排", "[bold]x[/] 路口红绿灯\u202e损坏", "👨‍👩‍👧 楼上漏水 é ñ ﷽",
)  # fmt: skip
#: Nobody touches it for so long, and it locks.
LOCK_AFTER = Duration("2m")
ESCALATION_STEPS = ("phone_department", "report_purchaser", "follow_up")
STATES = ("dispatched", "accepted", "ready", "handled", "review", "dispatched", "returned", "received")
SEAT_STATES = ("ready", "talking", "wrap_up", "break", "hold", "not_ready", "signed_out", "ringing")


def _fill(world: "World") -> None:
    """Put more of everything on the floor than fits a small terminal."""
    for n in range(11, 45):
        state = STATES[n % len(STATES)]
        sent = {"dispatched_at": hours(-30), "lead_department_id": f"d-{n % 2 + 1}", "department_ids": ["d-1"]}
        world.put(
            ("order", f"o-{n}"),
            order(
                n,
                state=state,
                title=TITLES[n % len(TITLES)],
                content=TITLES[n % len(TITLES)] * 3,
                line=("12345", "12345", "12333", "12320")[n % 4],
                received_at=hours(-3 - n * 7 % 120),
                urgency="special_urgent" if n % 13 == 9 else "special" if n % 11 == 4 else "normal",
                due_at=hours(n * 17 % 90 - 40),
                citizen={"name": "张建国", "phone": "13812345678"},
                **({"reviewed_at": hours(-1 - n % 3)} if state not in ("review", "received") else {}),
                **(sent if state in ("dispatched", "accepted", "handled") else {}),
                **({"handled_at": hours(-2), "callback_required": True} if state == "handled" else {}),
            ),
        )
    for n in range(4, 25):
        world.put(("person", f"p-{3000 + n}"), MADE.person(name=f"周{n}", team=f"{n % 3 + 1}组"))
        pauses = [
            {"kind": kind, "starts_at": hours(at), "ends_at": hours(at + 0.25)}
            for at, kind in ((0.5, "break"), (2, "meal"), (4, "break"))
        ]
        world.put(
            ("shift", f"sh-{n}"),
            MADE.shift(person_id=f"p-{3000 + n}", starts_at=hours(-2), ends_at=hours(6), lead=n == 4, pauses=pauses),
        )
        state = SEAT_STATES[n % len(SEAT_STATES)]
        call = {"id": f"c-{n}", "line": "12345", "started_at": hours(-n / 60)} if state in ("talking", "hold") else None
        world.put(
            ("seat", f"s-{n}"),
            seat(
                number=f"{n:02}",
                zone=f"{'ABC'[n % 3]}区",
                state=state,
                since=hours(-n / 100),
                person_id=f"p-{3000 + n}",
                shift_id=f"sh-{n}",
                skills=["q-1"] if n % 2 else ["q-1", "q-2"],
                **({"call": call} if call else {}),
            ),
        )
    kinds = ("special_urgent_order", "dispatch_overdue", "queue_surge", "long_call", "special_order")
    for n in range(3, 14):
        due = [hours(-n / 6 + 0.25), hours(-n / 6 + 0.25), hours(-n / 6 + 2)]
        steps = (
            [{"kind": kind, "due_at": at} for kind, at in zip(ESCALATION_STEPS, due, strict=True)]
            if n % 5 in (0, 4)
            else []
        )
        subject = ({"kind": "order", "id": f"o-{n}"}, {"kind": "seat", "id": f"s-{n}"})[n % 5 == 3]
        world.put(
            ("alert", f"a-{n}"),
            alert(
                kind=kinds[n % 5],
                severity=("critical", "warning", "notice")[n % 3],
                title=f"{TITLES[n % 8]} {n}",
                raised_at=hours(-n / 6),
                state="open" if n < 8 else "acknowledged",
                steps=steps,
                subject=subject,
            ),
        )
    for n, (kind, name) in enumerate((("trunk", "中继"), ("licence", "授权"))):
        world.put(("resource", f"r-{n}"), Resource(kind=kind, name=name, capacity=30 + n * 19, in_use=21))
    world.put(("category", "c-1"), MADE.category())
    shift = world.floor.handovers.shift_meant()
    items = tuple(HandoverItem(id=f"it-{n}", text=f"{TITLES[n]} {n}", done=n == 1) for n in range(4))
    world.put(
        ("handover", "ho-1"),
        Handover(day=shift.day, from_shift=shift.name, to_shift="evening", state="open", items=items),
    )


class World(QualityStage):
    """The stage of the walks; what happens on it by itself happens by its methods, each called by a step."""

    language = "zh-CN"
    #: The role of the person who is signed in when the walk begins.
    role = "supervisor"
    #: Whether the platform can't be reached.
    unreachable = False

    def __init__(self, folder: Path, role: str = "supervisor") -> None:
        super().__init__(folder, role)
        _fill(self)
        self.feed()
        self._add_double_scores(role)
        self.floor.close()

    def _add_double_scores(self, role: str) -> None:
        """Add samples that were scored here after somebody else had scored them."""
        self.sign_in("inspector")
        for n in (6, 7):
            self.put(("sample", f"sm-{n}"), sample(n))
            self.feed()
            self.double_score(f"sm-{n}", their_id=f"in-{n}")
        self.sign_in(role)

    #: The time that the platform has; the time of the beginning where nothing is said.
    clock: PlatformClock | None = None

    def open_floor(self) -> Floor:
        """The floor, in its language."""
        settings = config(self.folder, language=self.language, url=NOWHERE, lock_after=LOCK_AFTER)
        floor = open_terminal(settings, clock=self.clock)
        if self.clock is None:
            floor.clock.observe(NOW)
        return floor

    def copy(self, folder: Path, *, role: str, language: str, clock: StillClock) -> "World":
        """The same world on files of its own, on this clock."""
        shutil.copytree(self.folder, folder)
        world = World.__new__(World)
        world.folder, world.language, world.role, world.cursor = folder, language, role, self.cursor
        world.platform, world.held = dict(self.platform), dict(self.held)
        world.unfed, world.side_versions = [], {}
        world.clock = PlatformClock(clock, lambda: NOW)
        world.floor = world.open_floor()
        me = session_of("1001", role)
        world.journal.save_session(me, platform=NOWHERE, employee_no="1001")
        passwords.remember(world.journal, "1001", PASSWORD, me, NOWHERE)
        world.reread_session()
        return world

    def start_again(self, clock: StillClock) -> None:
        """Open the floor again on its files, at the current time, as after a restart of the program."""
        now = self.floor.now()
        self.clock = PlatformClock(clock, lambda: now)
        self.reopen()

    # -- what happens by itself; each is called in a worker thread

    def set_connected(self, *, live: bool) -> None:
        """Make the platform reachable, or unreachable."""
        now, self.unreachable = self.floor.now(), not live
        if live:
            self.floor.live.take_connection_status(ConnectionStatus(mode="live", as_of=now))
        else:
            self.floor.live.take_connection_status(ConnectionStatus(mode="offline", as_of=now, offline_seconds=5.0))

    def end_session(self) -> None:
        """Make the platform end the session."""
        self.floor.live.take_connection_status(ConnectionStatus(mode="signed_out", as_of=self.floor.now()))

    def raise_urgent_alert(self) -> None:
        """Raise an alert that was left for so long that it takes the whole screen."""
        n, now = 2000 + self.cursor, self.floor.now()
        raised, due = now - timedelta(minutes=6), now + timedelta(minutes=9)
        self.put(
            ("alert", f"a-{n}"),
            alert(
                kind="special_urgent_order",
                severity="critical",
                title=f"燃气泄漏 {n}",
                raised_at=raised.isoformat(),
                steps=[{"kind": kind, "due_at": due.isoformat()} for kind in ESCALATION_STEPS[:2]],
                subject={"kind": "order", "id": "o-1"},
            ),
        )
        self.feed()

    def answer_everything(self) -> None:
        """Send and answer every waiting command, and deliver the outcomes."""
        self.send_everything()

    def refuse_next(self) -> None:
        """Refuse the next waiting command."""
        for item in self.journal.sendable(1):
            self.journal.claim(item.id, None)
            problem = wire.Problem(title="平台不接受", status=422, errors=(wire.FieldError("data", "不行 [/x]"),))
            self.journal.park(item.id, "refused", problem)
            self.floor.live.take_in(Batch({"outbox": {item.id}}))

    def others_act(self, seed: int) -> None:
        """Change a few entities as another terminal would, and deliver the changes."""
        chance = random.Random(seed)
        for _ in range(chance.randint(1, 4)):
            getattr(self, chance.choice(("_order", "_alert", "_seat", "_queue", "_new", "_handover")))(chance)
        self.feed()

    def delete_something(self, seed: int) -> None:
        """Delete an entity."""
        chance = random.Random(seed)
        kind = chance.choice(("order", "alert", "seat", "sample", "inspection", "handover", "shift"))
        keys = sorted(key for key in self.platform if key[0] == kind and key not in self.unfed)
        if not keys:
            return
        self._delete(chance.choice(keys))

    def delete_by_id(self, id_: str) -> None:
        """Delete the entity with this id, or put aside the parked command with this id."""
        keys = [key for key in self.platform if key[1] == id_ and key not in self.unfed]
        if keys:
            self._delete(keys[0])
        elif (item := self.journal.get(id_)) is not None and item.state in ("refused", "conflict"):
            self.journal.drop(id_, "先评为准", by=CHIEF)
            self.floor.live.take_in(Batch({"outbox": {id_}}))

    def _delete(self, key: Key) -> None:
        version, _ = self.platform.pop(key)
        self.held.pop(key, None)
        self.cursor += 1
        change = {"kind": key[0], "id": key[1], "version": version + 1, "deleted": True}
        page = wire.Page(
            changes=(msgspec.Raw(msgspec.json.encode(change)),), next=str(self.cursor), more=False, server_time=NOW
        )
        self.floor.live.take_in(cache_of(self.floor).apply(page).batch)

    def _some_key(self, kind: str, chance: random.Random) -> Any:
        keys = sorted(key for key in self.platform if key[0] == kind)
        return chance.choice(keys) if keys else None

    def _order(self, chance: random.Random) -> None:
        if key := self._some_key("order", chance):
            late = self.floor.now() + timedelta(minutes=chance.randint(-3000, 3000))
            self.change(key, state=chance.choice(STATES), due_at=late, title=chance.choice(TITLES))

    def _alert(self, chance: random.Random) -> None:
        if key := self._some_key("alert", chance):
            self.change(key, state=chance.choice(("open", "acknowledged", "closed")))

    def _seat(self, chance: random.Random) -> None:
        if key := self._some_key("seat", chance):
            state = chance.choice(SEAT_STATES)
            call = Call(id="c-x", line="12345", started_at=self.floor.now()) if state in ("talking", "hold") else None
            self.change(key, state=state, since=self.floor.now(), call=call, zone=chance.choice("ABC") + "区")

    def _queue(self, chance: random.Random) -> None:
        if key := self._some_key("queue", chance):
            self.change(key, waiting=chance.randint(0, 30), offered=chance.randint(20, 900))

    def _handover(self, chance: random.Random) -> None:
        if key := self._some_key("handover", chance):
            items = tuple(
                HandoverItem(id=f"it-{n}", text=chance.choice(TITLES), done=chance.random() < 0.3)
                for n in range(chance.randint(0, 6))
            )
            self.change(key, items=items, state=chance.choice(("open", "open", "given", "taken")))

    def _new(self, chance: random.Random) -> None:
        n = 1000 + self.cursor
        if chance.random() < 0.5:
            self.put(
                ("order", f"o-{n}"),
                order(
                    n,
                    due_at=hours(-60),
                    dispatched_at=hours(-90),
                    state="dispatched",
                    reviewed_at=hours(-91),
                    lead_department_id="d-1",
                    title=chance.choice(TITLES),
                ),
            )
        else:
            steps = [{"kind": "phone_department", "due_at": (self.floor.now() + timedelta(minutes=15)).isoformat()}]
            self.put(
                ("alert", f"a-{n}"),
                alert(
                    kind="special_urgent_order",
                    severity="critical",
                    title=f"特殊紧急 {n}",
                    steps=steps,
                    raised_at=self.floor.now(),
                    subject=Ref("order", "o-1"),
                ),
            )
