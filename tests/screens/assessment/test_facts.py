"""Facts of the assessment, recorded and taken back by keys on a real Floor that is offline."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from floorctl.floor.floor import Floor
from floorctl.models.assessment import FACT_KINDS, Fact
from floorctl.rules.assessment import fact_form
from floorctl.screens.assessment.facts import FactForm
from floorctl.screens.assessment.screen import AssessmentScreen
from floorctl.widgets.ask import Pick
from floorctl.widgets.plain import PlainInput
from tests.screens.assessment.test_assessment import go_to, ids, row
from tests.screens.looking import SIZES, CockpitPilot, at_rest, burst, press, text, told, until
from tests.screens.month_floor import month_floor
from tests.screens.opened import score_of


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    floor, _ = month_floor(tmp_path)
    yield floor
    floor.close()


def acts(floor: Floor) -> list[tuple[str, dict[str, Any]]]:
    return [(item.kind, item.data) for item in reversed(floor.outbox.items())]


async def form_of(pilot: CockpitPilot, initials: str) -> FactForm:
    """Choose a kind of fact by its pinyin initials; return its form."""
    await press(pilot, ["i"])
    await until(pilot, lambda: isinstance(pilot.app.screen, Pick))
    await at_rest(pilot)
    await press(pilot, [*initials, "enter"])
    await until(pilot, lambda: isinstance(pilot.app.screen, FactForm))
    form = pilot.app.screen
    assert isinstance(form, FactForm)
    await until(pilot, lambda: form.focused is not None)
    return form


async def fill(pilot: CockpitPilot, form: FactForm, **values: str) -> None:
    for name, value in values.items():
        field = form.query_one(f"#field-{name}", PlainInput)
        field.focus()
        field.value = value
        await pilot.pause(0.02)


async def test_a_training_is_recorded_offline_and_counts_at_once(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await form_of(pilot, "zgpx")  # 在岗培训
        await press(pilot, [*"politeness", "enter", "enter", *"sheet", "enter"])
        await until(pilot, lambda: pilot.app.screen is screen and acts(floor))
        kind, data = acts(floor)[0]
        assert (kind, data) == (
            "fact.record",
            {"kind": "training", "day": "2026-03-18", "title": "politeness", "evidence": "sheet"},
        )
        await until(pilot, lambda: row(screen, "training")[4] == "4/5 场")
        assert row(screen, "training")[3] == "−1"
        await press(pilot, ["t"])
        await until(pilot, lambda: any("↑" in cell for cell in row(screen, ids(screen, "facts")[0], "facts")))
        await until(pilot, lambda: "考核 95.1 +0.5" in text(pilot.app))


async def test_an_exam_asks_for_those_who_sat_and_passed_and_for_nothing_else(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        form = await form_of(pilot, "gqpxks")  # 岗前培训考试
        assert form.names == ("day", "sat", "passed", "title", "evidence")
        assert form.focused is form.query_one("#field-sat")
        await press(pilot, ["1", "0", "ctrl+s"])
        assert "必填：合格人数" in text(pilot.app)
        assert form.focused is form.query_one("#field-passed")
        await press(pilot, ["6", "ctrl+s"])
        await until(pilot, lambda: pilot.app.screen is screen and acts(floor))
        assert acts(floor)[0][1] == {"kind": "onboarding_exam", "day": "2026-03-18", "sat": 10, "passed": 6}
        # 60 % is two whole steps of ten below 80 %.
        await until(pilot, lambda: row(screen, "onboarding_exam")[3:5] == ["−0.8", "6/10 60%"])


async def test_an_incident_has_a_matter_and_a_person_by_number_or_name(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        form = await form_of(pilot, "xxxl")  # 信息泄露
        assert set(form.names) == {"day", "title", "matter", "count", "person_id", "evidence"}
        await fill(pilot, form, person_id="谁", matter="0317", day="2026-03-17", title="截屏外传")
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: isinstance(pilot.app.screen, FactForm) and "没有工号或姓名为" in text(pilot.app))
        again = pilot.app.screen
        assert isinstance(again, FactForm)
        assert again.query_one("#field-title", PlainInput).value == "截屏外传"
        await fill(pilot, again, person_id="２００ ３")
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: pilot.app.screen is screen and acts(floor))
        assert acts(floor)[0][1] == {
            "kind": "data_leak", "day": "2026-03-17", "matter": "0317", "person_id": "p-2003", "title": "截屏外传",
        }  # fmt: skip
        await until(pilot, lambda: row(screen, "major_incidents")[3] == "−6")


async def test_a_day_and_numbers_in_full_width_digits_are_taken(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        form = await form_of(pilot, "gqpxks")  # 岗前培训考试
        await fill(pilot, form, day="２０２６－０３－１７", sat="１０", passed=" ６ ")
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: pilot.app.screen is screen and acts(floor))
        assert acts(floor)[0][1] == {"kind": "onboarding_exam", "day": "2026-03-17", "sat": 10, "passed": 6}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"day": "0317"}, "日期请写成"),
        ({"day": "2026-03-19"}, "日期尚未到来"),
        ({"count": "two"}, "次数应为整数"),
        ({"count": "0"}, "次数至少为 1"),
        ({"count": "9" * 30}, "次数应为整数"),
        ({"day": "9999-12-31"}, "日期尚未到来"),
        ({"day": "0001-01-01"}, "合同"),
    ],
)
async def test_what_can_not_be_is_asked_again_and_nothing_is_recorded(
    floor: Floor, values: dict[str, str], said: str
) -> None:
    async with score_of(floor) as (pilot, screen):
        form = await form_of(pilot, "xxyd")  # 学习园地
        await fill(pilot, form, title="第一期", **values)
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: pilot.app.screen is not form and isinstance(pilot.app.screen, FactForm))
        problem = pilot.app.screen
        assert isinstance(problem, FactForm)
        assert said in problem.problem
        await press(pilot, ["escape"])
        await until(pilot, lambda: pilot.app.screen is screen)
        assert not acts(floor)


async def test_a_fact_of_a_month_that_is_over_begins_with_that_months_last_day(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["left"])
        await until(pilot, lambda: "2026年2月" in text(pilot.app))
        form = await form_of(pilot, "zgpx")
        assert form.query_one("#field-day", PlainInput).value == "2026-02-28"
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: pilot.app.screen is screen and row(screen, "training")[4] == "1/5 场")


async def test_every_kind_can_be_recorded_with_what_it_needs(floor: Floor) -> None:
    from floorctl.screens.assessment.facts import _record

    for kind in FACT_KINDS:
        needed = dict.fromkeys(fact_form.FORMS[kind].needs, "20")
        _record(floor, kind, {"day": "2026-03-05", **needed})
    assert [data["kind"] for _, data in acts(floor)] == list(FACT_KINDS)


async def test_a_fact_is_taken_back_with_a_reason(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["x"])
        await until(pilot, lambda: told(pilot, "光标处没有登记事项"))
        await go_to(pilot, screen, "major_incidents")
        await press(pilot, ["enter"])
        await until(pilot, lambda: ids(screen, "costs") == ["fact:f-task"])
        await press(pilot, ["x"])
        await until(pilot, lambda: "撤销的原因" in text(pilot.app))
        await press(pilot, ["enter"])  # no reason, no act
        assert not acts(floor)
        await press(pilot, [*"wrong", "enter"])
        await until(pilot, lambda: acts(floor) == [("fact.remove", {"reason": "wrong"})])
        await until(pilot, lambda: row(screen, "major_incidents")[3] == "")
        await press(pilot, ["t"])
        await until(pilot, lambda: "f-task" not in ids(screen, "facts"))


async def test_enter_on_a_fact_shows_all_of_it(floor: Floor) -> None:
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["t"])
        await until(pilot, lambda: screen.body == "facts" and screen.table().cursor_id == "f-training-2")
        await press(pilot, ["down", "down", "enter"])
        await until(pilot, lambda: "督办3号" in text(pilot.app) and "其他终端登记" in text(pilot.app))
        await press(pilot, ["escape"])
        await until(pilot, lambda: pilot.app.screen is screen)


async def test_nobody_but_a_supervisor_records_or_takes_back(tmp_path: Path) -> None:
    floor, _ = month_floor(tmp_path, role="shift_lead")
    async with score_of(floor) as (pilot, screen):
        await press(pilot, ["i"])
        await until(pilot, lambda: told(pilot, "登记考核事项"))
        assert pilot.app.screen is screen
        await press(pilot, ["t", "x"])
        await until(pilot, lambda: told(pilot, "撤销考核事项"))
        assert pilot.app.screen is screen
        assert not acts(floor)
    floor.close()


async def test_facts_about_one_matter_count_once(tmp_path: Path) -> None:
    floor, feed = month_floor(tmp_path)
    async with score_of(floor) as (pilot, screen):
        for n, kind in enumerate(("purchaser_criticism", "province_criticism")):
            feed.send(("fact", f"m-{n}", Fact(kind=kind, day=date(2026, 3, 4 + n), matter="迎检")))
        await until(pilot, lambda: row(screen, "major_incidents")[3] == "−6")
        await go_to(pilot, screen, "major_incidents")
        await press(pilot, ["e"])
        await until(pilot, lambda: "另有 1 项属同一事由" in text(pilot.app))
    floor.close()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("lang", ["zh-CN", "en"])
async def test_the_form_fits_every_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, _ = month_floor(tmp_path, language=lang)
    async with score_of(floor, size) as (pilot, screen):
        form = FactForm("data_leak", {"day": "2026-03-18"}, "日期尚未到来")
        pilot.app.push_screen(form)
        await until(pilot, lambda: pilot.app.screen is form and "2026-03-18" in text(pilot.app))
        for name in form.names:
            assert form.query_one(f"#field-{name}").region.height == 1
            assert form.query_one(f"#field-{name}").region.bottom < size[1]
        assert "Ctrl+S" in text(pilot.app)
        assert isinstance(screen, AssessmentScreen)
    floor.close()


async def test_a_form_that_was_given_up_is_offered_again_until_it_is_recorded(floor: Floor) -> None:
    async with score_of(floor) as (pilot, _):
        form = await form_of(pilot, "xxxl")
        await fill(pilot, form, matter="0317", title="截屏外传")
        await press(pilot, ["escape"])
        await until(pilot, lambda: not isinstance(pilot.app.screen, FactForm))
        form = await form_of(pilot, "xxxl")
        kept = {name: form.query_one(f"#field-{name}", PlainInput).value for name in ("title", "matter", "evidence")}
        assert kept == {"title": "截屏外传", "matter": "0317", "evidence": ""}
        await press(pilot, ["ctrl+s"])
        await until(pilot, lambda: bool(acts(floor)))
        form = await form_of(pilot, "xxxl")
        assert form.query_one("#field-title", PlainInput).value == ""


async def test_fields_typed_at_once_stand_each_in_its_own_line(floor: Floor) -> None:
    async with score_of(floor) as (pilot, _):
        form = await form_of(pilot, "xxxl")
        names = [line.id for line in form.query(PlainInput)]
        at = names.index(form.focused.id if form.focused is not None else None)
        burst(pilot, *"abc", "enter", *"def", "enter")
        await until(pilot, lambda: form.focused is not None and form.focused.id == names[(at + 2) % len(names)])
        values = [form.query_one(f"#{name}", PlainInput).value for name in names[at : at + 2]]
        assert values == ["abc", "def"]
