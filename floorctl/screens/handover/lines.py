"""Lines of the handover screen: head with signatures, the shift's figures, one item in full, the text to copy."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rich.cells import cell_len

from floorctl.floor.handover.summary import Section, Table, change_words, shift_words
from floorctl.floor.views import HandoverItemView, HandoverView
from floorctl.i18n import t, term
from floorctl.rules.handover.shift_figures import ShiftFigures
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.text.safe import cut, fit, visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, seg, spread
from floorctl.widgets.pane import heading, labelled, paragraph

STATES = {"open": looks.AMBER, "given": looks.SKY, "taken": looks.GREEN}
#: Width (cells) of a table's first column, and least width of the others.
_LINE_CELLS, _COLUMN_CELLS = 13, 7


class Shown(NamedTuple):
    """A handover and the earlier shifts without signatures, read together in a worker thread."""

    view: HandoverView
    unsigned: list[ShiftOf]


def head_lines(shown: Shown | None, counted: ShiftFigures | None, now: datetime, width: int) -> list[Line]:
    """Return the lines that say which shift hands over to which, who has signed, and what is missing.

    ``counted``: the shift's figures; None while they are being counted.
    """
    if shown is None:
        return []
    view = shown.view
    withdrawn = view.state == "given" and bool(view.withdrawn)
    state = t("handover.state_withdrawn") if withdrawn else term("handover_state", view.state)
    left: Line = [
        seg(" " + change_words(view.shift, view.to), looks.STRONG),
        seg("   "),
        seg(("↑" if view.pending else "") + state, looks.WARNING if withdrawn else STATES.get(view.state, looks.TEXT)),
    ]
    as_of = t("handover.counting") if counted is None else t("handover.as_of", at=when(counted.until, now))
    first = spread(left, [seg(as_of + " ", looks.QUIET)], width)
    second: Line = [
        seg(f" {t('handover.given')} ", looks.QUIET),
        *_signature(view.given_name, view.given_at, now),
        seg(f"    {t('handover.taken')} ", looks.QUIET),
        *_signature(view.taken_name, view.taken_at, now),
    ]
    lines = [first, second]
    if view.withdrawn:
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
    return [seg(visible(name), looks.STRONG), seg(f" {when(at, now)}", looks.QUIET)]


def summary_lines(view: HandoverView, found: Sequence[Section] | None, width: int) -> list[Line]:
    """Return the shift's figures ``found`` (None: being counted); for a given handover, the summary as signed."""
    if found is None:
        return [[seg(t("handover.counting"), looks.QUIET)]]
    lines: list[Line] = [] if view.summary is None else [[seg(t("handover.signed_summary"), looks.SKY)]]
    at = max((cell_len(label) for section in found for label, _ in section.lines), default=0) + 2
    for section in found:
        if section.table is not None:
            lines += _table(section.title, section.table, width)
        elif section.title:
            lines.append(heading(visible(section.title), width))
        for label, value in section.lines:
            if label:
                lines += labelled(visible(label), value, width, at=max(10, at))
            else:
                lines += paragraph(value, width, indent="  ")
    return lines


def _table(title: str, table: Table, width: int) -> list[Line]:
    """Return the lines of a table: ``title`` heads the first column, numbers are right-aligned, the last row bold."""
    heads = [visible(each) for each in table.head[1:]]
    body = [[visible(cell) for cell in row] for row in table.rows]
    cells = [
        max(_COLUMN_CELLS, cell_len(head) + 1, *(cell_len(row[at]) + 1 for row in body if at < len(row)))
        for at, head in enumerate(heads, 1)
    ]
    head = fit(visible(title), _LINE_CELLS) + "".join(map(_right, heads, cells))
    rule = "─" * max(0, width - cell_len(head) - 1)
    lines: list[Line] = [[seg(head + " ", looks.HEADER), seg(rule, looks.FAINT)]]
    for at, row in enumerate(body, 1):
        style = looks.TEXT if at < len(body) else looks.STRONG
        lines.append([seg(fit(row[0], _LINE_CELLS), looks.QUIET), seg("".join(map(_right, row[1:], cells)), style)])
    return lines


def _right(text: str, cells: int) -> str:
    return " " * (cells - cell_len(text)) + text


def item_lines(item: HandoverItemView | None, width: int) -> list[Line]:
    """Return the lines of one item; automatic items are labelled as such."""
    if item is None:
        return []
    lines = paragraph(item.words, width, looks.QUIET if item.done else looks.TEXT)
    if not item.written:
        lines.append([seg(t("handover.by_itself"), looks.QUIET)])
    return lines


def copied(view: HandoverView, sections: Sequence[Section]) -> str:
    """Return the whole handover as text."""
    lines = [change_words(view.shift, view.to)]
    for section in sections:
        lines.append(section.title)
        if section.table is not None:
            lines += ["  ".join(row).strip() for row in (section.table.head, *section.table.rows)]
        lines += [f"{label}: {value}" if label else f"  {value}" for label, value in section.lines]
    lines += [f"{'✓' if item.done else '□'} {item.words}" for item in view.items]
    return visible("\n".join(lines), keep_newlines=True)
