"""``inspect results`` and ``inspect plan``: a month's results, and the draw of a day's samples."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation, command
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.lists import day_of, month_of, readable
from floorctl.cli.rows import columns
from floorctl.cli.words import one_of
from floorctl.errors import Exit
from floorctl.i18n import t, term
from floorctl.text.numbers import NOTHING, percent, score_text

_BY = ("agent", "team", "line", "item", "month")


def register(family: typer.Typer) -> None:
    """Add the commands of this module to ``inspect``."""
    command(family, "results", key="inspect.results")(results)
    command(family, "plan", key="inspect.plan")(plan)


def results(
    run: Invocation,
    month: Annotated[str | None, typer.Option("--month", metavar="MONTH", help="cli.option.month")] = None,
    by: Annotated[str, typer.Option("--by", metavar="VIEW", help="cli.option.by")] = "agent",
) -> Exit | None:
    """A month's results."""
    view = one_of(by, "result_by", _BY, "--by")
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        found = readable(floor).quality.results(wanted)
        rows = getattr(found, f"by_{view}")
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            document = shapes.listing(floor, [shaped.result_row(row) for row in rows], len(rows))
            run.output.document(
                document
                | {
                    "month": found.month,
                    "by": view,
                    "overall": shaped.result(found.overall),
                    "top": [row.key for row in found.top],
                    "below_pass": [row.key for row in found.below_pass],
                    "for_coaching": [row.key for row in found.for_coaching],
                }
            )
        elif found.overall is None and not rows:
            run.output.note(t("cli.nothing_found"))
        else:
            if (overall := found.overall) is not None:
                run.output.answer(
                    t(
                        "inspect.overall",
                        month=found.month,
                        n=overall.count,
                        mean=score_text(overall.mean),
                        rate=percent(overall.pass_rate),
                    )
                )
            titles = floor.quality.book().titles()
            if rows:
                run.output.table(shaped.result_columns(view), [shaped.result_cells(row, titles) for row in rows])
            for name, some in (("top", found.top), ("below_pass", found.below_pass), ("coached", found.for_coaching)):
                people = t("cli.list_comma").join(f"{row.name} {score_text(row.result.mean)}" for row in some)
                run.output.answer(t(f"inspect.{name}", people=people or NOTHING))
        say_age(run.output, floor)
    return None


def plan(
    run: Invocation,
    day: Annotated[str | None, typer.Option("--day", metavar="DAY", help="cli.option.sample_day")] = None,
    seed: Annotated[str, typer.Option("--seed", metavar="SEED", help="cli.option.draw_seed")] = "12345",
) -> Exit | None:
    """Draw a day's samples by the rules, and compare them with the platform's plan."""
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        found = readable(floor).quality.plan(wanted, seed)
        drawn = [(each, found.planned(each.candidate.id)) for each in found.drawn]
        agreeing = sum(planned for _, planned in drawn)
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            items = [
                {
                    "order_id": each.candidate.id,
                    "agent_id": each.candidate.agent_id,
                    "agent_name": floor.names.person(each.candidate.agent_id),
                    "reason": each.reason,
                    "shift": each.candidate.shift or None,
                    "line": each.candidate.line,
                    "in_platforms_plan": planned,
                }
                for each, planned in drawn
            ]
            run.output.document(
                shapes.listing(floor, items, len(items))
                | {
                    "day": found.day.isoformat(),
                    "seed": seed,
                    "candidates": found.candidates,
                    "since": shapes.time(found.since),
                    "until": shapes.time(found.until),
                    "not_drawn": list(found.not_drawn),
                }
            )
        else:
            run.output.answer(
                t(
                    "inspect.plan",
                    day=found.day,
                    seed=seed,
                    drawn=len(drawn),
                    candidates=found.candidates,
                    same=agreeing,
                    others=len(found.not_drawn),
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
                            floor.names.person(each.candidate.agent_id),
                            term("sample_reason", each.reason),
                            term("shift", each.candidate.shift) if each.candidate.shift else "",
                            each.candidate.line,
                            floor.names.of("order", each.candidate.id),
                            t("inspect.yes") if planned else t("inspect.no"),
                        ]
                        for each, planned in drawn
                    ],
                )
        say_age(run.output, floor)
    return None
