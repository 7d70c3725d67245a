"""Scoring samples by keys in a real terminal: what a person presses, and what the form on the screen says."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from tests.platforms import PlatformProcess
from tests.terminals import Terminal

#: Seconds: others may be working on the same machine; nothing here is about how fast it is.
PATIENCE = 60
_ZONE = ZoneInfo("Asia/Shanghai")
#: ``▌B 结束语   3/4`` on the form: letter and points, or what stands in their place.
_ITEM = re.compile(r"[▌ ]([A-M]) \S+ +(·|×不适用|[\d.]+)(?:/([\d.]+))?")


def rubric_items(platform: PlatformProcess) -> list[dict[str, Any]]:
    """The items of the rubric, in the form's order."""
    (rubric,) = (change["data"] for change in platform.snapshot("rubric")[0].values())
    return [item for section in rubric["sections"] for item in section["items"]]


def scored_by(platform: PlatformProcess, person: str) -> dict[str, list[dict[str, Any]]]:
    """Sample → the scores that the platform has of it by ``person``."""
    found: dict[str, list[dict[str, Any]]] = {}
    for (_, _), change in platform.snapshot("inspection")[0].items():
        if change["data"]["inspector_id"] == person:
            found.setdefault(change["data"]["sample_id"], []).append(change["data"])
    return found


def samples_by_target(platform: PlatformProcess) -> dict[str, str]:
    """What a sample is of, as ``target_on`` gives it, → the sample's id."""
    people, orders = (platform.snapshot(kind)[0] for kind in ("person", "order"))
    names = {id_: change["data"]["name"] for (_, id_), change in people.items()}
    numbers = {id_: change["data"]["number"] for (_, id_), change in orders.items()}
    found = {}
    for (_, id_), change in platform.snapshot("sample")[0].items():
        sample = change["data"]
        if sample["target"]["kind"] == "order":
            of = numbers[sample["target"]["id"]]
        else:
            began = datetime.fromisoformat(sample["call"]["started_at"]).astimezone(_ZONE)
            of = f"{began:%m-%d %H:%M} {_length(int(sample['call']['seconds']))}"
        found[f"{names[sample['agent_id']]} {of}"] = id_
    return found


def _length(seconds: int) -> str:
    return f"{seconds // 60}分{seconds % 60:02}秒" if seconds >= 60 else f"{seconds}秒"


def target_on(screen: str) -> str:
    """Whom the sample on the screen is of, and the order's number, or when the call began and its length."""
    lines = screen.splitlines()
    for at, line in enumerate(lines):
        head = re.search(r"(\S+)  \S+  (?:录音|工单)(?:  (\d+))?", line)
        # A sample for calibration says so in between.
        call = re.search(r"录音 .*· (\d\d-\d\d \d\d:\d\d) · (\S+)", "\n".join(lines[at + 1 : at + 3]))
        if head and (head[2] or call):
            return f"{head[1]} {head[2] or ' '.join(call.groups())}"  # type: ignore[union-attr]
    return ""


def points_on(screen: str) -> dict[str, str]:
    """Letter → points, as the form on the screen has them."""
    return {letter: points for letter, points, _ in _ITEM.findall(screen)}


def total_on(screen: str) -> str:
    """The running total on the screen."""
    found = re.search(r"合计 ([\d.]+)", screen)
    return found[1] if found else ""


@dataclass
class Plan:
    """How one sample is going to be scored: keys (a comment's text is one of them), and what they come to."""

    keys: list[str]
    texts: int
    points: dict[str, float | None]
    comments: dict[str, str] = field(default_factory=dict)
    fatal: bool = False

    @property
    def pressed(self) -> int:
        """Keys without the text of comments."""
        return len(self.keys) - self.texts

    def total(self, items: list[dict[str, Any]]) -> str:
        """What it has to come to, worked out by itself: given ÷ possible, rounded half up to two decimals."""
        if self.fatal:
            return "0.00"
        full = {item["id"]: Fraction(str(item["points"])) for item in items}
        given = sum((Fraction(str(points)) for points in self.points.values() if points is not None), Fraction(0))
        possible = sum((full[each] for each, points in self.points.items() if points is not None), Fraction(0))
        hundredths = (given / possible * 10_000 + Fraction(1, 2)).__floor__()
        return f"{hundredths // 100}.{hundredths % 100:02}"


def planned(chance: random.Random, items: list[dict[str, Any]], n: int) -> Plan:
    """Full marks but for one item; every fifth loses nothing; now and then one does not apply, or an error is fatal."""
    plan = Plan(["f"], 0, {item["id"]: float(item["points"]) for item in items})
    if n % 5 == 4:
        plan.keys.append("ctrl+s")
        return plan
    at = chance.randrange(len(items))
    item = items[at]
    text = f"第{n}份"
    if n % 7 == 5 and (at := next(k for k, each in enumerate(items) if each.get("may_not_apply"))) >= 0:
        item = items[at]
        plan = Plan(
            ["A" if at == 0 else chr(65 + at), "x", text, "enter", "f"], 1, dict(plan.points), {item["id"]: text}
        )
        plan.points[item["id"]] = None
    else:
        points = chance.randrange(int(min(10, item["points"])))
        plan.keys += [chr(65 + at), str(points), text]
        plan.texts += 1
        plan.points[item["id"]] = float(points)
        plan.comments[item["id"]] = text
    if n % 11 == 6:
        plan.keys += ["enter", "!", "1", "enter"]
        plan.fatal = True
    plan.keys.append("ctrl+s")
    return plan


def floor_for(samples: int) -> tuple[str, ...]:
    """A platform large enough to draw so many samples a day for one inspector."""
    return ("--orders", "1500", "--seats", "110") if samples <= 8 else ("--orders", "12000", "--seats", "200")


def open_next(cockpit: Terminal) -> str:
    """From any screen that digits lead away from to the form of the next sample; the form's screen."""
    cockpit.press("5")
    cockpit.wait_for("Enter 评分", seconds=PATIENCE)
    cockpit.press("enter")
    return cockpit.wait_for(lambda text: re.search("合计 .*[✓…]", text) and target_on(text), seconds=PATIENCE)


def same_scores(inspection: Mapping[str, Any], plan: Plan) -> bool:
    """Whether the platform has what was entered."""
    points = {score["item_id"]: score.get("points") for score in inspection["scores"]}
    comments = {score["item_id"]: score["comment"] for score in inspection["scores"] if score.get("comment")}
    return points == plan.points and comments == plan.comments
