"""``audit``: list what was done at this terminal and by whom, and verify the trail."""

from __future__ import annotations

from contextlib import closing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.output import Column
from floorctl.cli.parser import application, command, family
from floorctl.cli.words import at_least
from floorctl.errors import Exit
from floorctl.floor.audit_words import entry_words
from floorctl.i18n import t, term

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.sync.audit_chain import Entry

app = application()
audit = family(app, "audit", default="list")


@command(audit, "list", key="audit.list")
def list_(
    run: Invocation,
    every: Annotated[bool, typer.Option("--all", help="cli.option.audit_all")] = False,
    limit: Annotated[int, typer.Option("--limit", metavar="N", help="cli.option.limit")] = 100,
) -> Exit | None:
    """The audit trail, newest first."""
    at_least(limit, 0, "--limit")
    with closing(run.floor()) as floor:
        entries, total = floor.audit.trail(limit=limit or -1, sending=every)
        shapes = Shapes(floor.config.zone)
        if run.output.json:
            items = [shape(shapes, entry) for entry in entries]
            run.output.document(shapes.listing(floor, items, total))
        elif entries:
            run.output.table(columns(), [row(floor, entry) for entry in entries])
        else:
            run.output.note(t("cli.nothing_found"))
        if len(entries) < total and not run.output.json:
            run.output.note(t("cli.more", shown=len(entries), total=total))
    return None


@command(audit, "verify", key="audit.verify")
def verify(run: Invocation) -> Exit:
    """Verify that no entry was changed; a flaw is exit code 1."""
    with closing(run.floor()) as floor:
        verdict = floor.audit.verify()
    flaw = verdict.flaw
    if run.output.json:
        found = None if flaw is None else {"entry": flaw.seq, "how": flaw.how, "what": flaw.what}
        # Only after a restore: the document is otherwise unchanged.
        kept: dict[str, Any] = {}
        if verdict.restored:
            files = [{"file": name, "entries": n} for name, n in verdict.restored]
            kept = {"restored": files, "told_in": verdict.platform_head_file or None}
        run.output.document(
            {
                "ok": flaw is None,
                "entries": verdict.entries,
                "first_broken": found,
                "head": verdict.head,
                "told_platform": verdict.platform_head,
                "end_known": verdict.end_stored,
            }
            | kept
        )
    elif flaw is None:
        run.output.answer(t("cli.audit.good", n=verdict.entries, head=verdict.head or "—"))
        if verdict.platform_head:
            run.output.answer(t("cli.audit.told", head=verdict.platform_head))
        for name, n in verdict.restored:
            run.output.answer(t("cli.audit.restored" if n else "cli.audit.restored_newest", n=n, file=name))
        if verdict.platform_head_file:
            run.output.answer(t("cli.audit.told_in", file=verdict.platform_head_file))
    else:
        run.output.answer(t(f"cli.audit.{flaw.how}", n=flaw.seq or verdict.entries + 1, what=flaw.what or "—"))
    if flaw is None and not verdict.end_stored:
        run.output.warn(t("cli.audit.end_unknown"))
    return Exit.DONE if flaw is None else Exit.ERROR


def shape(shapes: Shapes, entry: Entry) -> dict[str, Any]:
    """An item of ``audit list``."""
    return {
        "entry": entry.seq,
        "at": shapes.time(datetime.fromtimestamp(entry.at, UTC)),
        "who": entry.who,
        "what": entry.what,
        "subject": {"kind": entry.subject.kind, "id": entry.subject.id} if entry.subject.kind else None,
        "detail": entry.detail,
        "hash": entry.hash,
    }


def columns() -> list[Column]:
    """The columns of ``audit list``."""
    kinds: tuple[tuple[str, bool, int], ...] = (
        ("entry", True, 4), ("at", True, 0), ("person", True, 1), ("act", True, 0), ("target_of", False, 2),
        ("detail", False, 3),
    )  # fmt: skip
    return [
        Column(t(f"cli.column.{name}"), "right" if name == "entry" else "left", keep=keep, fold=not keep, rank=rank)
        for name, keep, rank in kinds
    ]


def row(floor: Floor, entry: Entry) -> list[Any]:
    """The row of one entry."""
    at = datetime.fromtimestamp(entry.at, floor.config.zone).strftime("%m-%d %H:%M:%S")
    target, detail = entry_words(entry.what, entry.subject.kind, entry.subject.id, entry.detail, floor.names.of)
    return [
        str(entry.seq),
        at,
        floor.names.who_did(entry.who, automatic=bool(entry.detail.get("automatic"))),
        term("audit", entry.what),
        target,
        detail,
    ]
