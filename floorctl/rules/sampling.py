"""The day's plan of quality inspection: which calls and orders are scored today, drawn so that anyone can check it.

The floor's rules: eight samples per agent and month, spread over the days they work, twice that in their first thirty
days; every call behind a complaint; an agent whose last total was below the pass mark again within five working days;
the rest at random, stratified by shift and line. The same seed, day and candidates give the same draw, in
whatever order they come.
"""

import math
import random
from collections.abc import Iterable, Mapping
from datetime import date, timedelta

import msgspec

SAMPLES_A_MONTH = 8
NEW_AGENT_DAYS = 30


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A call or order that could be scored. ``complaint``: a complaint order came of it."""

    id: str
    agent_id: str
    shift: str
    line: str
    complaint: bool = False


class AgentPlan(msgspec.Struct, frozen=True, kw_only=True):
    """What an agent still needs: samples drawn this month, days that they still work in it (today included)."""

    hired_on: date
    drawn: int = 0
    days_left: int = 1
    below_pass_mark: bool = False


class Drawn(msgspec.Struct, frozen=True, kw_only=True):
    """A candidate that was drawn, and why: complaint, low_score, new_agent or random."""

    candidate: Candidate
    reason: str


def is_new(plan: AgentPlan, day: date) -> bool:
    """Whether the agent is in their first thirty days."""
    return day - plan.hired_on < timedelta(days=NEW_AGENT_DAYS)


def due_today(plan: AgentPlan, day: date) -> int:
    """How many of the month's samples fall on today, when the rest is spread over the days left."""
    wanted = SAMPLES_A_MONTH * (2 if is_new(plan, day) else 1)
    return max(0, math.ceil((wanted - plan.drawn) / max(1, plan.days_left)))


def draw(seed: str, day: date, candidates: Iterable[Candidate], agents: Mapping[str, AgentPlan]) -> list[Drawn]:
    """The day's samples. Complaints count towards what an agent needs; candidates of unknown agents are left out."""
    by_agent: dict[str, list[Candidate]] = {agent_id: [] for agent_id in sorted(agents)}
    for candidate in sorted(candidates, key=lambda each: each.id):
        if candidate.agent_id in by_agent:
            by_agent[candidate.agent_id].append(candidate)
    drawn: list[Drawn] = []
    for agent_id, own in by_agent.items():
        drawn += _of_agent(random.Random(f"{seed}/{day.isoformat()}/{agent_id}"), day, own, agents[agent_id])
    return drawn


def _of_agent(chance: random.Random, day: date, own: list[Candidate], plan: AgentPlan) -> list[Drawn]:
    drawn = [Drawn(candidate=each, reason="complaint") for each in own if each.complaint]
    others = _stratified(chance, [each for each in own if not each.complaint])
    # The earliest day is always within the five working days.
    if plan.below_pass_mark and not drawn and others:
        drawn.append(Drawn(candidate=others.pop(), reason="low_score"))
    reason = "new_agent" if is_new(plan, day) else "random"
    while others and len(drawn) < due_today(plan, day):
        drawn.append(Drawn(candidate=others.pop(), reason=reason))
    return drawn


def _stratified(chance: random.Random, candidates: list[Candidate]) -> list[Candidate]:
    """Shuffled, then dealt out of the strata in turn; to be taken from the end."""
    strata: dict[tuple[str, str], list[Candidate]] = {}
    for each in candidates:
        strata.setdefault((each.shift, each.line), []).append(each)
    piles = [strata[key] for key in sorted(strata)]
    for pile in piles:
        chance.shuffle(pile)
    chance.shuffle(piles)
    dealt = []
    while piles:
        dealt += [pile.pop() for pile in piles]
        piles = [pile for pile in piles if pile]
    return dealt[::-1]
