"""A floor on which much is not as it should be: people who left the directory, acts that came to nothing, odd subjects.

Everything on it has an id that a person must never read.
"""

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from floorctl.models.alerts import Step
from floorctl.models.assessment import Fact
from floorctl.models.base import Ref
from floorctl.models.floor import Resource
from floorctl.models.handover import Handover, HandoverItem
from floorctl.sync.batch import Batch
from floorctl.sync.platform import wire
from tests.explorer.world import World
from tests.floor_access import cache_of, journal_of
from tests.quality_stage import inspection, sample
from tests.stage import hours
from tests.sync.storage import NOW, alert, order, seat, session

GONE = "p-9999"
REASON = wire.Problem(title="平台不接受", status=422, errors=(wire.FieldError("data", "不行"),))


class AwkwardFloor(World):
    """The world of the walks, with the cases that tempt a program to show what it has instead of what it means."""

    def __init__(self, folder: Path, language: str = "zh-CN") -> None:
        super().__init__(folder, "supervisor")
        self.language = language
        self.floor = self.open_floor()
        self.journal.save_session(session("supervisor", GONE, token="g"), platform="http://127.0.0.1:9")
        for key in [key for key in self.platform if key[0] in ("order", "alert", "handover")]:
            self._without_english(key)
        self._unknown()
        self._facts_and_scores()
        self.feed()
        self.reread_session()
        self._acts()
        self.journal.save_session(session("supervisor", "p-1001", token="m"), platform="http://127.0.0.1:9")
        self.reread_session()
        self._notes()
        self.floor.close()

    def _without_english(self, key: tuple[str, str]) -> None:
        """What people wrote is in Chinese here: what is English then is none of theirs."""
        entity: Any = self.platform[key][1]
        if isinstance(entity, Handover):
            items = tuple(replace(item, text=item.text.replace("at night", "")) for item in entity.items)
            self.put(key, replace(entity, items=items))
        elif "at night" in entity.title:
            texts = {"title": entity.title.replace("at night", "")}
            if key[0] == "order":
                texts["content"] = (entity.content or "").replace("at night", "")
            self.put(key, replace(entity, **texts))

    def _unknown(self) -> None:
        """What names somebody or something that this terminal was never told of."""
        urged = [{"at": hours(-1), "by": GONE, "level": 1, "note": "x"}]
        self.put(
            ("order", "o-51"),
            order(
                51,
                agent_id=GONE,
                category_id="c-9",
                lead_department_id="d-9",
                department_ids=["d-9", "d-1"],
                urges=urged,
                state="dispatched",
                dispatched_at=hours(-60),
                reviewed_at=hours(-61),
                due_at=hours(-50),
            ),
        )
        self.put(
            ("seat", "s-51"),
            seat(
                number="51",
                state="talking",
                since=hours(-0.2),
                person_id=GONE,
                skills=["q-9"],
                call={"id": "c-51", "line": "12345", "started_at": hours(-0.2)},
            ),
        )
        done = {"done_at": hours(-0.4), "done_by": GONE, "note": "x"}
        steps = [
            {"kind": "phone_department", "due_at": hours(-0.5), **done},
            {"kind": "report_purchaser", "due_at": hours(-0.2)},
        ]
        subjects = (
            ("order", "o-9999"),
            ("seat", "s-9999"),
            ("queue", "q-9"),
            ("resource", "r-9"),
            ("shift", "sh-9"),
            ("order", "o-51"),
            ("queue", "q-1"),
            ("resource", "r-0"),
            ("person", GONE),
        )
        kinds = (
            "special_order",
            "long_call",
            "queue_surge",
            "resource_down",
            "staffing_gap",
            "special_urgent_order",
            "service_level",
            "trunk_full",
            "data_security",
        )
        for n, ((about, each), kind) in enumerate(zip(subjects, kinds, strict=True)):
            self.put(
                ("alert", f"a-{60 + n}"),
                alert(
                    kind=kind,
                    severity="warning",
                    title="平台写的标题 20/30",
                    subject={"kind": about, "id": each},
                    state="acknowledged",
                    acknowledged_by=GONE,
                    acknowledged_at=hours(-0.4),
                    steps=steps,
                    raised_at=hours(-0.6),
                ),
            )
        self.put(
            ("alert", "data_security+audit:7"),
            replace(self.platform["alert", "a-68"][1], title="audit 1", subject=Ref("person", "p-1001")),
        )
        self.put(("resource", "r-2"), Resource(kind="workstation", name="座席终端", capacity=49, in_use=49, faulty=2))
        ladder = (Step(kind="follow_up", due_at=NOW + timedelta(hours=1)),)
        self.put(
            ("alert", "a-70"),
            replace(self.platform["alert", "a-60"][1], kind="drill", subject=Ref("queue", "q-2"), steps=ladder),
        )

    def _facts_and_scores(self) -> None:
        day = NOW.date()
        facts: list[tuple[str, dict[str, Any]]] = [
            ("training", {"title": "政策培训"}),
            ("task_missed", {"matter": "周报"}),
            ("data_leak", {"person_id": GONE}),
            ("onboarding_exam", {"passed": 3, "sat": 5}),
            ("public_praise", {"person_id": "p-2001", "title": "锦旗"}),
        ]
        for n, (kind, more) in enumerate(facts):
            self.put(("fact", f"f-{n}"), Fact(kind=kind, day=day - timedelta(days=n), **more))
        self.put(
            ("sample", "sm-51"),
            sample(
                51,
                agent_id=GONE,
                inspector_id=GONE,
                target={"kind": "order", "id": "o-51"},
                order_id="o-51",
                call=None,
                reason="complaint",
            ),
        )
        self.put(
            ("sample", "sm-52"),
            sample(
                52,
                agent_id="p-2001",
                inspector_id="p-1002",
                state="scored",
                target={"kind": "order", "id": "o-9998"},
                order_id="o-9998",
                call=None,
            ),
        )
        scores: list[tuple[str, dict[str, Any]]] = [
            ("appealed", {"appeal": {"by": GONE, "at": hours(-0.5), "reason": "x"}}),
            (
                "revised",
                {
                    "fatal": ["rude"],
                    "appeal": {
                        "by": "p-2001",
                        "at": hours(-0.5),
                        "reason": "x",
                        "decided_by": GONE,
                        "decided_at": hours(-0.1),
                        "decision": "revise",
                    },
                },
            ),
        ]
        for n, (state, more) in enumerate(scores):
            each = f"sm-{52 + n}"
            self.put(("sample", each), sample(52 + n, agent_id="p-2001", inspector_id="p-1002", state="scored"))
            self.put(("inspection", f"in-{52 + n}"), inspection(each, state=state, inspector_id=GONE, **more))

    def _acts(self) -> None:
        """Acts of somebody who is not in the directory: waiting, refused, in conflict, put aside."""
        floor = self.floor
        floor.orders.urge("o-6")
        floor.orders.dispatch("o-2", ["d-2", "d-1"])
        floor.orders.review("o-1")
        floor.seats.set_skills("s-4", ["q-2", "q-1"])
        floor.seats.set_state("s-6", "not_ready", "x")
        floor.seats.cancel_pause("s-7", "sh-7", 1)
        floor.seats.message(["s-4", "s-5"], "请注意")
        floor.alerts.acknowledge("a-3")
        floor.alerts.step("a-5", "phone_department", "x")
        floor.assessment.record_fact("training", NOW.date(), title="x")
        floor.assessment.record_fact("data_misuse", NOW.date(), person_id="p-2001", title="y")
        floor.assessment.remove_fact("f-1", "x")
        floor.orders.call_back("o-4", "reached", 4, "x")
        floor.orders.mark_problem("o-5", "x")
        floor.seats.listen("s-51", "listen")
        made = self.journal.items()
        for n, item in enumerate(made):
            if item.state != "waiting":
                continue
            if n % 3 == 0:
                journal_of(floor).claim(item.id, None)
                self.journal.park(item.id, "refused", REASON)
            elif n % 3 == 1:
                journal_of(floor).claim(item.id, None)
                current = wire.Change(kind=item.target.kind, id=item.target.id, version=99, deleted=True)
                problem = replace(REASON, status=409, title="已被他人修改", current=current)
                self.journal.park(item.id, "conflict", problem)
        floor.live.take_in(Batch({"outbox": {item.id for item in made}}))

    def _notes(self) -> None:
        """Notes for the next shift about everything that a note can be about; the last of them were refused."""
        floor = self.floor
        refs = (Ref("seat", "s-4"), Ref("order", "o-9999"), Ref("alert", "a-60"), Ref("queue", "q-1"), None)
        items = tuple(
            HandoverItem(id=f"it-{40 + n}", text=f"第 {n} 条", done=False, ref=ref) for n, ref in enumerate(refs)
        )
        key = "handover", "ho-1"
        held: Any = self.platform[key][1]
        assert isinstance(held, Handover)
        self.put(key, replace(held, items=(*held.items, *items)))
        self.feed()
        made = [floor.handovers.note(f"记 {n}", ref) for n, ref in enumerate(refs)]
        written = next(item for item in floor.handovers.get().items if item.item_id == "it-40")
        made.append(floor.handovers.tick(written))
        for item in made[::2]:
            journal_of(floor).claim(item.id, None)
            self.journal.park(item.id, "refused", REASON)
        journal_of(floor).claim(made[-1].id, None)
        self.journal.park(made[-1].id, "conflict", REASON)
        floor.desk.retry(made[0].id)
        cache_of(floor).apply(wire.Page(changes=(_broken(),), next="b", more=False, server_time=NOW))

    def copy_in(self, folder: Path, language: str) -> "AwkwardFloor":
        """The same floor on files of its own, live."""
        shutil.copytree(self.folder, folder)
        world = AwkwardFloor.__new__(AwkwardFloor)
        world.folder, world.language, world.platform = folder, language, dict(self.platform)
        world.floor = world.open_floor()
        world.set_connected(live=True)
        return world

    def ids(self) -> set[str]:
        """Every id on this floor."""
        known = {each for _, each in self.platform} | {GONE, "q-9", "d-9", "c-9", "o-9999", "o-9998", "o-broken"}
        for item in self.journal.items():
            known |= {item.id, item.target.id, item.data.get("item_id", item.id)}
        return known


def _broken() -> Any:
    text = msgspec.json.encode(
        {"kind": "order", "id": "o-broken", "version": 1, "deleted": False, "data": {"number": 3}}
    )
    return msgspec.Raw(text)
