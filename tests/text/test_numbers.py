"""Rates, scores, points and counts are rounded half up, from exact values, by one module alone."""

import ast
import re
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.text import numbers
from tests.sources import PACKAGE, program

#: A number's place in a format: ``:.2f``, ``:+``, ``:,.0f``, ``:g``, ``:.0%``.
_NUMBER_FORMAT = re.compile(r"[<>^=+ ,0-9]*(\.\d+)?[feEgG%]")
#: Modules of the program that round by themselves, and why. The simulator is another program.
_ROUND_THEMSELVES = {
    "text/numbers.py": "the owner",
    "rules/quality/scoring.py": "the total of an inspection is by its definition a number of two places",
    "rules/assessment/outlook.py": "the payment lost is by its definition an amount in cents, orders to come whole",
    "rules/staffing/need.py": "steps of the forecast that staffing is reckoned with, never shown",
    "rules/staffing/surge.py": "steps of the table of thresholds, never shown",
    "files/workbook.py": "reads a cell's percentage with all of its digits",
}


@given(st.fractions(min_value=-1000, max_value=1000), st.integers(0, 6))
def test_a_fraction_is_rounded_to_the_nearest_and_a_tie_away_from_zero(value: Fraction, places: int) -> None:
    rounded = numbers.half_up(value, places)
    off = Fraction(rounded) - value
    assert abs(off) <= Fraction(1, 2 * 10**places)
    assert abs(off) < Fraction(1, 2 * 10**places) or abs(rounded) > abs(value)
    assert rounded.as_tuple().exponent == -places
    assert not (rounded == 0 and rounded.is_signed())


@given(st.decimals(-1000, 1000, places=4), st.integers(0, 3))
def test_a_decimal_and_the_float_that_shows_it_are_rounded_like_the_fraction(value: Decimal, places: int) -> None:
    expected = numbers.half_up(Fraction(value), places)
    assert numbers.half_up(value, places) == expected
    assert numbers.half_up(float(value), places) == expected


@pytest.mark.parametrize(
    ("rate", "words"),
    [
        (Fraction(5, 16), "31.3%"),
        (Fraction(8645, 10_000), "86.5%"),
        (Fraction(1999, 2000), "100.0%"),
        (Fraction(1), "100.0%"),
        (Fraction(0), "0.0%"),
        (Fraction(1, 2000), "0.1%"),
        (None, "—"),
    ],
)
def test_a_rate_has_one_place_and_nothing_counted_is_no_rate(rate: Fraction | None, words: str) -> None:
    assert numbers.percent(rate) == words


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (92.125, "92.13"),
        (Fraction(737, 8), "92.13"),
        (Decimal("92.125"), "92.13"),
        (0.285, "0.29"),
        (1.005, "1.01"),
        (100, "100.00"),
        (0.0, "0.00"),
    ],
)
def test_a_score_has_two_places_whatever_type_it_comes_in(value: numbers.Number, words: str) -> None:
    assert numbers.score_text(value) == words
    assert numbers.json_score(value) == words


def test_a_change_of_scores_has_its_sign_and_no_change_has_a_plus() -> None:
    assert [numbers.change_text(Fraction(each, 1000)) for each in (1500, -125, -4, 0)] == [
        "+1.50", "-0.13", "+0.00", "+0.00"
    ]  # fmt: skip


def test_points_have_no_trailing_zeros_and_large_ones_keep_their_zeros() -> None:
    values = (Fraction(195, 2), 100, 0.25, Fraction(97125, 1000), 10.0, 0)
    assert [numbers.points_text(each) for each in values] == ["97.5", "100", "0.25", "97.13", "10", "0"]
    assert numbers.cost_text(Fraction(10, 699)) == "0.0143"


def test_an_amount_of_money_has_its_cents_only_if_there_are_any() -> None:
    assert [numbers.money_text(Decimal(each)) for each in ("12000.00", "1234567.5", "0.005")] == [
        "12,000",
        "1,234,567.50",
        "0.01",
    ]


def test_the_large_figure_of_a_rate_never_reads_like_a_target_that_was_missed() -> None:
    rates = Fraction(7999, 10_000), Fraction(4, 5), None
    assert [numbers.percent_reached(each) for each in rates] == ["79", "80", "—"]


def test_json_has_six_places_of_a_rate_and_all_places_of_points_that_end() -> None:
    assert numbers.json_rate(Fraction(1, 3)) == "0.333333"
    assert numbers.json_rate(None) is None
    assert [numbers.json_points(each) for each in (Fraction(265, 3), Fraction(1, 128), Fraction(95), Fraction(90))] == [
        "88.333333", "0.0078125", "95", "90"
    ]  # fmt: skip
    assert [numbers.json_seconds(each) for each in (1.0005, 12.0, None)] == [1.001, 12.0, None]


def test_values_beyond_all_measure_are_written_too() -> None:
    assert numbers.score_text(1e300).endswith("0.00")
    assert numbers.percent(1e-300) == "0.0%"


def _rounding(node: ast.AST) -> str | None:
    """What in ``node`` rounds or formats a number; None where it does neither."""
    match node:
        case ast.Call(func=ast.Name(id="round" | "format" as name)):
            return f"{name}()"
        case ast.Attribute(attr="quantize" as name) | ast.Name(id="ROUND_HALF_UP" | "ROUND_HALF_EVEN" as name):
            return name
        case ast.FormattedValue(format_spec=ast.JoinedStr(values=parts)):
            form = "".join(str(part.value) if isinstance(part, ast.Constant) else "1" for part in parts)
            return f":{form}" if _NUMBER_FORMAT.fullmatch(form) else None
        case ast.BinOp(op=ast.Mod(), left=ast.Constant(value=str())):
            return "%"
    return None


def test_nobody_else_rounds_a_figure() -> None:
    found = {
        (str(path.relative_to(PACKAGE)), getattr(node, "lineno", 0), what)
        for path, nodes in program().items()
        for node in nodes
        if (what := _rounding(node)) and PACKAGE / "simulator" not in path.parents
    }
    others = {each for each in found if each[0] not in _ROUND_THEMSELVES}
    assert others == set(), "use floorctl.text.numbers"
    assert _ROUND_THEMSELVES.keys() - {where for where, _, _ in found} == set(), "an exception too many"


@given(st.fractions(min_value=0, max_value=100))
def test_points_are_printed_without_trailing_zeros(value: Fraction) -> None:
    text = numbers.points_text(value)
    assert not text.endswith(("0", ".")) or "." not in text
    assert abs(Fraction(text) - value) <= Fraction(1, 200)
