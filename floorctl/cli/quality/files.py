"""``inspect import`` and ``inspect export``: read scores from a file, write results to one."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from floorctl.cli.invocation import Invocation
from floorctl.cli.quality.arguments import month_of, need_scores
from floorctl.cli.sending import acting
from floorctl.cli.several import do_each
from floorctl.cli.targets import Target
from floorctl.errors import Exit, UsageError
from floorctl.files.writing import check_new, making
from floorctl.i18n import t
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from floorctl.floor.quality.score_file import Checked


def import_(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.import_file")],
    valid_only: Annotated[bool, typer.Option("--valid-only", help="cli.option.valid_only")] = False,
) -> Exit:
    """Import a day's scores from a csv file or a workbook."""
    with acting(run, "inspection.submit") as floor:
        checked = floor.scoring.check_scores(file)
        _say_what_is_left(run, checked)
        for line, reason, column in checked.wrong:
            key = "import.wrong_cell" if column else "import.wrong"
            run.output.warn(t(key, line=line, reason=reason, column=column))
        rows = len(checked.good) + len(checked.unchanged)
        if checked.wrong and not valid_only:
            lines = len({each.line for each in checked.wrong})
            raise UsageError("error.import_wrong" if rows else "error.import_all_wrong", n=lines, good=rows)
        run.output.note(t("import.checked", good=len(checked.good), unchanged=len(checked.unchanged)))
        rows_by_line = {str(row.line): row for row in checked.good}
        targets = [Target(name=t("import.line", line=line), id=line) for line in rows_by_line]
        return do_each(run, floor, targets, lambda line: floor.scoring.import_score(rows_by_line[line]))


def _say_what_is_left(run: Invocation, checked: Checked) -> None:
    """Report the rows that were left out; those below the table also with ``-q``, since they may be scores."""
    if checked.others:
        run.output.warn(t("import.sheet", sheet=checked.sheet, others=t("cli.list_comma").join(checked.others)))
    for line, text, above in checked.left:
        say = run.output.note if above else run.output.warn
        say(t("import.left", line=line, text=cut(visible(text), 60)))


def export(
    run: Invocation,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="cli.argument.results_file")],
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="cli.option.month")] = None,
    reason: Annotated[str, typer.Option("--reason", metavar="TEXT", help="cli.option.export_reason")] = "",
) -> Exit | None:
    """Write a month's results to a workbook."""
    from floorctl.cli.export.export import warn_if_open, warn_of_cut
    from floorctl.cli.quality.workbook import write

    wanted = month_of(month)
    if run.general.reveal and not reason.strip():
        raise UsageError("error.export_needs_reason")
    check_new(file)
    with closing(run.floor()) as floor:
        month = wanted or f"{need_scores(floor).now():%Y-%m}"
        rows = len(floor.quality.inspections(month=month))
        # Enter the export in the audit trail before the file is made: without an entry there is no export.
        why = reason.strip() if run.general.reveal else None
        with (
            floor.audit.exporting("inspection", "inspection", rows, "xlsx", reason=why, chosen=month) as grant,
            making(file, private=True) as made,
        ):
            warn_if_open(run, made)
            scores, cut_short = write(floor, month, made.file, grant)
        if run.output.json:
            run.output.document({"path": str(file), "month": month, "scores": scores})
        else:
            run.output.answer(t("inspect.exported", path=file, month=month, n=scores))
        if cut_short:
            warn_of_cut(run, cut_short)
    return None
