"""交接, driven by keys on a real Floor; `n` writes for it from every screen."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.widgets import Static

from floorctl.errors import RefusedError
from floorctl.floor.floor import Floor
from floorctl.floor.handover.summary import shift_words
from floorctl.models.base import Ref
from floorctl.models.floor import Seat
from floorctl.models.handover import Handover, HandoverItem
from floorctl.models.team import Person
from floorctl.rules.handover import shifts as rules
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.app import CockpitApp
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.dialogs import AskText, Confirm
from floorctl.widgets import table as tables
from floorctl.widgets.plain import PlainInput
from tests.screens.filled_floor import NOW, Feed, alert, filled_floor, open_floor
from tests.screens.looking import (
    HOSTILE,
    IN_TURN,
    CockpitPilot,
    acts,
    at_rest,
    controls,
    links,
    loaded,
    on_top,
    piloted,
    text,
    told,
    until,
)
from tests.screens.opened import handover_of


@pytest.fixture
def filled(tmp_path: Path) -> Iterator[tuple[Floor, Feed]]:
    floor, feed = filled_floor(tmp_path, orders=24)
    yield floor, feed
    floor.close()


def entity(shift: ShiftOf, state: str = "open", *items: HandoverItem, **more: Any) -> Handover:
    to = rules.after(shift).name
    return Handover(day=shift.day, from_shift=shift.name, to_shift=to, state=state, items=items, **more)


async def give(pilot: CockpitPilot) -> None:
    """Give the shift in sight; where it ends much later (the time of day is real), with a reason."""
    await pilot.press("g")
    await until(pilot, lambda: isinstance(pilot.app.screen, (AskText, Confirm)))
    if isinstance(pilot.app.screen, AskText):
        await pilot.press(*"meeting", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
    await pilot.press("y")


def of_handovers(floor: Floor) -> list[tuple[str, dict[str, Any]]]:
    return [(kind, data) for kind, _, data in acts(floor) if kind.startswith("handover.")]


async def test_a_lead_writes_ticks_off_and_gives_in_80_by_24(filled: tuple[Floor, Feed]) -> None:
    floor, _ = filled
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("n")
        await at_rest(pilot)
        await pilot.press(*"water", "enter")
        await until(pilot, lambda: "water" in text(pilot.app))
        assert screen.view is not None
        await pilot.press("x")
        await until(pilot, lambda: screen.view is not None and screen.view.items[0].done)
        await give(pilot)
        await until(pilot, lambda: screen.view is not None and screen.view.state == "given")
        kinds = [kind for kind, _ in of_handovers(floor)]
        assert kinds[0] == "handover.note"
        assert kinds[1] == "handover.item"
        assert kinds[-1] == "handover.give"
        await until(pilot, lambda: "已交班" in text(pilot.app))
        assert "签字" in text(pilot.app)


async def test_what_is_written_comes_under_the_cursor_and_what_is_not_written_moves_nothing(
    filled: tuple[Floor, Feed],
) -> None:
    floor, _ = filled
    for each in ("water", "power"):
        floor.handovers.note(each)
    async with handover_of(floor) as (pilot, screen):

        async def under_the_cursor(*keys: str) -> str:
            await pilot.press(*keys)
            await at_rest(pilot)
            assert screen.view is not None
            return next(item.text for item in screen.view.items if item.id == screen.table.cursor_id)

        assert await under_the_cursor("home") == "water"
        await under_the_cursor("n")
        assert await under_the_cursor(*"gas", "escape") == "water"
        await under_the_cursor("n")
        assert await under_the_cursor("enter") == "gas", "what was typed was kept"


async def test_the_one_who_gave_is_asked_for_a_second_person(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "given", given_by="p-1001", given_at=NOW)))
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("t")
        await at_rest(pilot)
        dialog = pilot.app.screen
        assert isinstance(dialog, SecondPerson)
        await pilot.press(*"1003", "enter", *"secret")
        assert dialog.query_one("#employee-no", PlainInput).value == "1003", "what is typed on is the password"
        await pilot.press("enter")
        await until(pilot, lambda: "平台" in text(pilot.app))
        assert "secret" not in text(pilot.app)
        assert not of_handovers(floor)
        await pilot.press("escape")
        await at_rest(pilot)
        assert pilot.app.screen is screen


async def test_somebody_else_takes_after_one_question(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "given", given_by="p-2001", given_at=NOW)))
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("t")
        await at_rest(pilot)
        await pilot.press("y")
        await until(pilot, lambda: screen.view is not None and screen.view.state == "taken")
        assert of_handovers(floor) == [("handover.take", {})]
        await pilot.press("t", "g")
        await at_rest(pilot)
        assert len(of_handovers(floor)) == 1


async def test_brackets_go_through_the_shifts_and_7_comes_back(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    due = floor.handovers.shift_meant()
    earlier = rules.before(due)
    feed.send(("handover", "h-0", entity(earlier, "given", HandoverItem(id="i", text="昨夜停水", done=False))))
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("[")
        await until(pilot, lambda: screen.view is not None and screen.view.shift == earlier)
        await until(pilot, lambda: "昨夜停水" in text(pilot.app))
        await pilot.press("]", "]", "]")
        await at_rest(pilot)
        assert screen.view is not None
        assert rules.place(screen.view.shift) <= rules.place(rules.shift_at(floor.now()))
        await pilot.press("7")
        await until(pilot, lambda: screen.view is not None and screen.view.shift == due)


async def test_enter_goes_to_what_an_item_is_about_and_v_reads_the_summary(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    item = HandoverItem(id="i", text="跟进", done=False, ref=Ref("order", "o-2026030400002"))
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "open", item)))
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("v")
        await at_rest(pilot)
        assert "本月得分" in text(pilot.app) or "考核" in text(pilot.app)
        await pilot.press("escape")
        await at_rest(pilot)
        assert screen.table.has_focus
        await pilot.press("home", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OrdersScreen))


@pytest.mark.parametrize("state", ["open", "acknowledged", "closed"])
async def test_enter_on_an_alerts_item_goes_to_the_alert_each_time_and_does_nothing_to_it(
    filled: tuple[Floor, Feed], state: str
) -> None:
    floor, feed = filled
    about = [alert(n, state=state if n == 3 else "open", subject=Ref("order", f"o-{n}")) for n in range(5)]
    item = HandoverItem(id="i", text="跟进", done=False, ref=Ref("alert", "x-3"))
    feed.send(
        ("handover", "h-1", entity(floor.handovers.shift_meant(), "open", item)),
        *(("alert", f"x-{n}", each) for n, each in enumerate(about)),
    )
    before = len(floor.outbox.items())
    async with handover_of(floor) as (pilot, screen):
        for _ in range(2):
            await pilot.press("home", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, AlertsScreen))
            alerts = on_top(pilot, AlertsScreen)
            await until(pilot, lambda alerts=alerts: alerts.table.cursor_id == "x-3")
            await at_rest(pilot)
            assert (alerts.table.cursor_id, len(floor.outbox.items())) == ("x-3", before)
            await pilot.press("/", *"no such words", "enter", "7")
            await until(pilot, lambda: pilot.app.screen is screen)
            await at_rest(pilot)


async def test_enter_on_the_item_of_an_alert_that_is_not_there_says_so(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    item = HandoverItem(id="i", text="跟进", done=False, ref=Ref("alert", "none"))
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "open", item)))
    async with handover_of(floor) as (pilot, _screen):
        await pilot.press("home", "enter")
        await until(pilot, lambda: told(pilot, "该预警已不在数据中"))
        assert isinstance(pilot.app.screen, AlertsScreen)


async def test_n_and_the_text_write_about_the_row_under_the_cursor_on_every_screen(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path, orders=24)
    seat = Seat(number="01", zone="A区", kind="general", state="ready", since=NOW, skills=("q-12345",))
    feed.send(("seat", "s-01", seat))
    app = CockpitApp(floor)
    async with piloted(app, size=(120, 36)) as pilot:
        for key in ("1", "3", "4", "2"):
            await pilot.press(key)
            await at_rest(pilot)
            await pilot.press("n")
            await at_rest(pilot)
            await pilot.press(*f"on {key}", "enter")
            await until(pilot, lambda: len(app.screen_stack) == 1)
        refs = [data.get("ref", {}).get("kind") for _, data in of_handovers(floor)]
        assert refs == ["seat", "order", "alert", None]
    floor.close()


async def test_the_floor_says_which_handovers_lack_a_signature(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    feed.send(("handover", "h-0", entity(rules.before(rules.shift_at(floor.now())), "given", given_by="p-2001")))
    for size in ((120, 36), (80, 24)):
        async with piloted(CockpitApp(floor), size=size) as pilot:
            await until(pilot, lambda: "交接未签 1" in text(pilot.app))


@pytest.mark.parametrize(("size", "lang"), IN_TURN)
async def test_every_size_and_language(tmp_path: Path, size: tuple[int, int], lang: str) -> None:
    floor, _ = filled_floor(tmp_path, orders=24, language=lang)
    async with handover_of(floor, size) as (pilot, _):
        seen = text(pilot.app)
        for words in {"zh-CN": ("话务", "15秒", "未签字", "预警"), "en": ("Calls", "SL 15 s", "not signed", "alert")}[
            lang
        ]:
            assert words in seen, words
    floor.close()


async def test_hostile_text_stays_text_and_a_number_is_masked_that_no_person_wrote(tmp_path: Path) -> None:
    floor = open_floor(tmp_path)
    feed = Feed(floor)
    words = [*HOSTILE, "值班 13987654321"]
    notes = (HandoverItem(id=f"i-{n}", text=each or "-", done=False) for n, each in enumerate(words))
    items = (*notes, HandoverItem(id="carried-x", text="回电13812345678", done=False))
    shift = floor.handovers.shift_meant()
    name = Person(employee_no="1", name=HOSTILE[-1] or "x", post="agent", education="bachelor", hired_on=NOW.date())
    feed.send(
        ("person", "p-x", name),
        (
            "handover",
            "h",
            entity(
                shift, "given", *items, given_by="p-x", given_at=NOW - timedelta(minutes=1), summary="\n".join(HOSTILE)
            ),
        ),
    )
    async with handover_of(floor, (120, 60)) as (pilot, screen):
        for n in range(len(items)):
            await screen.table.go_to(n)
            await pilot.pause()
            seen = text(pilot.app)
            assert not controls(seen)
            assert not links(pilot.app)
        assert "13987654321" in seen, "staff wrote it for staff"
        assert "13812345678" not in seen
        assert "138****5678" in seen
    floor.close()


async def test_keys_on_an_empty_floor_do_no_harm(tmp_path: Path) -> None:
    floor = open_floor(tmp_path, roles=("viewer",))
    async with handover_of(floor) as (pilot, screen):
        for key in ("x", "g", "t", "T", "w", "n", "enter", "y", "v", "escape", "[", "]", "7"):
            await pilot.press(key)
            await at_rest(pilot)
            if pilot.app.screen is not screen:
                await pilot.press("escape")
                await at_rest(pilot)
        assert not acts(floor)
    floor.close()


async def test_a_signature_is_withdrawn_by_key_and_a_late_note_goes_to_the_next_shift(
    filled: tuple[Floor, Feed],
) -> None:
    floor, _ = filled
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("W")
        await until(pilot, lambda: told(pilot, "还没有交班"))
        await give(pilot)
        await until(pilot, lambda: screen.view is not None and screen.view.state == "given")
        await pilot.press("n")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        await pilot.press(*"late", "enter")
        await until(pilot, lambda: told(pilot, "写入"))
        note = of_handovers(floor)[-1]
        assert note[1]["text"] == "late"
        await until(pilot, lambda: pilot.app.screen is screen)
        await pilot.press("W")
        await until(pilot, lambda: isinstance(pilot.app.screen, AskText))
        await pilot.press(*"wrong", "enter")
        await until(pilot, lambda: screen.view is not None and screen.view.state == "open")


async def test_the_second_persons_dialog_says_what_is_missing_and_lets_a_wrong_number_be_mended(
    filled: tuple[Floor, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    floor, feed = filled
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "given", given_by="p-1001", given_at=NOW)))
    tried: list[tuple[str, str]] = []

    def sign(number: str, password: str, _shift: object) -> None:
        tried.append((number, password))
        raise RefusedError("error.second_person_unknown")

    monkeypatch.setattr(floor.signing, "take_as", sign)
    async with handover_of(floor, (120, 36)) as (pilot, screen):
        for _ in range(2):  # what the first use left behind would trap the second
            tried.clear()
            await pilot.press("t")
            await until(pilot, lambda: isinstance(pilot.app.screen, SecondPerson))
            dialog = pilot.app.screen
            box = dialog.query_one(".dialog").region
            assert box.x > 10, "it stands in the middle"
            assert box.y > 3
            await pilot.press("enter", "enter")
            await until(pilot, lambda: "请输入工号" in text(pilot.app))
            await pilot.press(*"1004", "enter", "enter")
            await until(pilot, lambda: "请输入密码" in text(pilot.app))
            assert not tried
            await pilot.press(*"wrong", "enter")
            await until(pilot, lambda: "工号或密码不对" in text(pilot.app))
            await pilot.press("up", "backspace", "3", "down", *"secret", "enter")
            await until(pilot, lambda: len(tried) == 2)
            assert tried == [("1004", "wrong"), ("1003", "secret")]
            await at_rest(pilot)
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is screen)


async def test_who_takes_a_shift_is_told_that_its_signature_was_withdrawn(filled: tuple[Floor, Feed]) -> None:
    floor, feed = filled
    feed.send(("handover", "h-1", entity(floor.handovers.shift_meant(), "given", given_by="p-1001", given_at=NOW)))
    floor.signing.withdraw(reason="signed too early")
    async with handover_of(floor, (120, 36)) as (pilot, screen):
        await until(pilot, lambda: screen.view is not None and "too early" in screen.view.withdrawn)
        await pilot.press("t")
        await until(pilot, lambda: isinstance(pilot.app.screen, SecondPerson))
        await until(pilot, lambda: "too early" in "".join(line for line in dialog_text(pilot)))


def dialog_text(pilot: CockpitPilot) -> list[str]:
    """Return the lines of the dialog on top."""
    return [str(each.visual) for each in pilot.app.screen.query(Static)]


async def test_the_question_before_signing_says_that_the_signature_can_be_withdrawn(
    filled: tuple[Floor, Feed],
) -> None:
    floor, _ = filled
    async with handover_of(floor) as (pilot, _):
        await pilot.press("g")
        await until(pilot, lambda: isinstance(pilot.app.screen, (AskText, Confirm)))
        if isinstance(pilot.app.screen, AskText):
            await pilot.press(*"early", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, Confirm))
        shown = text(pilot.app)
        assert "接班前可以用 W 撤回" in shown
        assert "签字后不能再改" not in shown


async def test_an_item_that_goes_by_itself_stays_under_the_cursor_and_no_neighbour_is_ticked(
    filled: tuple[Floor, Feed], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "HOLD_SECONDS", 0.0)
    floor, feed = filled
    async with handover_of(floor, (120, 36)) as (pilot, screen):
        assert screen.view is not None
        gone = next(item for item in screen.view.items if item.why == "ladder")
        assert gone.ref is not None
        await screen.table.go_to([row.id for row in loaded(screen.table)].index(gone.id))
        feed.send(("alert", gone.ref.id, None))
        await until(pilot, lambda: screen.table.gone_id == gone.id)
        for key in ("x", "enter"):
            await pilot.press(key)
            await at_rest(pilot)
            assert pilot.app.screen is screen
        assert told(pilot, "此行已不在列表中")
        assert of_handovers(floor) == []


async def test_y_copies_the_whole_handover_as_text(filled: tuple[Floor, Feed]) -> None:
    floor, _ = filled
    async with handover_of(floor) as (pilot, screen):
        await pilot.press("y")
        await until(pilot, lambda: told(pilot, "已送出"))
        assert screen.view is not None
        assert shift_words(screen.view.shift) in pilot.app.clipboard
        assert all(item.words in pilot.app.clipboard for item in screen.view.items)
