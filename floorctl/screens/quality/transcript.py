"""The transcript of a call beside the form: speaker, time since the begin, words."""

from datetime import datetime
from typing import TYPE_CHECKING

from rich.cells import cell_len

from floorctl.i18n import t, term
from floorctl.text.durations import exact, running
from floorctl.text.safe import cut, visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg
from floorctl.widgets.pane import heading, paragraph, wrapped

if TYPE_CHECKING:
    from floorctl.models.quality import SampleCall, TranscriptLine

#: Most lines shown of a transcript; nobody reads more here, not even of a call that lasts a day.
_MOST_LINES = 3_000
_SPEAKERS = {"agent": looks.SKY, "citizen": looks.LILAC}


def call_lines(call: "SampleCall", now: datetime, width: int) -> list[Line]:
    """Return the call in ``width`` cells: its service line, begin and length, then every turn."""
    parts = [
        term("line", call.line) if call.line else "",
        when(call.started_at, now) if call.started_at else "",
        exact(call.seconds) if call.seconds is not None else "",
    ]
    lines: list[Line] = [heading(_call_heading([visible(part) for part in parts if part], width), width)]
    if not call.transcript:
        return lines + paragraph(t("quality.sample.no_transcript"), width, looks.QUIET)
    speakers = {line.speaker for line in call.transcript}
    label = min(8, max(cell_len(speaker_name(each)) for each in speakers))
    for turn in call.transcript[:_MOST_LINES]:
        lines += _turn(turn, label, width)
    return lines


def _call_heading(parts: list[str], width: int) -> str:
    """Return the heading with as many ``parts`` as fit, whole; the first ones are dropped."""
    words = t("quality.sample.call")
    while parts and cell_len(words) + 1 + cell_len(" · ".join(parts)) > width:
        parts = parts[1:]
    return f"{words} {' · '.join(parts)}".strip()


def speaker_name(speaker: str) -> str:
    """Return ``坐席`` (agent) or ``市民`` (citizen); other values of a platform unchanged."""
    return cut(visible(term("speaker", speaker)), 8)


def _turn(turn: "TranscriptLine", label: int, width: int) -> list[Line]:
    name = speaker_name(turn.speaker)
    stamp = f"{running(max(0.0, turn.at)):>5} "
    indent = cell_len(stamp) + label + 1
    said = wrapped(turn.text, max(8, width - indent))
    gap = " " * (label - cell_len(name) + 1)
    style = _SPEAKERS.get(turn.speaker, looks.TEXT)
    words = looks.STRONG if turn.speaker == "agent" else looks.TEXT
    first: Line = [seg(stamp, looks.QUIET), seg(name + gap, style), seg(said[0], words)]
    return [first, *([seg(" " * indent), seg(line, words)] for line in said[1:])]
