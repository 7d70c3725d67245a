"""Lines of an alert's escalation: which step is due when, with a countdown, and who did which step."""

from collections.abc import Callable
from datetime import datetime

from rich.cells import cell_len
from rich.style import Style

from floorctl.i18n import t, term
from floorctl.models.alerts import Alert, Step
from floorctl.rules.alerts.escalation import Lamp, lamp, moved_from
from floorctl.text.durations import time_left_words
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import paragraph

#: State of a step's due time → its colour.
STEP_STYLES: dict[Lamp, Style] = {"due": looks.TEXT, "due_soon": looks.AMBER, "late": looks.RED}


def time_left(due_at: datetime | None, now: datetime) -> tuple[str, Style]:
    """Return the time left for a step, or by how much it is late, and its colour; "" if nothing is due."""
    if due_at is None:
        return "", looks.QUIET
    return time_left_words(due_at, now), STEP_STYLES[lamp(due_at, now)]


def escalation_lines(alert: Alert, now: datetime, width: int, name_of: Callable[[str | None], str]) -> list[Line]:
    """Return the lines of all steps: done ones with who, when and the note, open ones with the countdown.

    The next step has a pointer. ``name_of``: person id → name.
    """
    lines: list[Line] = []
    label = max((cell_len(term("step", step.kind)) for step in alert.steps), default=0)
    for at, step in enumerate(alert.steps):
        lines += _step_lines(alert, step, now, width, label, name_of)
        if at + 1 < len(alert.steps):
            lines.append([seg(" │", looks.FAINT)])
    return lines


def _step_lines(
    alert: Alert, step: Step, now: datetime, width: int, label: int, name_of: Callable[[str | None], str]
) -> list[Line]:
    name = visible(term("step", step.kind))
    name += " " * max(0, label - cell_len(name))
    if step.done_at is not None:
        who = visible(name_of(step.done_by))
        in_time = step.done_at <= step.due_at
        how = (t("alerts.in_time"), looks.GREEN) if in_time else (t("alerts.too_late"), looks.RED)
        head: Line = [
            seg(" ✓ ", looks.GREEN), seg(name + "  ", looks.TEXT), seg(when(step.done_at, now) + " ", looks.TEXT),
            seg(who + " ", looks.TEXT), seg(how[0], how[1]),
        ]  # fmt: skip
        note = paragraph(step.note, width, looks.QUIET, indent=" │   ") if step.note else []
        return [head, *note]
    text, style = time_left(step.due_at, now)
    mark, name_style = (" ▶ ", looks.STRONG) if step is alert.next_step else (" ○ ", looks.TEXT)
    due = t("alerts.due_at", at=when(step.due_at, now))
    rung: Line = [seg(mark, looks.SKY), seg(name + "  ", name_style), seg(due + "  ", looks.QUIET), seg(text, style)]
    moved = limit_moved(alert, step, now)
    return [rung, *paragraph(moved, width, looks.QUIET, indent=" │   ")] if moved else [rung]


def limit_moved(alert: Alert, step: Step, now: datetime) -> str:
    """Return words saying that the step was first due at another time, and why; "" if it was not."""
    first = moved_from(alert, step)
    return t("alerts.moved_from", at=when(first, now)) if first is not None and step.done_at is None else ""
