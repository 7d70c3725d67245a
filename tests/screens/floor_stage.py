"""A real Floor on real files for tests of the screens, with seats, queues and alerts as a test needs them.

Made once for each kind of floor and copied for each test (fixtures ``floor_stage`` and ``stage_of``). Its platform
answers when it is told to (see ``Stage``): what is done on it can be applied, refused or met by a conflict, and who has
no right is told so, as on any floor. Its clock stands still but for ``go``.
"""

import shutil
import tempfile
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from floorctl.clock import PlatformClock
from floorctl.config import Config, Duration
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Entity, Ref
from floorctl.models.floor import Call, Interval, Queue, Resource, Seat
from floorctl.models.orders import Department, Order
from floorctl.models.team import Pause, Person, Shift
from floorctl.sync.connection_status import ConnectionStatus
from floorctl.sync.platform import wire
from tests.build import NOWHERE, Entities, config
from tests.floor_access import cache_of
from tests.stage import Key, Stage
from tests.still_time import StillClock

STARTED = datetime(2026, 3, 4, 14, 32, 7, tzinfo=ZoneInfo("Asia/Shanghai"))
NAMES = "张李陈刘赵孙周吴郑王冯褚卫蒋沈韩杨朱秦许何吕施孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛范彭郎鲁韦马苗"
STATES = (
    "talking",
    "talking",
    "ready",
    "wrap_up",
    "talking",
    "break",
    "talking",
    "hold",
    "ringing",
    "outbound",
    "not_ready",
    "talking",
    "meal",
    "signed_out",
    "talking",
    "training",
)
#: How many orders stand in each of the day's lists.
OVERDUE, DUE_SOON, TO_DISPATCH, TO_CALL_BACK = 12, 5, 9, 31


class _Made:
    """The entities of a floor with ``seats`` seats; with ``texts``, every text from the platform is one of them."""

    def __init__(self, seats: int, texts: Sequence[str]) -> None:
        self._turn = cycle(texts) if texts else None
        self.entities: dict[Key, Entity] = {}
        self._people_and_seats(seats, texts)
        self._queues()
        self._orders()
        self._alerts()

    def _said(self, usual: Any) -> Any:
        """Return the next of the texts; without texts, ``usual``."""
        return next(self._turn) if self._turn is not None else usual

    def _people_and_seats(self, seats: int, texts: Sequence[str]) -> None:
        known: dict[str, Any] = {"education": "bachelor", "hired_on": STARTED.date()}
        self.entities["person", "p-1001"] = Person(
            employee_no="1001", name=self._said("钱进"), post="floor_manager", **known
        )
        per_zone = max(12, seats // 20)
        for n in range(seats):
            state, person = STATES[n * 7 % len(STATES)], f"p-{2000 + n}"
            zone = chr(65 + n // per_zone) if n // per_zone < 26 else f"Z{n // per_zone}"
            name = self._said(NAMES[n % len(NAMES)] + ("伟" if n % 3 else "小明"))
            self.entities["person", person] = Person(employee_no=f"{2000 + n}", name=name, post="agent", **known)
            if state != "signed_out":
                self.entities["shift", f"sh-{person}"] = self._shift(person, lead=n == 9)
            call = Call(id=f"c{n}", line="12345", started_at=STARTED, caller=self._said("13812345678"))
            self.entities["seat", f"s-{n + 1:02}"] = Seat(
                number=self._said(f"{n + 1:02}"),
                zone=texts[n // per_zone] if texts else f"{zone}区",
                kind=self._said("general"),
                state=self._said(state),
                since=STARTED - timedelta(seconds=(n * 53) % 400 + (700 if n in (4, 17) else 0)),
                skills=("q-12345",),
                extension=self._said(None),
                person_id=None if state == "signed_out" else person,
                shift_id=None if state == "signed_out" else f"sh-{person}",
                call=call if state == "talking" else None,
            )

    @staticmethod
    def _shift(person: str, *, lead: bool) -> Shift:
        """Return a person's shift of today, with a break in an hour and a meal in two."""
        pauses = tuple(
            Pause(kind=kind, starts_at=STARTED + timedelta(hours=n), ends_at=STARTED + timedelta(hours=n, minutes=15))
            for n, kind in enumerate(("break", "meal"), 1)
        )
        start = STARTED.replace(hour=8, minute=0, second=0)
        return Shift(
            person_id=person,
            name="morning",
            starts_at=start,
            ends_at=start + timedelta(hours=12),
            lead=lead,
            pauses=pauses,
        )

    def _queues(self) -> None:
        rows = (("12345 综合", "12345", 7, 72), ("12333 人社", "12333", 1, 9), ("12320 卫健", "12320", 0, None))
        for name, line, waiting, longest in rows:
            self.entities["queue", f"q-{line}"] = Queue(
                name=self._said(name),
                line=line,
                waiting=waiting,
                offered=1840,
                answered=1768,
                abandoned=72,
                answered_in_target=1590,
                target_seconds=15,
                target_level=0.85,
                handle_seconds=1768 * 214.0,
                oldest_wait_since=STARTED - timedelta(seconds=longest) if longest else None,
            )
            midnight = STARTED.replace(hour=0, minute=0, second=0)
            for n in range(58):
                offered = (n * n * 7) % 40 + n // 4
                abandoned = min(1, offered)
                answered = min((n * n * 7) % 38, offered - abandoned)
                self.entities["interval", f"i-{line}-{n}"] = Interval(
                    queue_id=f"q-{line}",
                    start=midnight + timedelta(minutes=15 * n),
                    offered=offered,
                    answered=answered,
                    abandoned=abandoned,
                    answered_in_target=min(n % 30, answered),
                    handle_seconds=3000.0,
                    staffed_seconds=9000.0,
                )
        self.entities["resource", "r-1"] = Resource(
            kind=self._said("trunk"), name=self._said("中继"), capacity=30, in_use=21
        )
        self.entities["resource", "r-2"] = Resource(
            kind=self._said("licence"), name=self._said("授权"), capacity=49, in_use=46
        )

    def _orders(self) -> None:
        """Add the numbers of orders above to the day's lists; alerts are about the first two."""
        received, hour = STARTED - timedelta(hours=20), timedelta(hours=1)
        self.entities["department", "d-1"] = Department(name=self._said("市住房和城乡建设局"), level="city")
        sent: dict[str, Any] = {
            "state": "dispatched", "reviewed_at": received + hour, "dispatched_at": received + 2 * hour,
            "lead_department_id": "d-1", "department_ids": ("d-1",), "due_at": STARTED + 200 * hour,
        }  # fmt: skip
        waits = STARTED - timedelta(hours=3) + timedelta(seconds=1290)
        cases = [
            *[sent | {"due_at": STARTED - hour * (n + 1)} for n in range(OVERDUE)],
            *[sent | {"due_at": STARTED + hour * (n + 1) / 2} for n in range(DUE_SOON)],
            *[{"state": "ready", "reviewed_at": waits + timedelta(minutes=n)} for n in range(TO_DISPATCH)],
            *[sent | {"state": "handled", "handled_at": STARTED - hour, "callback_required": True}] * TO_CALL_BACK,
        ]
        for n, case in enumerate(cases, 1):
            fields = {
                "number": f"2026030400{122 + n:03}", "line": "12345", "channel": "phone", "type": "help",
                "urgency": "special_urgent" if n == 1 else "normal", "received_at": received,
                "title": self._said("燃气泄漏" if n == 1 else "小区门口路灯不亮"),
            }  # fmt: skip
            self.entities["order", f"o-{n}"] = Order(**fields | case)

    def _alerts(self) -> None:
        ladder = (("phone_department", 720), ("report_purchaser", 720), ("follow_up", 7200))
        self.entities["alert", "a-1"] = Alert(
            kind="special_urgent_order",
            severity="critical",
            title=self._said("特殊紧急工单"),
            subject=Ref("order", "o-1"),
            raised_at=STARTED - timedelta(minutes=3),
            state="open",
            detail=self._said(None),
            steps=tuple(Step(kind=kind, due_at=STARTED + timedelta(seconds=left)) for kind, left in ladder),
        )
        self.entities["alert", "a-2"] = Alert(
            kind="dispatch_overdue",
            severity="warning",
            title=self._said("派单将超时"),
            subject=Ref("order", "o-18"),
            raised_at=STARTED - timedelta(minutes=12),
            state="open",
            steps=(),
        )
        self.entities["alert", "a-3"] = Alert(
            kind="long_call",
            severity="notice",
            title=self._said("长通话"),
            subject=Ref("seat", "s-05"),
            raised_at=STARTED - timedelta(minutes=21),
            state="acknowledged",
            steps=(),
        )


class FloorStage(Stage):
    """A supervisor's floor at half past two, live. ``role``, ``language`` and ``sections`` of the configuration vary.

    With None for a role, nobody is signed in.

    ``acts`` is what was done on it, each as (kind, id of the target, data).
    """

    def __init__(
        self,
        folder: Path,
        seats: int = 49,
        *,
        texts: Sequence[str] = (),
        role: str | None = "supervisor",
        language: str = "zh-CN",
        lock_after: str = "10m",
        bell: bool = False,
        **sections: Any,
    ) -> None:
        made = _template(seats, tuple(texts))
        self.folder = folder / "floor"
        shutil.copytree(made.folder, self.folder)
        self.platform, self.held, self.cursor = dict(made.platform), dict(made.held), made.cursor
        self.unfed, self.side_versions = [], {}
        usual = _config(self.folder)
        terminal = replace(usual.terminal, lock_after=Duration(lock_after), bell=bell)
        self._config = replace(usual, language=language, terminal=terminal, **sections)
        self._time = StillClock()
        self.floor = self.open_floor()
        if role is not None:
            self.sign_in(role)
        self.stand("live")

    def open_floor(self) -> Floor:
        return open_terminal(self._config, clock=PlatformClock(self._time, lambda: STARTED))

    def sign_in(self, role: str) -> None:
        """Sign in a person with this role."""
        self.journal.save_session(Entities(STARTED).session(role), platform=NOWHERE)
        self.reread_session()

    def stand(self, mode: Any) -> None:
        """Set the connection status: ``live``, or ``offline`` for 192 seconds."""
        away = 192.0 if mode == "offline" else 0.0
        self.floor.live.take_connection_status(
            ConnectionStatus(mode=mode, as_of=self.floor.now(), offline_seconds=away)
        )

    def go(self, **time: float) -> None:
        """Advance the platform's time: ``minutes=5``."""
        self._time.jump(timedelta(**time).total_seconds())

    def tell(self, key: Key, **fields: Any) -> None:
        """Change an entity on the platform and feed the change."""
        self.change(key, **fields)
        self.feed()

    def remove(self, key: Key) -> None:
        """Delete an entity on the platform and feed the tombstone."""
        version, self.cursor = self.platform.pop(key)[0] + 1, self.cursor + 1
        gone = msgspec.Raw(msgspec.json.encode({"kind": key[0], "id": key[1], "version": version, "deleted": True}))
        page = wire.Page(changes=(gone,), next=str(self.cursor), more=False, server_time=self.floor.now())
        self.held.pop(key, None)
        self.floor.live.take_in(cache_of(self.floor).apply(page).batch)

    @property
    def acts(self) -> list[tuple[str, str, dict[str, Any]]]:
        items = sorted(self.journal.items(), key=lambda item: item.seq)
        return [(item.kind, item.target.id, item.data) for item in items if not item.automatic]


#: How the fixture ``stage_of`` makes one: the arguments are those of ``FloorStage`` behind its folder.
StageOf = Callable[..., FloorStage]


class _Template(Stage):
    """The files that stages of a kind are copied from."""

    def __init__(self, folder: Path, entities: dict[Key, Entity]) -> None:
        self.folder = folder
        self.platform, self.held, self.unfed, self.cursor, self.side_versions = {}, {}, [], 0, {}
        self.floor = open_terminal(_config(folder), clock=PlatformClock(StillClock(), lambda: STARTED))
        for key, entity in entities.items():
            self.put(key, entity)
        self.feed()
        self.floor.close()


#: What the templates are in, until the process ends.
_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []


@cache
def _template(seats: int, texts: tuple[str, ...]) -> _Template:
    folder = tempfile.TemporaryDirectory(prefix="floor-stage-")
    _FOLDERS.append(folder)
    return _Template(Path(folder.name) / "floor", _Made(seats, texts).entities)


def _config(folder: Path) -> Config:
    return config(folder, bell=False)
