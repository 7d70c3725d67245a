"""A floor in memory with what the screens read, for pictures of sizes and texts that a real floor seldom has."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import cycle
from types import SimpleNamespace
from typing import Any

from floorctl.assessment_views import ScoreView
from floorctl.breaks import BreaksChanged, ordered_teams, team_of, worker_at
from floorctl.config import Config
from floorctl.kept_texts import KeptTexts
from floorctl.models import Alert, Call, Interval, Queue, Ref, Resource, Seat, Shift, Step
from floorctl.models.people import Pause
from floorctl.rules import assessment, limits, metrics, outlook
from floorctl.rules.alert_order import urgency
from floorctl.rules.breaks import BreakPlan, Wanted, plan
from floorctl.rules.month import Month, month_score
from floorctl.told import Told
from floorctl.views import OrderPage

NAMES = "张李陈刘赵孙周吴郑王冯褚卫蒋沈韩杨朱秦许何吕施孔曹严华金魏陶姜谢邹喻柏水窦章云苏潘葛范彭郎鲁韦马苗"
STATES = ("talking", "talking", "ready", "wrap_up", "talking", "break", "talking", "hold", "ringing", "outbound",
          "not_ready", "talking", "meal", "signed_out", "talking", "training")  # fmt: skip


class SmallFloor:
    """Seats in zones, three queues, two resources, some alerts; acts are kept in ``acts``."""

    def __init__(self, seats: int = 49, *, config: Config | None = None, texts: Sequence[str] = ()) -> None:
        self.config = config or Config()
        turn = cycle(texts)

        def said(usual: Any) -> Any:
            """The next of ``texts`` where there are any, else what a floor usually says."""
            return next(turn) if texts else usual

        self.acts: list[tuple[Any, ...]] = []
        self.mode = "live"
        #: Seat → its usual queues, where they are not what it serves.
        self.usual: dict[str, tuple[str, ...]] = {}
        self.rostered: list[Shift] = []
        self.started = datetime(2026, 3, 4, 14, 32, 7, tzinfo=self.config.zone)
        self.clock_at = self.started
        self.person: Any = SimpleNamespace(
            person_id="p-1001", name=said("钱进"), roles=frozenset({"supervisor"}), floor=said("四川12345")
        )
        no_disk: Any = SimpleNamespace(
            drafts=lambda *_: [], save_draft=lambda _draft: None, drop_draft=lambda _key: None
        )
        self.texts = KeptTexts(no_disk, lambda: self.person, self.now)
        self.subscribers: list[Callable[[Any], None]] = []
        per_zone = max(12, seats // 20)
        self._seats: dict[str, Seat] = {}
        self.names: dict[str, str] = {}
        for n in range(seats):
            state = STATES[n * 7 % len(STATES)]
            person = f"p-{2000 + n}"
            self.names[person] = said(NAMES[n % len(NAMES)] + ("伟" if n % 3 else "小明"))
            zone = chr(65 + n // per_zone) if n // per_zone < 26 else f"Z{n // per_zone}"
            call = Call(id=f"c{n}", line="12345", started_at=self.started, caller=said("13812345678"))
            self._seats[f"s-{n + 1:02}"] = Seat(
                number=said(f"{n + 1:02}"),
                zone=texts[n // per_zone] if texts else f"{zone}区",
                kind=said("general"),
                state=said(state),
                since=self.started - timedelta(seconds=(n * 53) % 400 + (700 if n in (4, 17) else 0)),
                skills=("q-12345",),
                extension=said(None),
                person_id=None if state == "signed_out" else person,
                shift_id=f"sh-{person}",
                call=call if state == "talking" else None,
            )
        rows = (("12345 综合", "12345", 7, 72), ("12333 人社", "12333", 1, 9), ("12320 卫健", "12320", 0, None))
        self._queues = {
            f"q-{line}": Queue(
                name=said(name), line=line, waiting=waiting, offered=1840, answered=1768, abandoned=72,
                answered_in_target=1590, target_seconds=15, target_level=0.85, handle_seconds=1768 * 214.0,
                oldest_wait_since=self.started - timedelta(seconds=longest) if longest else None,
            )
            for name, line, waiting, longest in rows
        }  # fmt: skip
        self._resources = {
            "r-1": Resource(kind=said("trunk"), name=said("中继"), capacity=30, in_use=21),
            "r-2": Resource(kind=said("licence"), name=said("授权"), capacity=49, in_use=46),
        }
        self.alert_entities = {
            "a-1": Alert(
                kind="special_urgent_order", severity="critical", title=said("特殊紧急工单 2026030400123 燃气泄漏"),
                subject=Ref("order", "o-1"), raised_at=self.started - timedelta(minutes=3), state="open",
                detail=said(None),
                steps=(
                    Step(kind="phone_department", due_at=self.started + timedelta(seconds=720)),
                    Step(kind="report_purchaser", due_at=self.started + timedelta(seconds=720)),
                    Step(kind="follow_up", due_at=self.started + timedelta(hours=2)),
                ),
            ),
            "a-2": Alert(
                kind="dispatch_overdue", severity="warning", title=said("派单将超时 3 件"),
                subject=Ref("order", "o-2"), raised_at=self.started - timedelta(minutes=12), state="open", steps=(),
            ),
            "a-3": Alert(
                kind="long_call", severity="notice", title=said("长通话 05 赵 12:40"), subject=Ref("seat", "s-05"),
                raised_at=self.started - timedelta(minutes=21), state="acknowledged", steps=(),
            ),
        }  # fmt: skip

    def now(self) -> datetime:
        return self.clock_at

    def shown_at(self) -> datetime:
        return self.clock_at if self.mode == "live" else self.started

    def standing(self) -> Any:
        offline = self.mode == "offline"
        return SimpleNamespace(
            mode=self.mode, as_of=self.started, offline_seconds=192.0 if offline else 0.0, first_sync=None,
            waiting=2 if offline else 0, refused=0, conflicts=0, problem=None,
        )  # fmt: skip

    def live_rules_paused(self) -> bool:
        return self.mode != "live"

    def seats(self) -> list[Any]:
        at = self.shown_at()
        return [
            SimpleNamespace(
                id=key, version=1, seat=seat, person_name=self.person_name(seat.person_id), pending=(), team=seat.zone,
                seconds_in_state=limits.seconds_in_state(seat, at),
                limit=limits.seat_limit(seat, at, limits.SeatLimits()),
                usual=self.usual.get(key, seat.skills), moved=self.usual.get(key, seat.skills) != seat.skills,
            )
            for key, seat in self._seats.items()
        ]  # fmt: skip

    def moved_seats(self) -> list[Any]:
        return [view for view in self.seats() if view.moved]

    def needed_agents(self) -> dict[str, int]:
        return {"q-12345": 4}

    def agent_shifts(self) -> list[Shift]:
        return self.rostered

    def put_seat(self, seat_id: str, **changes: Any) -> None:
        import msgspec

        self._seats[seat_id] = msgspec.structs.replace(self._seats[seat_id], **changes)
        self.tell(seat=frozenset({seat_id}))

    def tell(self, **ids: frozenset[str]) -> None:
        for subscriber in self.subscribers:
            subscriber(SimpleNamespace(ids=ids))

    def queues(self) -> list[Any]:
        at = self.shown_at()
        return [
            SimpleNamespace(
                id=key, version=1, queue=queue, answer_rate=Fraction(961, 1000), target_rate=Fraction(864, 1000),
                abandon_rate=Fraction(39, 1000), asa_seconds=8.0, aht_seconds=214.0, pending=(),
                longest_wait_seconds=metrics.longest_wait(queue, at),
            )
            for key, queue in self._queues.items()
        ]  # fmt: skip

    def resources(self) -> list[Any]:
        return [
            SimpleNamespace(id=key, resource=thing, share=Fraction(thing.in_use, thing.capacity))
            for key, thing in self._resources.items()
        ]

    def alerts(self, *, closed: bool = False) -> list[Any]:
        in_order = sorted(self.alert_entities.items(), key=lambda pair: urgency(pair[1]))
        return [
            SimpleNamespace(
                id=key, version=1, alert=alert, source="platform", next_step=alert.next_step, pending=(),
                title=alert.title, told=Told(alert.title), normal=False,
                next_due_at=alert.next_step.due_at if alert.next_step else None,
            )
            for key, alert in in_order
            if closed or alert.state != "closed"
        ]  # fmt: skip

    def intervals(self, queue_id: str, day: object = None) -> list[Interval]:
        start = self.started.replace(hour=0, minute=0, second=0)
        return [
            Interval(
                queue_id=queue_id, start=start + timedelta(minutes=15 * n), offered=(n * n * 7) % 40 + n // 4,
                answered=(n * n * 7) % 38, abandoned=1, answered_in_target=n % 30, handle_seconds=3000.0,
                staffed_seconds=9000.0,
            )
            for n in range(58)
        ]  # fmt: skip

    def score(self, month: Month | None = None) -> ScoreView:
        """Full marks but for what facts there ought to be, of a floor that has counted nothing."""
        month = month or Month.of(self.now().date())
        counts = {"contract_month": month.month, "done": 0, "days": [], "facts": [], "sessions": 0, "late": 0}
        rates = {name: 0 for rate in assessment.RATES.values() for name in (rate.part, rate.whole)}
        scored = month_score(
            month, {item: {**counts, **rates, "below": 0} for item in (*assessment.POINTS, "bonus")}, final=False
        )
        return ScoreView(
            month=month, final=False, base=scored.base, bonus=scored.bonus, total=scored.total, termination_right=False,
            items=scored.items, year=outlook.year([]), forecast=None, no_orders_known=False,
        )  # fmt: skip

    def assessment_year(self, month: Month | None = None) -> list[Any]:
        return []

    def facts(self, month: Month | None = None) -> list[Any]:
        return []

    def assessment_costs(self, item_id: str, month: Month | None = None) -> list[Any]:
        return []

    def explain(self, item_id: str, month: Month | None = None) -> None:
        return None

    read_only = False

    def unsigned_handovers(self) -> list[Any]:
        return []

    def order_counts(self) -> Any:
        return SimpleNamespace(overdue=12, due_soon=5, to_dispatch=9, to_call_back=31, shortest_dispatch_seconds=1290.0)

    def quality_counts(self) -> tuple[int, int]:
        return 42, 18

    def orders(self, *_: Any, offset: int = 0, limit: int = 100, **__: Any) -> Any:
        return OrderPage([], 0)

    def shift(self, shift_id: str) -> Shift:
        pauses = tuple(
            Pause(
                kind=kind,
                starts_at=self.started + timedelta(hours=n),
                ends_at=self.started + timedelta(hours=n, minutes=15),
            )
            for n, kind in enumerate(("break", "meal"), 1)
        )
        start = self.started.replace(hour=8, minute=0, second=0)
        return Shift(person_id=shift_id, name="morning", starts_at=start, ends_at=start + timedelta(hours=12),
                     lead=True, pauses=pauses)  # fmt: skip

    def as_one(self) -> AbstractContextManager[None]:
        return nullcontext()

    def recent_acts(self) -> list[Any]:
        return []

    def outbox(self, *_: Any) -> list[Any]:
        return []

    def teams(self) -> list[str]:
        return ordered_teams((), self.seats())

    def team_seats(self, team: str) -> list[str]:
        return [view.id for view in self.seats() if view.seat.person_id and team_of(view) == team]

    def plan_breaks(self, seat_ids: Sequence[str], wanted: Wanted) -> BreakPlan:
        workers = [worker_at(view.id, view.seat, self) for view in self.seats() if view.id in seat_ids]
        return plan([worker for worker in workers if worker], wanted, self.now())

    def change_breaks(self, planned: BreakPlan) -> BreaksChanged:
        self.acts.append(("change_breaks", planned))
        return BreaksChanged(items=(), dropped=(), left=0)

    def shifts_today(self) -> list[tuple[str, Shift]]:
        return [("sh-1", self.shift("p-2009"))]

    def person_name(self, person_id: str | None) -> str:
        return self.names.get(person_id or "", person_id or "")

    def subscribe(self, callback: Callable[[Any], None]) -> Callable[[], None]:
        self.subscribers.append(callback)
        return lambda: self.subscribers.remove(callback)

    def may(self, kind: str) -> bool:
        return True

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Every act: remember it."""
        if name.startswith("_"):
            raise AttributeError(name)

        def act(*args: Any, **kwargs: Any) -> Any:
            self.acts.append((name, *args, *kwargs.values()))
            return SimpleNamespace(id="x")

        return act
