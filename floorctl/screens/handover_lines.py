"""The handover as lines: the head with its signatures, the shift in numbers, one item in full."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len

from floorctl.durations import exact
from floorctl.i18n import t, term
from floorctl.rules import metrics
from floorctl.rules.handover_summary import NOTHING, Section, change_words, percent, shift_words
from floorctl.rules.privacy import mask_text
from floorctl.rules.shift_figures import ShiftFigures
from floorctl.text import cut, fit, visible
from floorctl.views import HandoverItemView, HandoverView, ShiftOf
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg, spread
from floorctl.widgets.pane import heading, labelled, paragraph

STATES = {"open": looks.AMBER, "given": looks.SKY, "taken": looks.GREEN}
_COUNTS = (("offered", 7), ("answered", 7), ("rate", 8), ("target", 8), ("abandoned", 6), ("aht", 8))
_LINE_CELLS = 14


class Shown(NamedTuple):
    """What the screen holds of one handover: read together, in a worker thread."""

    view: HandoverView
    unsigned: list[ShiftOf]


def head_lines(shown: Shown | None, counted: ShiftFigures | None, now: datetime, width: int) -> list[Line]:
    """Which shift hands over to which, who has signed, and what is missing."""
    if shown is None:
        return []
    view = shown.view
    state = term("handover_state", view.state)
    left: Line = [
        seg(" " + change_words(view.shift, view.to), looks.STRONG),
        seg("   "),
        seg(("↑" if view.pending else "") + state, STATES.get(view.state, looks.TEXT)),
    ]
    as_of = t("handover.counting") if counted is None else t("handover.as_of", at=f"{counted.until:%H:%M}")
    first = spread(left, [seg(as_of + " ", looks.QUIET)], width)
    second: Line = [
        seg(f" {t('handover.given')} ", looks.QUIET),
        *_signature(view.given_name, view.given_at, now),
        seg(f"    {t('handover.taken')} ", looks.QUIET),
        *_signature(view.taken_name, view.taken_at, now),
    ]
    lines = [first, second]
    if view.withdrawn and view.state == "given":
        lines.append([seg(" ▲ " + cut(visible(view.withdrawn), width - 4), looks.WARNING)])
    if view.awaits:
        names = visible(t("handover.comma").join(view.awaits))
        lines.append([seg(" ▲ " + t("handover.awaits", name=names), looks.WARNING)])
    elif missing := [each for each in shown.unsigned if each != view.shift]:
        words = t("handover.comma").join(shift_words(each) for each in missing)
        lines.append([seg(" ▲ " + cut(t("handover.earlier", shifts=words), width - 4), looks.WARNING)])
    return lines


def _signature(name: str, at: datetime | None, now: datetime) -> Line:
    if at is None:
        return [seg(t("handover.unsigned"), looks.AMBER)]
    local = at.astimezone(now.tzinfo)
    day = "" if local.date() == now.date() else f"{local:%m-%d} "
    return [seg(visible(name), looks.STRONG), seg(f" {day}{local:%H:%M}", looks.QUIET)]


def summary_lines(view: HandoverView, counted: ShiftFigures | None, found: Sequence[Section], width: int) -> list[Line]:
    """The shift in numbers; once it is given, the summary as it was signed, and what has become of it below."""
    if view.summary is not None:
        lines: list[Line] = [[seg(t("handover.signed_summary"), looks.SKY)]]
        for line in mask_text(view.summary).splitlines():
            if line.startswith("### "):
                lines.append(heading(visible(line.removeprefix("### ")), width))
            elif line.strip():
                lines += paragraph(line.removeprefix("- "), width)
        return lines
    if counted is None:
        return [[seg(t("handover.counting"), looks.QUIET)]]
    lines = _calls(counted, width)
    at = max((cell_len(label) for section in found[1:] for label, _ in section.lines), default=0) + 2
    for section in found[1:]:
        lines.append(heading(section.title, width))
        for label, value in section.lines:
            lines += labelled(label, value, width, at=max(10, at))
    return lines


def _calls(counted: ShiftFigures, width: int) -> list[Line]:
    """The calls as a table; a line's name and its numbers below each other."""
    columns = [(name, cells) for name, cells in _COUNTS]
    titles = [(t(f"handover.calls.{name}"), cells) for name, cells in columns]
    widths = [max(cells, cell_len(title) + 1) for title, cells in titles]
    head = fit(t("handover.section.calls"), _LINE_CELLS) + "".join(
        _right(title, cells) for (title, _), cells in zip(titles, widths, strict=True)
    )
    rule = "─" * max(0, width - cell_len(head) - 1)
    lines: list[Line] = [[seg(head + " ", looks.HEADER), seg(rule, looks.FAINT)]]
    for each in counted.calls:
        counts = each.counts
        aht = metrics.aht(counts)
        values = (
            str(counts.offered),
            str(counts.answered),
            percent(metrics.answer_rate(counts)),
            percent(metrics.target_rate(counts)),
            str(counts.abandoned),
            NOTHING if aht is None else exact(aht),
        )
        label = term("line", each.line) if each.line else t("handover.calls.all")
        style = looks.TEXT if each.line else looks.STRONG
        numbers = "".join(_right(value, cells) for value, cells in zip(values, widths, strict=True))
        lines.append([seg(fit(visible(label), _LINE_CELLS), looks.QUIET), seg(numbers, style)])
    return lines


def _right(text: str, cells: int) -> str:
    return " " * (cells - cell_len(text)) + text


def item_lines(item: HandoverItemView | None, width: int) -> list[Line]:
    """One item in full."""
    if item is None:
        return []
    words = mask_text(item.text)
    lines = paragraph(words, width, looks.QUIET if item.done else looks.TEXT)
    if not item.written:
        lines.append([seg(t("handover.by_itself"), looks.QUIET)])
    return lines


def copied(view: HandoverView, found: Sequence[Section]) -> str:
    """The whole handover as text."""
    lines = [change_words(view.shift, view.to)]
    if view.summary is not None:
        lines += [mask_text(view.summary)]
    else:
        lines += [f"{label}: {value}" for section in found for label, value in section.lines]
    lines += [f"{'✓' if item.done else '□'} {mask_text(item.text)}" for item in view.items]
    return visible("\n".join(lines), keep_newlines=True)
