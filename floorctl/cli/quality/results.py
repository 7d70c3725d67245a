"""``inspect results`` and ``inspect plan``: a month's results, and the draw of a day's samples."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.arguments import DayOption, day_of, month_of, need_scores
from floorctl.cli.rows import columns
from floorctl.cli.words import one_of
from floorctl.errors import Exit
from floorctl.i18n import t, term
from floorctl.text.numbers import NOTHING, percent, score_text

_BY = ("agent", "team", "line", "item", "month")


def results(
    run: Invocation,
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="cli.option.month")] = None,
    by: Annotated[str, typer.Option("--by", metavar="VIEW", help="cli.option.by")] = "agent",
) -> Exit | None:
    """A month's results."""
    view = one_of(by, "result_by", _BY, "--by")
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        month_results = need_scores(floor).quality.results(wanted)
        rows = getattr(month_results, f"by_{view}")
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            document = shapes.listing(floor, [shaped.result_row(row) for row in rows], len(rows))
            run.output.document(
                document
                | {
                    "month": month_results.month,
                    "by": view,
                    "overall": shaped.result(month_results.overall),
                    "top": [row.key for row in month_results.top],
                    "below_pass": [row.key for row in month_results.below_pass],
                    "for_coaching": [row.key for row in month_results.for_coaching],
                }
            )
        elif month_results.overall is None and not rows:
            run.output.note(t("cli.nothing_found"))
        else:
            if (overall := month_results.overall) is not None:
                run.output.answer(
                    t(
                        "inspect.overall",
                        month=month_results.month,
                        n=overall.count,
                        mean=score_text(overall.mean),
                        rate=percent(overall.pass_rate),
                    )
                )
            titles = floor.quality.book().titles()
            if rows:
                run.output.table(shaped.result_columns(view), [shaped.result_cells(row, titles) for row in rows])
            for name, rows_listed in (
                ("top", month_results.top),
                ("below_pass", month_results.below_pass),
                ("coached", month_results.for_coaching),
            ):
                people = t("cli.list_comma").join(f"{row.name} {score_text(row.result.mean)}" for row in rows_listed)
                run.output.answer(t(f"inspect.{name}", people=people or NOTHING))
        say_age(run.output, floor)
    return None


def plan(
    run: Invocation,
    day: DayOption = None,
    seed: Annotated[str, typer.Option("--seed", metavar="SEED", help="cli.option.draw_seed")] = "12345",
) -> Exit | None:
    """Draw a day's samples by the rules, and compare them with the platform's plan."""
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        draw = need_scores(floor).quality.plan(wanted, seed)
        drawn = [(sample, draw.planned(sample.candidate.id)) for sample in draw.drawn]
        agreeing = sum(planned for _, planned in drawn)
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            items = [
                {
                    "order_id": sample.candidate.id,
                    "agent_id": sample.candidate.agent_id,
                    "agent_name": floor.names.person(sample.candidate.agent_id),
                    "reason": sample.reason,
                    "shift": sample.candidate.shift or None,
                    "line": sample.candidate.line,
                    "in_platforms_plan": planned,
                }
                for sample, planned in drawn
            ]
            run.output.document(
                shapes.listing(floor, items, len(items))
                | {
                    "day": draw.day.isoformat(),
                    "seed": seed,
                    "candidates": draw.candidates,
                    "since": shapes.time(draw.since),
                    "until": shapes.time(draw.until),
                    "not_drawn": list(draw.not_drawn),
                }
            )
        else:
            run.output.answer(
                t(
                    "inspect.plan",
                    day=draw.day,
                    seed=seed,
                    drawn=len(drawn),
                    candidates=draw.candidates,
                    same=agreeing,
                    others=len(draw.not_drawn),
                )
            )
            if drawn:
                head = columns(
                    ("agent", "keep"),
                    ("reason", "keep"),
                    ("shift", "keep 2"),
                    ("line", "keep 1"),
                    ("order", "keep"),
                    ("in_plan", "keep"),
                )
                run.output.table(
                    head,
                    [
                        [
                            floor.names.person(sample.candidate.agent_id),
                            term("sample_reason", sample.reason),
                            term("shift", sample.candidate.shift) if sample.candidate.shift else "",
                            sample.candidate.line,
                            floor.names.of("order", sample.candidate.id),
                            t("inspect.yes") if planned else t("inspect.no"),
                        ]
                        for sample, planned in drawn
                    ],
                )
        say_age(run.output, floor)
    return None
