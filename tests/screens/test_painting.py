"""After a layer over others is gone, the terminal shows what a full repaint would; nothing on top is cut."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.segment import Segment
from rich.style import Style
from textual.app import App, ComposeResult
from textual.geometry import Offset
from textual.strip import Strip
from textual.widget import Widget

from floorctl.config import Alerts, Duration
from floorctl.floor.floor import Floor
from floorctl.screens.shell.dialogs import AskText, Confirm
from floorctl.screens.shell.sign_in import SignIn
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.one_size import OneSize
from floorctl.widgets.painted import Line, Painted
from tests.scope import FULL, one_in
from tests.screen_equality import Display
from tests.screens.floor_stage import StageOf
from tests.screens.looking import SIZES, cockpit, press, until
from tests.screens.on_terminal import HUSH, TALK, on_terminal, paint
from tests.screens.whole_floor import whole_floor
from tests.still_time import still_time
from tests.xterm_screen import Cells, differing_lines

#: One cell apart, so that each falls on the halves of what the other lay beside.
TOASTS = ("您的角色不能确认预警，请班长来确认", "a您的角色不能确认预警，请班长来确认")


@pytest.mark.parametrize("size", one_in(2, SIZES[:2]))
async def test_a_toast_comes_and_goes_and_leaves_nothing_behind(floor: Floor, size: tuple[int, int]) -> None:
    async with cockpit(floor, size, notifications=True) as pilot:
        display = Display(pilot)
        for screen in "1234567s":
            await press(pilot, screen)
            await display.check(f"going to {screen}")
            for text in TOASTS:
                pilot.app.say(text)
                await until(pilot, lambda: pilot.app.screen.query("Toast"))
                await display.check(f"saying {text} on {screen}")
                assert text in display.text(), screen
                pilot.app.clear_notifications()
                await until(pilot, lambda: not pilot.app.screen.query("Toast"))
                await display.check(f"{text} is gone on {screen}")


#: What is opened over a screen, and whether by the last of the keys; not the line to filter by.
OPENED = ("1?", "1/一", "3?", "4?", "5?", "6?", "7?", "s?", "3n", "3u", "3 r", "4a", "1c", "1k")


@pytest.mark.parametrize(
    ("language", "size", "opened"),
    [("zh-CN", SIZES[0], one_in(2, OPENED)), ("en", SIZES[1], OPENED if FULL else OPENED[1::2])],
)
async def test_what_opens_over_a_screen_leaves_nothing_behind(
    tmp_path: Path, size: tuple[int, int], language: str, opened: Sequence[str]
) -> None:
    floor = whole_floor(tmp_path, language)
    try:
        async with cockpit(floor, size, notifications=True) as pilot:
            display = Display(pilot)
            for keys in opened:
                for key in keys:
                    await press(pilot, [key])
                    await display.check(f"{keys}, {key}")
                pilot.app.say(TOASTS[0])
                await display.check(f"{keys}, a toast over it")
                for key in ("escape", "escape", "1"):
                    await press(pilot, [key])
                    await display.check(f"{keys}, {key}")
                assert len(pilot.app.screen_stack) == 1, keys
                pilot.app.clear_notifications()
    finally:
        floor.close()


@pytest.mark.parametrize("size", one_in(2, SIZES[:2]))
async def test_the_floor_goes_on_beneath_what_lies_over_it(stage_of: StageOf, size: tuple[int, int]) -> None:
    stage = stage_of(alerts=Alerts(critical_full_screen_after=Duration("12h")))
    async with cockpit(stage.floor, size, notifications=True) as pilot:
        display = Display(pilot)
        options = [Option(str(n), f"第{n}队 王小明") for n in range(12)]
        for dialog in (
            Confirm("取消一组 11 人未来 60 分钟内的 3 段小休？"),
            AskText("电话通知部门：备注"),
            Pick("停哪一组的小休？", options),
            Pick("停？", options, several=True),
            SignIn(locked=True),
        ):
            pilot.app.push_screen(dialog)
            await display.check(f"{dialog} opens")
            for n, text in enumerate(TOASTS):
                pilot.app.notify(text)
                stage.go(seconds=37)
                for seat in range(1, 30, 2):
                    stage.change(("seat", f"s-{seat:02}"), state=("talking", "wrap_up", "break")[(seat + n) % 3])
                stage.feed()
                await pilot.pause(1.1)  # the next second, in which times in state go on
                await display.check(f"seats change beneath {dialog}")
                await press(pilot, "中")
                await display.check(f"typed over {dialog}")
            pilot.app.clear_notifications()
            await display.check(f"no toast over {dialog}")
            pilot.app.pop_screen()
            await display.check(f"{dialog} is closed")
            pilot.app.notify(TOASTS[0])
            for each in (SIZES[0], (97, 30), size):
                await pilot.resize_terminal(*each)
                await display.check(f"{each} after {dialog}")


class Mixed(Painted):
    """A widget with a line for each of ``texts``."""

    DEFAULT_CSS = "Mixed { width: 1fr; height: 100%; }"

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.texts = list(texts)

    def picture(self, width: int, height: int) -> list[Line]:
        return [[Segment(part) for part in text.split("|")] for text in self.texts]


class Over(Widget):
    """A widget that lies over the others."""

    DEFAULT_CSS = "Over { position: absolute; visibility: visible; }"

    def __init__(self, text: str, place: tuple[int, int, int, int]) -> None:
        super().__init__()
        self.text = text
        self.move(place)

    def move(self, place: tuple[int, int, int, int]) -> None:
        x, y, width, height = place
        self.styles.offset = Offset(x, y)
        self.styles.width, self.styles.height = width, height

    def render_line(self, y: int) -> Strip:
        return Strip([Segment(self.text * 40, Style(bold=True))]).adjust_cell_length(self.size.width)


class Rack(Widget):
    """A container of overlays, like that of Textual's toasts: the screen gets no event when one is removed."""


class Layers(OneSize[None]):
    DEFAULT_CSS = """
    Layers { layers: base over; layout: horizontal; }
    Rack { layer: over; position: absolute; width: 100%; height: 100%; visibility: hidden; }
    """

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.texts = texts

    def compose(self) -> ComposeResult:
        yield Mixed(self.texts)
        yield Mixed(self.texts[::-1])
        yield Rack()


class LayersApp(App[None]):
    TITLE = "layers"

    def __init__(self, texts: Sequence[str]) -> None:
        super().__init__()
        self.animation_level = "none"
        self.texts = texts

    def get_default_screen(self) -> Layers:
        return Layers(self.texts)


WIDTH, HEIGHT = 24, 5
TEXTS = st.text("已签收预警ab1 ●▲|", max_size=30)
PLACES = st.tuples(st.integers(0, WIDTH - 2), st.integers(0, HEIGHT - 1), st.integers(1, 12), st.integers(1, 4))
STEPS = st.one_of(
    st.tuples(st.just("over"), st.text("角色ab", min_size=1, max_size=3), PLACES),
    st.tuples(st.just("gone"), st.integers(0, 5)),
    st.tuples(st.just("moved"), st.integers(0, 5), PLACES),
    st.tuples(st.just("text"), st.integers(0, HEIGHT - 1), TEXTS),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(TEXTS, min_size=HEIGHT, max_size=HEIGHT), st.lists(STEPS, min_size=2, max_size=8))
def test_layers_at_random_over_lines_of_mixed_widths_show_what_a_full_repaint_would(
    texts: list[str], steps: list[Any]
) -> None:
    async def run() -> None:
        app = LayersApp(texts)
        async with app.run_test(size=(WIDTH, HEIGHT)) as pilot:
            display = Display(pilot)
            for step in steps:
                over = list(app.screen.query(Over))
                match step:
                    case ("over", text, place):
                        await app.screen.query_one(Rack).mount(Over(text, place))
                    case ("gone", n) if over:
                        await over[n % len(over)].remove()
                    case ("moved", n, place) if over:
                        over[n % len(over)].move(place)
                    case ("text", row, text):
                        mixed = app.screen.query(Mixed)[row % 2]
                        mixed.texts[row] = text
                        mixed.repaint()
                await display.check(str(step))
                topmost = list(app.screen.query(Over))[-1:]
                for widget in topmost:  # what lies on top is whole
                    x, y, width, height = widget.region.intersection(app.screen.region)
                    wanted = Strip([Segment(widget.text * 40)]).adjust_cell_length(widget.size.width).text
                    shown = "".join(cell.data for cell in display.screen.cells()[y][x : x + width]) if height else ""
                    assert not height or widget.size.width != width or shown == wanted

    with still_time() as loop:
        loop.run_until_complete(run())


def test_on_a_real_terminal_too(tmp_path: Path) -> None:
    toast, dialog = TOASTS[1], "╭"
    with on_terminal(tmp_path, "--language", "zh-CN", "--say", toast) as terminal:

        def painted(there: Sequence[str] = (), gone: Sequence[str] = ()) -> Cells:
            """Return the terminal once it shows the expected picture in full: it may have been read too early."""
            terminal.wait_for(
                lambda text: all(each in text for each in there) and not any(each in text for each in gone)
            )
            paint(terminal)
            return terminal.cells()

        for columns, rows in SIZES[:2]:
            terminal.resize(columns, rows)
            painted()
            for key, there, gone in (
                (TALK, [toast], []),
                (HUSH, [], [toast]),
                (TALK, [toast], []),
                ("?", [toast, dialog], []),
                ("escape", [toast], [dialog]),
                (HUSH, [], [toast]),
                ("?", [dialog], [toast]),
                ("escape", [], [dialog]),
            ):
                terminal.press(key, pause=0)
                shown = painted(there, gone)
                # What is there after the terminal had another size for a moment has been painted anew.
                terminal.resize(columns - 2, rows)
                painted()
                terminal.resize(columns, rows)
                differing = differing_lines(shown, painted(there, gone))
                assert not differing, "\n".join([f"{columns} × {rows}, {key!r}: {there}, not {gone}", *differing])
