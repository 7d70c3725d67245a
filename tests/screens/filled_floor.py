"""A real Floor, offline: its cache filled with pages as the platform sends them, its journal signed in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from floorctl.config import Config
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.models.alerts import Alert, Step
from floorctl.models.base import Entity, Ref
from floorctl.models.orders import Citizen, Order, Urge
from floorctl.sync.batch import Batch
from floorctl.sync.platform import wire
from tests.build import DAY, HOUR, MINUTE, Entities, config
from tests.floor_access import cache_of, journal_of

NOW = datetime.now(UTC).replace(microsecond=0)
#: The floor's day, which from 16:00 UTC on is not the one of UTC.
TODAY = NOW.astimezone(Config().zone).date()
MADE = Entities(NOW)
DEPARTMENTS = (
    "成都市住房和城乡建设局", "成都市公安局交通管理局", "锦江区城市管理局", "成都市水务局",
    "成都市人力资源和社会保障局", "成都市卫生健康委员会", "武侯区教育局", "青羊区市场监督管理局",
    "金牛区生态环境局", "成华区民政局", "成都市交通运输局", "成都市医疗保障局",
)  # fmt: skip
TITLES = (
    "小区二次供水水压不足，多次反映未解决", "路口红绿灯损坏影响出行", "夜间施工噪声扰民",
    "咨询灵活就业人员社保缴费比例", "反映医院门诊挂号排队过长", "楼上住户长期漏水", "建议增设公交站点",
    "举报餐馆油烟直排", "农民工工资被拖欠", "燃气泄漏求助",
)  # fmt: skip

CONTENT = (
    "来电人反映，住在高层的居民早晚高峰时段经常停水，物业称二次供水设备老化，"
    "电话13812345678联系未果，希望尽快协调处理。"
)
ALERT_TITLES = ("特殊紧急工单", "派单将超时", "12345 综合话务激增", "长通话 05 座席", "特殊工单")


class Feed:
    """Hands entities to a floor as pages of the platform's feed."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.version = 0

    def send(self, *entities: tuple[str, str, Entity | dict[str, Any] | None]) -> int:
        """Send one page of (kind, id, entity; None: a tombstone); return the version of the last."""
        changes = []
        changed: dict[str, set[str]] = {}
        for kind, each, entity in entities:
            self.version += 1
            change: dict[str, Any] = {"kind": kind, "id": each, "version": self.version, "deleted": entity is None}
            if entity is not None:
                change["data"] = entity
            changes.append(msgspec.Raw(msgspec.json.encode(change)))
            changed.setdefault(kind, set()).add(each)
        page = wire.Page(changes=tuple(changes), next=f"c{self.version}", more=False, server_time=self.floor.now())
        cache_of(self.floor).apply(page)
        while cache_of(self.floor).index_some():
            pass
        self.floor.live.take_in(Batch(changed))
        return self.version


def order(n: int, *, text: str | None = None, **more: Any) -> Order:
    """Return the order number ``n``: over 60 of them a third are overdue, with every state and urgency."""
    state = ("dispatched", "accepted", "ready", "handled", "review", "dispatched", "returned", "closed")[n % 8]
    received = NOW - HOUR * (3 + (n * 37) % 220)
    reviewed = None if state == "review" else NOW - MINUTE * (30 + (n * 29) % 190)
    sent = reviewed + HOUR if reviewed and state not in ("ready",) else None
    fields: dict[str, Any] = {
        "number": f"20260304{n:05}",
        "line": ("12345", "12345", "12333", "12320")[n % 4],
        "type": ("help", "complaint", "inquiry", "suggestion", "report")[n % 5],
        "urgency": "special_urgent" if n % 23 == 9 else "special" if n % 11 == 4 else "normal",
        "state": state,
        "title": TITLES[n % len(TITLES)],
        "content": CONTENT * 2,
        "received_at": received,
        "citizen": Citizen(
            name="张建国", phone="13812345678", id_no="510104199001011234", address="锦江区春熙路88号3单元"
        ),
        "region": "锦江区",
        "category_id": f"c-{n % 3}",
        "agent_id": "p-2001",
        "reviewed_at": reviewed,
        "dispatched_at": sent,
        "due_at": received + DAY * (1 + n % 6) if sent else None,
        "lead_department_id": f"d-{n % len(DEPARTMENTS):02}" if sent else None,
        "department_ids": (f"d-{n % len(DEPARTMENTS):02}", "d-01") if sent else (),
        "handled_at": NOW - HOUR if state in ("handled", "closed") else None,
        "result": "已协调物业更换水泵，恢复供水。" if state in ("handled", "closed") else "",
        "callback_required": state == "handled",
        "urges": (Urge(at=NOW - DAY, by="p-1001", level=1, note="请尽快办理"),) if n % 7 == 0 else (),
    }
    if text is not None:
        fields |= {
            "title": text[:200],
            "content": text,
            "result": text,
            "region": text,
            "problem": text,
            "number": f"{text[:40]}{n}",
            "citizen": Citizen(name=text, phone=text, id_no=text, address=text),
            "review_errors": (text,),
            "line": text,
            "channel": text,
            "type": text,
            "urges": (Urge(at=NOW, by=text, level=1, note=text),),
        }
    return MADE.order(n, **(fields | more))


def alert(n: int, *, text: str | None = None, **more: Any) -> Alert:
    """Return the alert number ``n``: the first is special urgent with its steps, the others are of other kinds."""
    kinds = ("special_urgent_order", "dispatch_overdue", "queue_surge", "long_call", "special_order")
    raised = datetime.now(UTC).replace(microsecond=0) - MINUTE * (
        1 + n * 11
    )  # five minutes unheeded would sound the alarm
    start = raised if n < 4 else raised + MINUTE * (40 + n * 11)  # those that somebody has taken up have time left
    due = (start + 15 * MINUTE, start + 15 * MINUTE, start + 120 * MINUTE)
    steps = (
        tuple(
            Step(
                kind=kind,
                due_at=at,
                done_at=raised + 5 * MINUTE if done else None,
                done_by="p-1001" if done else None,
                note=(text or "已电话通知住建局值班室王工，承诺一小时内到场") if done else None,
            )
            for kind, at, done in zip(
                ("phone_department", "report_purchaser", "follow_up"), due, (n % 5 == 4, False, False), strict=True
            )
        )
        if n % 5 in (0, 4)
        else ()
    )
    fields: dict[str, Any] = {
        "kind": kinds[n % 5],
        "severity": ("critical", "warning", "warning", "notice", "warning")[n % 5],
        "title": text or f"{ALERT_TITLES[n % 5]} {n}",
        "subject": (Ref("order", f"o-20260304{n:05}"), Ref("order", "o-2026030400002"), Ref("queue", "q-12345"),
                    Ref("seat", "s-05"), Ref("order", "o-2026030400004"))[n % 5],
        "raised_at": raised,
        "state": "open" if n < 4 else "acknowledged",
        "steps": steps,
        "detail": text or "须电话通知承办单位、上报采购人并跟进处理",
    }  # fmt: skip
    return MADE.alert(**(fields | more))


def people() -> list[tuple[str, str, Entity]]:
    """Return a person, departments, categories and a queue."""
    found: list[tuple[str, str, Entity]] = [
        ("person", "p-1001", MADE.person(employee_no="1001", name="钱进", post="floor_manager")),
        ("person", "p-2001", MADE.person(name="李小明")),
        (
            "queue",
            "q-12345",
            MADE.queue(
                name="12345 综合",
                waiting=3,
                offered=10,
                answered=9,
                abandoned=1,
                answered_in_target=8,
                target_level=0.85,
                handle_seconds=100.0,
            ),
        ),
    ]
    found += [
        ("department", f"d-{n:02}", MADE.department(name=name, region="成都市")) for n, name in enumerate(DEPARTMENTS)
    ]
    found += [
        ("category", f"c-{n}", MADE.category(path=("城乡建设", "供水", "二次供水"), department_ids=("d-03", "d-00")))
        for n in range(3)
    ]
    return found


def open_floor(folder: Path, *, language: str = "zh-CN", roles: tuple[str, ...] = ("supervisor",)) -> Floor:
    """A floor with empty data, signed in."""
    settings = config(folder, language=language)
    floor = open_terminal(settings)
    session = MADE.session(roles=roles, expires_at=NOW + DAY)
    journal_of(floor).save_session(session, platform="http://127.0.0.1")
    floor.close()
    return open_terminal(settings)


def filled_floor(folder: Path, orders: int = 60, alerts: int = 6, **options: Any) -> tuple[Floor, Feed]:
    """A floor with orders, alerts and departments in its cache."""
    floor = open_floor(folder, **options)
    feed = Feed(floor)
    feed.send(*people())
    feed.send(
        *(("order", f"o-20260304{n:05}", order(n)) for n in range(orders)),
        *(("alert", f"a-{n}", alert(n)) for n in range(alerts)),
    )
    return floor, feed
