"""A ``Stage`` with inspectors, samples and scores, signed in as an inspector."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from floorctl.models.base import Ref
from floorctl.models.quality import Inspection, Sample
from floorctl.rules.quality import form as forms
from floorctl.sync.outbox_item import OutboxItem
from tests.build import NOWHERE, Entities
from tests.stage import Stage, hours
from tests.sync.storage import NOW, session

#: Who is signed in on this stage, and two others.
ME, OTHER, CHIEF = "p-1001", "p-1002", "p-1000"
TODAY = NOW.date()


_made = Entities(NOW)


def sample(at: int, **fields: Any) -> Sample:
    call = {
        "line": "12345", "started_at": hours(-24), "seconds": 151.0,
        "recording_url": f"https://recordings.invalid/{at}.wav",
        "transcript": [
            {"speaker": "agent", "at": 0.5, "text": "您好，请讲。"},
            {"speaker": "citizen", "at": 3.0, "text": "我的电话是13812345678，路灯不亮。"},
        ],
    }  # fmt: skip
    usual = {"target": Ref("call", f"k-{at}"), "agent_id": f"p-200{at % 3}", "inspector_id": ME, "call": call}
    return _made.sample(**usual | fields)


def inspection(sample_id: str, **fields: Any) -> Inspection:
    scores = [{"item_id": "open", "points": 4}, {"item_id": "listen", "points": 8}, {"item_id": "once", "points": 10}]
    usual = {"agent_id": "p-2001", "inspector_id": OTHER, "scores": scores, "total": 100.0, "submitted_at": hours(-1)}
    return _made.inspection(sample_id=sample_id, **usual | fields)


class QualityStage(Stage):
    """Five samples today (sm-1 … sm-5), the last of them a calibration, and one of yesterday with its score."""

    def __init__(self, folder: Path, role: str = "inspector", person: str = ME) -> None:
        super().__init__(folder, role)
        self.sign_in(role, person)
        self.put(("rubric", "r-1"), _made.rubric())
        for at, name in enumerate(("赵一", "钱二", "孙三")):
            self.put(("person", f"p-200{at}"), _made.person(name=name, team=f"{at % 2 + 1}组"))
        for person_id, name in ((ME, "李检"), (OTHER, "周检"), (CHIEF, "吴督")):
            self.put(("person", person_id), _made.person(name=name, post="hr"))
        for at in range(1, 6):
            self.put(("sample", f"sm-{at}"), sample(at))
        self.put(("sample", "sm-5"), sample(5, reason="calibration"))
        self.put(("sample", "sm-4"), sample(4, inspector_id=OTHER))
        old = sample(0, day=(TODAY - timedelta(days=1)).isoformat(), state="scored", agent_id="p-2001")
        self.put(("sample", "sm-0"), old)
        self.put(("inspection", "in-0"), inspection("sm-0"))
        self.feed()

    def sign_in(self, role: str, person: str = ME) -> None:
        self.journal.save_session(session(role, person, token=person), platform=NOWHERE)
        self.reread_session()

    def double_score(self, sample_id: str = "sm-1", *, fatal: bool = False, their_id: str = "in-theirs") -> OutboxItem:
        """Score a sample offline that another inspector has scored meanwhile; return our command, which is refused."""
        form = forms.with_points(self.floor.scoring.form(sample_id), "open", 2)
        form = forms.with_comment(forms.full(form), "open", "没报工号")
        item = self.floor.scoring.submit(forms.toggle_fatal(form, "abuse") if fatal else form)
        self.put(("inspection", their_id), inspection(sample_id, inspector_id=OTHER))
        self.change(("sample", sample_id), state="scored", inspector_id=OTHER)
        self.answer(item)
        self.feed()
        return item

    def send_everything(self) -> None:
        """Send and answer every waiting command, and deliver the outcomes."""
        while self.journal.sendable(1):
            self.answer()
        self.feed()
