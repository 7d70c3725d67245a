"""Hot spots: the worked example by its own definitions and bars, and what must hold beside it."""

import gzip
import json
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from floorctl.rules import hotspots
from floorctl.rules.hotspots import DAY, HOUR, Detector, Matter, Report
from tests.rules.hotspots import judging
from tests.rules.hotspots.judging import Alarm, State

DATA = Path(__file__).parents[2] / "data"
META: dict[str, Any] = json.loads((DATA / "hotspots.json").read_text("utf-8"))
CALENDAR: dict[str, Any] = META["calendar"]
OFF = {date.fromisoformat(day) for day in CALENDAR["days_off"]}
BEGINS = date.fromisoformat(CALENDAR["history"]["from"])


def is_working_day(day: date) -> bool:
    """By the example's calendar, which says what the day before it is."""
    if day < BEGINS:
        return not CALENDAR["day_before_is_off"]
    return day not in OFF


def stream() -> Iterator[Report]:
    with gzip.open(DATA / META["meta"]["stream"], "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            yield Report(
                id=str(row["i"]),
                at=judging.seconds(row["received_at"]),
                category="/".join(row["category"]),
                region=row["region"],
                caller=row["caller"],
            )


@pytest.fixture(scope="module")
def reports() -> list[Report]:
    return list(stream())


@pytest.fixture(scope="module")
def history(reports: list[Report]) -> list[Report]:
    until = judging.seconds(CALENDAR["test"]["from"])
    return [report for report in reports if report.at < until]


@pytest.fixture(scope="module")
def alarms(reports: list[Report], history: list[Report]) -> list[Alarm]:
    """The alarms of the judged week: everything is learnt from the weeks before it."""
    days = hotspots.Days(is_working_day)
    learnt = range(
        judging.day_number(CALENDAR["history"]["from"]), judging.day_number(CALENDAR["history"]["until"]) + 1
    )
    counted = list(hotspots.counted(history))
    usual = hotspots.Usual(counted, days, learnt)
    detector = Detector(usual, days, hotspots.fitted(counted, days, learnt))
    detector.prepare(report for report in history if report.at >= history[-1].at - 5 * DAY)
    raised: dict[int, Alarm] = {}
    until = judging.seconds(CALENDAR["test"]["until"])
    for report in reports[len(history) :]:
        assert report.at < until
        matter = detector.take(report)
        if matter is not None:
            raised.setdefault(id(matter), []).append(state_of(matter))
    assert len(raised) == len(detector.matters)
    return list(raised.values())


def state_of(matter: Matter) -> State:
    about = matter.subject
    return State(
        at=matter.latest.at,
        category=None if about.category is None else tuple(about.category.split("/")),
        region=about.region,
        orders=frozenset(int(report.id) for report in matter.latest.orders),
    )


def test_the_example_is_whole(reports: list[Report]) -> None:
    assert len(reports) == META["meta"]["orders"]
    assert [report.id for report in reports] == [str(at) for at in range(len(reports))]
    assert all(before.at <= after.at for before, after in pairwise(reports))


def test_as_many_clusters_are_found_as_the_bars_ask_for(alarms: list[Alarm]) -> None:
    clusters, bars = META["clusters"], META["bars"]
    found = judging.found(alarms, clusters)
    assert len(clusters) == bars["of"]
    assert len(found) >= bars["found_at_least"], sorted({each["id"] for each in clusters} - found)
    for kind, least in bars["found_of_kind_at_least"].items():
        assert sum(each["id"] in found for each in clusters if each["kind"] == kind) >= least, kind


def test_false_alarms_are_as_few_as_the_bars_allow(alarms: list[Alarm]) -> None:
    bars = META["bars"]
    false = judging.false_alarms(alarms, META["clusters"])
    assert len(false) <= bars["false_alarms_at_most"]
    assert len(alarms) <= bars["alarms_at_most"]
    decoyed = [decoy["kind"] for decoy in META["decoys"] if judging.decoyed(false, decoy)]
    assert len(decoyed) <= bars["decoys_alarmed_at_most"], decoyed


def test_counted_anew_what_is_found_is_what_was_found_order_by_order(reports: list[Report]) -> None:
    today = int(reports[-1].at // DAY)
    until = today * DAY + 12 * HOUR
    before = [report for report in reports if report.at < until]
    usual = hotspots.learn(before, hotspots.history_of(before, today), is_working_day)
    assert usual is not None
    early = [report for report in before if report.at < until - DAY]
    whole = hotspots.find(before, today, is_working_day, 2e-5, usual)
    step_by_step = hotspots.find(early, today, is_working_day, 2e-5, usual)
    for report in before[len(early) :]:
        step_by_step.take(report)
    assert [told(matter) for matter in whole.matters] == [told(matter) for matter in step_by_step.matters]
    assert whole.matters


def told(matter: Matter) -> tuple[object, ...]:
    latest = matter.latest
    return matter.since, latest.at, latest.subject, latest.callers, latest.p_value, len(latest.orders)


@pytest.mark.parametrize("days", [0, 10, hotspots.LEAST_DAYS])
def test_where_history_is_short_nothing_is_said(days: int, reports: list[Report]) -> None:
    first = int(reports[0].at // DAY)
    held = [report for report in reports if report.at < (first + days) * DAY]
    history = hotspots.history_of(held, first + days)
    assert (history.held < hotspots.LEAST_DAYS, hotspots.learn(held, history, is_working_day)) == (True, None)


def test_days_of_which_most_orders_are_missing_are_no_history(quiet: list[Report]) -> None:
    today, start = int(quiet[-1].at // DAY), int(quiet[-1].at // DAY) - 40
    thin = [report for at, report in enumerate(quiet) if report.at >= start * DAY or at % 12 == 0]
    assert hotspots.history_of(thin, today) == hotspots.recent.History(40, range(start, today - hotspots.JUDGED_DAYS))
    usual = hotspots.learn(thin, hotspots.history_of(thin, today), weekday)
    assert usual is not None
    assert not hotspots.find(thin, today, weekday, 2e-5, usual).matters


def test_one_caller_who_calls_again_and_again_is_one_caller(quiet: list[Report]) -> None:
    found = swelling(quiet, [f"caller {at % 3}" for at in range(12)])
    assert not found.matters


def test_seven_callers_within_the_hour_are_a_hot_spot_with_every_order_of_theirs(quiet: list[Report]) -> None:
    found = swelling(quiet, [f"caller {at}" for at in (0, 1, 2, 0, 3, 4, 5, 3, 6)])
    (matter,) = found.matters
    latest = matter.latest
    assert latest.subject == hotspots.Subject("道路/路灯", "东区")
    assert (latest.callers, len(latest.orders), latest.window) == (7, 9, 2 * HOUR)
    assert latest.expected < 1
    assert matter.since < latest.at


def test_its_course_has_every_caller_beside_what_is_usual(quiet: list[Report]) -> None:
    found = swelling(quiet, [f"caller {at}" for at in range(7)])
    (matter,) = found.matters
    course = found.course(matter.subject, found.newest, HOUR, 24)
    assert sum(hour.callers for hour in course) == 7 + sum(
        hotspots.Subject(report.category, report.region) == matter.subject and report.at >= course[0].start
        for report in quiet
    )
    assert 0 < sum(hour.expected for hour in course) < 4
    assert (matter.many_since, matter.swells(found.newest), matter.swells(found.newest + 2 * DAY)) == (
        None,
        True,
        False,
    )


def test_from_twenty_callers_a_day_on_a_matter_has_many(quiet: list[Report]) -> None:
    (matter,) = swelling(quiet, [f"caller {at}" for at in range(21)]).matters
    assert matter.many_since is not None


def test_callers_of_one_day_are_many_also_where_no_two_hours_have_so_many(quiet: list[Report]) -> None:
    (matter,) = swelling(quiet, [f"caller {at}" for at in range(21)], apart=1200).matters
    assert matter.many_since is not None


def test_callers_about_what_history_never_had_are_a_hot_spot(quiet: list[Report]) -> None:
    (matter,) = swelling(quiet, [f"caller {at}" for at in range(6)], category="气象/冰雹", region="山里").matters
    assert matter.subject == hotspots.Subject("气象/冰雹", "山里")


def test_history_full_of_hot_spots_does_not_silence_the_next_one(quiet: list[Report]) -> None:
    days = sorted({int(report.at // DAY) for report in quiet})[1 : -hotspots.JUDGED_DAYS]
    known = list(quiet)
    for day in days[::4]:
        known += [report_of(f"h{day}-{at}", day * DAY + 9 * HOUR + at * 60, f"h{day}-{at}") for at in range(12)]
    known.sort(key=lambda report: report.at)
    today = int(quiet[-1].at // DAY)
    learnt = hotspots.history_of(known, today)
    assert hotspots.fit(known, learnt, weekday) >= hotspots.STRICTEST


# -- a small quiet floor ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def quiet() -> list[Report]:
    """Nine weeks with 24 orders a day about four matters in three places."""
    start = judging.day_number("2026-03-02")
    return [
        Report(
            f"{day}-{hour}",
            day * DAY + hour * HOUR + 60,
            category_of(day + hour),
            region_of(day * 5 + hour),
            f"{day}-{hour}",
        )
        for day in range(start, start + 63)
        for hour in range(24)
    ]


def category_of(number: int) -> str:
    return ("道路/路灯", "供水/停水", "社保/社保卡", "住房/物业")[number * 7 % 4]


def region_of(number: int) -> str:
    return ("东区", "西区", "南区")[number % 3]


def weekday(day: date) -> bool:
    return day.weekday() < 5


def report_of(id_: str, at: float, caller: str, category: str = "道路/路灯", region: str = "东区") -> Report:
    return Report(id_, at, category, region, caller)


def swelling(quiet: list[Report], callers: list[str], apart: float = 300, **about: str) -> Detector:
    """The floor at the end of its last day, after calls of these callers, so many seconds apart."""
    last = quiet[-1].at
    today = int(last // DAY)
    usual = hotspots.learn(quiet, hotspots.history_of(quiet, today), weekday)
    assert usual is not None
    found = hotspots.find(quiet, today, weekday, 2e-5, usual)
    assert not found.matters
    for number, caller in enumerate(callers):
        found.take(report_of(f"new {number}", last + apart * number, caller, **about))
    return found
