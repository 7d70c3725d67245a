"""``inspect list``, ``scores`` and ``progress``: samples, scores, and how far a day's plan has come."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from floorctl.cli.age import say_age
from floorctl.cli.documents import Shapes
from floorctl.cli.invocation import Invocation
from floorctl.cli.listing import Limit, show
from floorctl.cli.quality import documents as shaped
from floorctl.cli.quality.arguments import DayOption, MonthOption, day_of, month_of, need_scores, person_id
from floorctl.cli.rows import columns
from floorctl.cli.words import chosen
from floorctl.errors import Exit
from floorctl.i18n import t
from floorctl.models.quality import INSPECTION_STATES, SAMPLE_STATES


def list_(
    run: Invocation,
    day: DayOption = None,
    state: Annotated[list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.sample_state")] = None,
    mine: Annotated[bool, typer.Option("--mine", help="cli.option.mine")] = False,
    limit: Limit = 0,
) -> Exit | None:
    """A day's samples."""
    states = chosen(state, "sample_state", SAMPLE_STATES, "--state")
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        need_scores(floor)
        mine_id = floor.session.person.person_id if mine and floor.session.person else None
        views = floor.quality.samples(wanted, inspector_id=mine_id, states=states or None)
        show(run, floor, views, limit, shaped.sample, shaped.sample_columns(), shaped.sample_row)
    return None


def scores(
    run: Invocation,
    month: MonthOption = None,
    agent: Annotated[str | None, typer.Option("--agent", metavar="AGENT", help="cli.option.agent")] = None,
    state: Annotated[
        list[str] | None, typer.Option("--state", metavar="STATE", help="cli.option.inspection_state")
    ] = None,
    limit: Limit = 100,
) -> Exit | None:
    """Scores, the newest first."""
    states = chosen(state, "inspection_state", INSPECTION_STATES, "--state")
    wanted = month_of(month)
    with closing(run.floor()) as floor:
        agent_id = None if agent is None else person_id(need_scores(floor), agent)
        views = need_scores(floor).quality.inspections(month=wanted, agent_id=agent_id, states=states or None)
        show(run, floor, views, limit, shaped.inspection, shaped.inspection_columns(), shaped.inspection_row)
    return None


def progress(run: Invocation, day: DayOption = None) -> Exit | None:
    """The progress of a day's plan."""
    wanted = day_of(day)
    with closing(run.floor()) as floor:
        plan = need_scores(floor).quality.progress(wanted)
        if run.output.json:
            shapes = Shapes(floor.config.zone)
            status = floor.status.connection()
            run.output.document(
                {
                    "as_of": shapes.time(status.as_of),
                    "live": status.mode == "live",
                    "day": plan.day.isoformat(),
                    "planned": plan.planned,
                    "scored": plan.scored,
                    "by_inspector": [shapes.plain(inspector) for inspector in plan.by_inspector],
                    "by_agent": [shapes.plain(agent) for agent in plan.by_agent],
                }
            )
        else:
            run.output.answer(t("inspect.progress", day=plan.day, planned=plan.planned, scored=plan.scored))
            counts = (("planned", "right keep"), ("scored", "right keep"))
            if plan.by_inspector:
                inspectors = [
                    [each.name or t("inspect.nobodys"), str(each.planned), str(each.scored)]
                    for each in plan.by_inspector
                ]
                run.output.table(columns(("inspector", "keep"), *counts), inspectors)
            if plan.by_agent:
                agents = [
                    [each.name, str(each.planned), str(each.scored), str(each.owed_this_month)]
                    for each in plan.by_agent
                ]
                run.output.table(columns(("agent", "keep"), *counts, ("owed", "right keep")), agents)
        say_age(run.output, floor)
    return None
