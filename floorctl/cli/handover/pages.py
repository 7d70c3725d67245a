"""A handover as plain text, Markdown, a page to print, and the documented JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from floorctl.cli.documents import Shapes
from floorctl.cli.layout import labelled_lines, labelled_lines_of, table_lines
from floorctl.floor.handover.summary import Section, parsed, shift_words
from floorctl.i18n import t, term
from floorctl.rules.floor import metrics
from floorctl.text.numbers import json_rate, json_seconds, points_text
from floorctl.text.safe import visible

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import HandoverItemView, HandoverView
    from floorctl.rules.handover.shift_figures import ShiftFigures


@dataclass(frozen=True)
class Page:
    """The content common to all formats. ``signed``: the sections are those of the signed summary."""

    title: str
    state: str
    sections: Sequence[Section]
    signed: bool
    items: Sequence[tuple[bool, str, str]]
    signatures: Sequence[tuple[str, str]]

    @classmethod
    def of(cls, floor: Floor, view: HandoverView, sections: Sequence[Section]) -> Page:
        """Make the page of ``view``."""
        state = t(
            "cli.handover.state",
            to=shift_words(view.to),
            state=term("handover_state", view.state),
            at=f"{floor.now():%Y-%m-%d %H:%M}",
        )
        return cls(
            title=t(
                "cli.handover.title",
                floor=floor.session.person.floor if floor.session.person else "",
                shift=shift_words(view.shift),
            ),
            state=state,
            sections=sections if view.summary is None else parsed(view.summary),
            signed=view.summary is not None,
            items=[(item.done, t(f"handover.why.{item.why}"), item.words) for item in view.items],
            signatures=[
                (t("handover.given"), _signature(view.given_name, view.given_at, floor)),
                (t("handover.taken"), _signature(view.taken_name, view.taken_at, floor)),
                *([(t("handover.withdrawal"), view.withdrawn)] if view.withdrawn else []),
            ],
        )


def _signature(name: str, at: datetime | None, floor: Floor) -> str:
    if at is None:
        return t("handover.unsigned")
    return f"{name}  {at.astimezone(floor.config.zone):%Y-%m-%d %H:%M}"


def text(page: Page) -> str:
    """The page as plain text for a terminal."""
    lines = [page.title, page.state]
    if page.signed:
        lines += ["", t("cli.handover.signed")]
    for section in page.sections:
        lines += ["", visible(section.title)] if section.title else [""]
        if section.table is not None:
            lines += [f"  {line}" for line in table_lines(section.table.head, section.table.rows)]
        lines += [f"  {line}" for line in _with_lists(section.lines)]
    lines += ["", t("cli.handover.items", n=len(page.items))]
    lines += [
        f"  {n:>2} {'✓' if done else '□'} {why}  {visible(words)}" for n, (done, why, words) in enumerate(page.items, 1)
    ]
    lines += ["", *labelled_lines(page.signatures)]
    return "\n".join(lines)


def _with_lists(pairs: Sequence[tuple[str, str]]) -> list[str]:
    """Like ``labelled_lines``; pairs without a label are listed under the line before."""
    lines, labelled = [], [pair for pair in pairs if pair[0]]
    aligned = dict(zip(labelled, labelled_lines_of(labelled), strict=True))
    for pair in pairs:
        lines += aligned[pair] if pair[0] else [f"  · {visible(pair[1])}"]
    return lines


def markdown(page: Page) -> str:
    """The page as Markdown."""
    return _rendered("handover.md.j2", page)


def html(page: Page) -> str:
    """The page as HTML to print, for A4; it loads nothing from outside."""
    return _rendered("handover.html.j2", page)


def _rendered(template: str, page: Page) -> str:
    from floorctl.cli.rendering import render  # imports jinja2

    return render(template, page=page).removesuffix("\n")


# -- JSON


def document(floor: Floor, view: HandoverView, figures: ShiftFigures) -> dict[str, Any]:
    """The documented JSON of ``handover``."""
    shapes = Shapes(floor.config.zone)
    status = floor.status.connection()
    return {
        "as_of": shapes.time(status.as_of),
        "live": status.mode == "live",
        "id": view.id,
        "version": view.version,
        "pending": list(view.pending),
        "day": view.shift.day.isoformat(),
        "from_shift": view.shift.name,
        "to_shift": view.to.name,
        "state": view.state,
        "items": [_item(item) for item in view.items],
        "summary": view.summary,
        "given_by": view.given_by,
        "given_at": shapes.time(view.given_at),
        "taken_by": view.taken_by,
        "taken_at": shapes.time(view.taken_at),
        "awaits": list(view.awaits),
        "withdrawn": view.withdrawn or None,
        "unsigned": [{"day": each.day.isoformat(), "shift": each.name} for each in floor.handovers.unsigned()],
        "figures": _figures(shapes, figures),
    }


def _item(item: HandoverItemView) -> dict[str, Any]:
    ref = None if item.ref is None else {"kind": item.ref.kind, "id": item.ref.id}
    return {
        "id": item.id,
        "text": item.text,
        "about": item.about or None,
        "ref": ref,
        "done": item.done,
        "why": item.why,
        "written": item.written,
    }


def _figures(shapes: Shapes, figures: ShiftFigures) -> dict[str, Any]:
    score = figures.score
    now = figures.unfinished
    return {
        "unfinished": None
        if now is None
        else {
            "at": shapes.time(now.at),
            **{group.name: {"n": group.count, "first": list(group.listed)} for group in now.groups},
        },
        "start": shapes.time(figures.start),
        "end": shapes.time(figures.end),
        "until": shapes.time(figures.until),
        "calls": [
            {
                "line": each.line or None,
                "offered": each.counts.offered,
                "answered": each.counts.answered,
                "abandoned": each.counts.abandoned,
                "answered_in_target": each.counts.answered_in_target,
                "answer_rate": json_rate(metrics.answer_rate(each.counts)),
                "target_rate": json_rate(metrics.service_level(each.counts)),
                "aht_seconds": json_seconds(metrics.aht(each.counts)),
            }
            for each in figures.calls
        ],
        "orders": shapes.plain(figures.orders),
        "alerts": shapes.plain(figures.alerts),
        "quality": None
        if figures.quality is None
        else shapes.plain(figures.quality)
        | {"mean": None if figures.quality.mean is None else points_text(figures.quality.mean)},
        "surges": [shapes.plain(each) for each in figures.surges],
        "rostered": figures.rostered,
        "absent": list(figures.absent),
        "score": {
            "month": score.month,
            "base": None if score.base is None else points_text(score.base),
            "lost": {item: points_text(lost) for item, lost in score.lost.items()},
            "lost_in_all": points_text(score.lost_in_all),
        },
    }
