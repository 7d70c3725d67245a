from fractions import Fraction

from floorctl.models.quality import Inspection, ItemScore
from floorctl.rules.quality import results
from floorctl.rules.staffing import adherence
from tests.rules import small_floor
from tests.rules.small_floor import HOUR, MINUTE, NOW


def scored(total: float, **points: float) -> Inspection:
    scores = tuple(ItemScore(item_id=item, points=value) for item, value in points.items())
    return small_floor.inspection(total=total, scores=scores)


class TestResults:
    def test_mean_pass_rate_and_what_is_lost_most(self) -> None:
        found = results.result(
            [scored(100, open=4, listen=8), scored(85, open=3, listen=8), scored(84.99, open=3, listen=7)],
            {"r-1": small_floor.rubric()},
        )
        assert found is not None
        assert found.mean == Fraction("269.99") / 3
        assert (found.pass_rate, found.commonest_lost) == (Fraction(2, 3), "open")
        assert results.result([], {}) is None

    def test_the_spread_is_per_item(self) -> None:
        spread = results.spread(small_floor.rubric(), [scored(0, open=4, listen=8), scored(0, open=2, listen=8)])
        assert [(each.item_id, each.lowest, each.highest, each.mean) for each in spread] == [
            ("open", 2, 4, 3),
            ("listen", 8, 8, 8),
        ]

    def test_agreement_is_one_where_all_agree_and_less_where_they_do_not(self) -> None:
        rubric = small_floor.rubric()
        one, other = scored(0, open=4, listen=4, once=10), scored(0, open=2, listen=8, once=0)
        assert results.agreement(rubric, [one, one, one]) == 1
        apart = results.agreement(rubric, [one, other])
        assert apart is not None and apart < 0
        assert results.agreement(rubric, [one]) is None

    def test_how_many_items_inspectors_agree_on_is_told_of_two_and_of_more(self) -> None:
        rubric = small_floor.rubric()
        one, other = scored(0, open=4, listen=4, once=10), scored(0, open=2, listen=8, once=10)
        assert results.agreed(rubric, [one]) is None
        assert results.agreed(rubric, [one, other]) == results.Agreed(same=1, items=3, widest=4)
        assert results.agreed(rubric, [one, one, one]) == results.Agreed(same=3, items=3, widest=0)


class TestAdherence:
    def test_a_cancelled_pause_plans_work(self) -> None:
        for cancelled, plan in ((False, "break"), (True, "work")):
            pause = small_floor.pause(0 * HOUR, cancelled=cancelled)
            assert adherence.planned(small_floor.shift(pauses=(pause,)), NOW) == plan
        assert adherence.planned(small_floor.shift(), NOW - 2 * HOUR) is None

    def test_it_is_the_share_of_time_in_the_planned_state(self) -> None:
        pause = small_floor.pause(0 * HOUR)
        shift = small_floor.shift(starts_at=NOW - HOUR, ends_at=NOW + HOUR, pauses=(pause,))
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
