from datetime import date
from fractions import Fraction
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from floorctl.models import Pause
from floorctl.models.quality import Inspection, ItemScore
from floorctl.rules import adherence, results, sampling
from floorctl.rules.sampling import AgentPlan, Candidate, due_today
from tests.rules import floor
from tests.rules.floor import HOUR, MINUTE, NOW

DAY = date(2026, 3, 2)
LONG_AGO = date(2024, 1, 1)


def calls(count: int, **given: Any) -> list[Candidate]:
    fields = {"agent_id": "p-1", "shift": "morning", "line": "12345", **given}
    return [Candidate(id=f"{fields['agent_id']}-{fields['line']}-{each:03}", **fields) for each in range(count)]


class TestTheDraw:
    @given(st.randoms(use_true_random=False), st.text(max_size=5))
    def test_anyone_can_draw_it_again_in_any_order(self, chance: Any, seed: str) -> None:
        agents = {f"p-{each}": AgentPlan(hired_on=LONG_AGO, days_left=3) for each in range(4)}
        candidates = [call for agent in agents for call in calls(6, agent_id=agent)]
        first = sampling.draw(seed, DAY, candidates, agents)
        chance.shuffle(candidates)
        assert sampling.draw(seed, DAY, candidates, agents) == first
        assert len(first) == 4 * 3

    def test_another_seed_draws_others(self) -> None:
        agents = {"p-1": AgentPlan(hired_on=LONG_AGO, days_left=1)}
        assert sampling.draw("a", DAY, calls(100), agents) != sampling.draw("b", DAY, calls(100), agents)

    def test_the_months_samples_are_spread_over_the_days_left(self) -> None:
        for drawn, days, wanted in ((0, 22, 1), (0, 4, 2), (7, 1, 1), (8, 5, 0), (20, 5, 0), (0, 0, 8)):
            assert due_today(AgentPlan(hired_on=LONG_AGO, drawn=drawn, days_left=days), DAY) == wanted
        assert due_today(AgentPlan(hired_on=DAY, days_left=4), DAY) == 4

    def test_every_complaint_is_drawn_and_a_low_score_comes_again(self) -> None:
        done = AgentPlan(hired_on=LONG_AGO, drawn=8)
        complaints = calls(3, complaint=True)
        assert [each.reason for each in sampling.draw("s", DAY, complaints, {"p-1": done})] == ["complaint"] * 3
        low = AgentPlan(hired_on=LONG_AGO, drawn=8, below_pass_mark=True)
        assert [each.reason for each in sampling.draw("s", DAY, calls(9), {"p-1": low})] == ["low_score"]
        new = AgentPlan(hired_on=DAY, days_left=8)
        assert [each.reason for each in sampling.draw("s", DAY, calls(9), {"p-1": new})] == ["new_agent"] * 2

    def test_every_line_has_its_turn(self) -> None:
        candidates = calls(50) + calls(2, line="12333") + calls(2, line="12320")
        drawn = sampling.draw("s", DAY, candidates, {"p-1": AgentPlan(hired_on=LONG_AGO, drawn=5)})
        assert {each.candidate.line for each in drawn} == {"12345", "12333", "12320"}


def scored(total: float, **points: float) -> Inspection:
    scores = tuple(ItemScore(item_id=item, points=value) for item, value in points.items())
    return floor.inspection(total=total, scores=scores)


class TestResults:
    def test_mean_pass_rate_and_what_is_lost_most(self) -> None:
        found = results.result(
            [scored(100, open=4, listen=8), scored(85, open=3, listen=8), scored(84.99, open=3, listen=7)],
            {"r-1": floor.rubric()},
        )
        assert found is not None
        assert found.mean == Fraction("269.99") / 3
        assert (found.pass_rate, found.commonest_lost) == (Fraction(2, 3), "open")
        assert results.result([], {}) is None

    def test_the_spread_is_per_item(self) -> None:
        spread = results.spread(floor.rubric(), [scored(0, open=4, listen=8), scored(0, open=2, listen=8)])
        assert [(each.item_id, each.lowest, each.highest, each.mean) for each in spread] == [
            ("open", 2, 4, 3), ("listen", 8, 8, 8),
        ]  # fmt: skip

    def test_agreement_is_one_where_all_agree_and_less_where_they_do_not(self) -> None:
        rubric = floor.rubric()
        one, other = scored(0, open=4, listen=4, once=10), scored(0, open=2, listen=8, once=0)
        assert results.agreement(rubric, [one, one, one]) == 1
        apart = results.agreement(rubric, [one, other])
        assert apart is not None and apart < 0
        assert results.agreement(rubric, [one]) is None


class TestAdherence:
    def test_a_cancelled_pause_plans_work(self) -> None:
        for cancelled, plan in ((False, "break"), (True, "work")):
            pause = Pause(kind="break", starts_at=NOW, ends_at=NOW + HOUR, cancelled=cancelled)
            assert adherence.planned(floor.shift(pauses=(pause,)), NOW) == plan
        assert adherence.planned(floor.shift(), NOW - 2 * HOUR) is None

    def test_it_is_the_share_of_time_in_the_planned_state(self) -> None:
        pause = Pause(kind="break", starts_at=NOW, ends_at=NOW + 15 * MINUTE)
        shift = floor.shift(starts_at=NOW - HOUR, ends_at=NOW + HOUR, pauses=(pause,))
        states = [
            ("ready", NOW - HOUR, NOW - 30 * MINUTE),
            ("not_ready", NOW - 30 * MINUTE, NOW),
            ("break", NOW, NOW + 30 * MINUTE),
            ("talking", NOW + 30 * MINUTE, NOW + 2 * HOUR),
        ]
        # Half an hour not ready and a quarter of an hour too long in the break, of two hours.
        assert adherence.adherence(shift, states) == Fraction(75, 120)
        assert adherence.adherence(shift, states, NOW - 30 * MINUTE) == 1
        assert adherence.adherence(shift, states, NOW - 2 * HOUR) is None
