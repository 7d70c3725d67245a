"""The worked examples: every vector that the project was given, by the definitions beside them."""

import json
from pathlib import Path
from typing import Any

import pytest

from floorctl.rules.assessment import scoring
from floorctl.rules.staffing import erlang, surge
from floorctl.text.numbers import json_points

DATA = Path(__file__).parent.parent / "data"
ASSESSMENT: list[dict[str, Any]] = json.loads((DATA / "assessment.json").read_text("utf-8"))
ERLANG: dict[str, Any] = json.loads((DATA / "erlang.json").read_text("utf-8"))
SURGE: dict[str, Any] = json.loads((DATA / "surge.json").read_text("utf-8"))
WEEKLY = 1 / 672


def named(case: dict[str, Any]) -> str:
    return str(case["id"]) if "id" in case else json.dumps({k: v for k, v in case.items() if k != "score"})[:80]


def agrees(result: Any, case: dict[str, Any], but: frozenset[str] = frozenset()) -> None:
    compared = 0
    for name in result.__struct_fields__:
        if name in case and name not in but:
            assert getattr(result, name) == pytest.approx(case[name], rel=1e-9, abs=1e-15), name
            compared += 1
    assert compared > 3


@pytest.mark.parametrize("case", ASSESSMENT, ids=named)
def test_assessment(case: dict[str, Any]) -> None:
    earned = scoring.score(case["metric"], case["inputs"])
    assert json_points(earned) == case["score"]


@pytest.mark.parametrize("case", ERLANG["erlang_b"], ids=named)
def test_erlang_b(case: dict[str, Any]) -> None:
    assert erlang.erlang_b(case["A"], case["trunks"]) == pytest.approx(case["b"], rel=1e-9)


@pytest.mark.parametrize("case", ERLANG["erlang_c"], ids=named)
def test_erlang_c(case: dict[str, Any]) -> None:
    agrees(
        erlang.erlang_c(
            case["calls"], case["interval_s"], case["aht_s"], case["agents"], threshold_s=case["threshold_s"]
        ),
        case,
    )


@pytest.mark.parametrize("case", ERLANG["erlang_a"], ids=named)
def test_erlang_a(case: dict[str, Any]) -> None:
    agrees(
        erlang.erlang_a(
            case["calls"],
            case["interval_s"],
            case["aht_s"],
            case["agents"],
            threshold_s=case["threshold_s"],
            patience_s=case["patience_s"],
        ),
        case,
    )


@pytest.mark.parametrize("case", ERLANG["erlang_a_finite_lines"], ids=named)
def test_erlang_a_with_finite_lines(case: dict[str, Any]) -> None:
    agrees(
        erlang.erlang_a_finite_lines(
            case["calls"],
            case["interval_s"],
            case["aht_s"],
            case["agents"],
            lines=case["lines"],
            patience_s=case["patience_s"],
        ),
        case,
    )


@pytest.mark.parametrize("case", ERLANG["min_agents"], ids=named)
def test_min_agents(case: dict[str, Any]) -> None:
    what = (case["calls"], case["interval_s"], case["aht_s"], case["threshold_s"], case["target_sl"])
    fewest = erlang.min_agents(*what)
    assert fewest == case["erlang_c_agents"]
    queue = what[:3]
    assert erlang.erlang_c(*queue, fewest, case["threshold_s"]).sl == pytest.approx(case["sl_at"], rel=1e-9)
    one_less = erlang.erlang_c(*queue, fewest - 1, case["threshold_s"]).sl
    assert one_less == pytest.approx(case["sl_one_less"], rel=1e-9)
    for patience, agents in case["erlang_a_agents_by_patience_s_sl_offered"].items():
        assert erlang.min_agents(*what, patience_s=float(patience)) == agents


@pytest.mark.parametrize("case", SURGE["poisson_cusum_upper"], ids=named)
def test_cusum(case: dict[str, Any]) -> None:
    chosen = surge.design(case["lam0"], case["ratio"], case["target_arl0"])
    assert (chosen.k, chosen.h) == (case["k"], case["h"])
    # The vectors give the run lengths to two and to four decimals.
    assert chosen.arl0 == pytest.approx(case["arl0"], abs=0.006)
    assert chosen.arl1 == pytest.approx(case["arl1"], abs=0.00006)


@pytest.mark.parametrize("case", SURGE["meta"]["mc"], ids=named)
def test_cusum_agrees_with_monte_carlo(case: dict[str, Any]) -> None:
    assert abs(surge.arl(case["lam"], case["k"], case["h"]) - case["mc_arl0"]) < 4 * case["se"]


@pytest.mark.parametrize("case", SURGE["poisson_threshold"], ids=named)
def test_poisson_threshold(case: dict[str, Any]) -> None:
    agrees(surge.poisson_threshold(case["lam"], case["alpha"]), case)


def test_where_nothing_is_expected_nothing_comes() -> None:
    assert [surge.poisson_at_least(count, 0.0) for count in (0, 1, 5)] == [1.0, 0.0, 0.0]


@pytest.mark.parametrize("case", SURGE["gamma_poisson_threshold_1_in_672"], ids=named)
def test_gamma_poisson_threshold(case: dict[str, Any]) -> None:
    plain = surge.poisson_threshold(case["lam"], WEEKLY)
    assert plain.threshold_ge == case["poisson_threshold"]
    assert plain.p == pytest.approx(case["poisson_p"], rel=1e-9)
    really = surge.gamma_poisson_at_least(plain.threshold_ge, case["lam"], case["day_factor_cv"])
    assert really == pytest.approx(case["true_false_alarm_at_poisson_threshold"], rel=1e-9)
    better = surge.gamma_poisson_threshold(case["lam"], case["day_factor_cv"])
    assert better.threshold_ge == case["gamma_poisson_threshold_ge"]
    assert better.p == pytest.approx(case["p"], rel=1e-9)
