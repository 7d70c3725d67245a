"""Private parts of Textual are used in one module only, and still work as it needs."""

import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from contextlib import suppress
from functools import cache

from rich.console import RenderableType
from rich.text import Text
from textual.app import App
from textual.events import Key
from textual.filter import Monochrome
from textual.geometry import Size
from textual.screen import Screen

import floorctl.screens
import floorctl.tty
import floorctl.widgets
from floorctl.screens.shell import full_width
from floorctl.screens.shell.uncoloured import Uncoloured
from floorctl.tty import textual_internals
from floorctl.tty.textual_internals import HookedApp, HookedScreen, key_of

#: Each private name of Textual that is used, by where: none more, and none that Textual has no more.
USED = {
    "HookedApp": {
        "_clipboard", "_close_messages_no_wait", "_display", "_exception", "_exit", "_exit_renderables", "_fatal_error",
        "_filters", "_flush_next_callbacks", "_handle_exception", "_modes", "_notifications", "_screen_stacks",
        "_unnotify",
    },
    "HookedScreen": {
        "_bindings", "_compositor", "_compositor_refresh", "_css_update_count", "_layout_required", "_repaint_required",
        "_screen_resized", "_update_auto_focus",
    },
    "NarrowCompositor": {"_dirty_regions", "_get_renders", "_render_chops"},
    "TerminalDriver": {
        "_app", "_auto_restart", "_disable_line_wrap", "_enable_bracketed_paste", "_enable_in_band_window_resize",
        "_enable_mouse_pixels", "_enable_mouse_support", "_file", "_in_band_window_resize", "_key_thread", "_loop",
        "_mouse_pixels", "_must_signal_resume", "_sigcont_application", "_sigtstp_application", "_writer_thread",
    },
}  # fmt: skip


@cache
def private_of(base: type) -> frozenset[str]:
    """Return the private names that a class of Textual defines or assigns."""
    assigned = re.findall(r"self\.(_[a-z]\w*)\b(?:\s*:[^=\n]+)?\s*=[^=]", inspect.getsource(base))
    return frozenset({name for name in vars(base) if re.match("_[a-z]", name)}.union(assigned))


def private_to_textual(of: type) -> set[str]:
    """Return the private names of the Textual classes that ``of`` inherits."""
    return set().union(*(private_of(base) for base in of.__mro__ if base.__module__.partition(".")[0] == "textual"))


def classes() -> Iterator[type]:
    for package in (floorctl.screens, floorctl.widgets, floorctl.tty):
        for found in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
            module = importlib.import_module(found.name)
            yield from (
                each for each in vars(module).values() if inspect.isclass(each) and each.__module__ == module.__name__
            )


def test_what_textual_keeps_private_is_used_where_it_is_listed_and_is_still_there() -> None:
    used: dict[str, set[str]] = {}
    for each in classes():
        source = inspect.getsource(each)
        names = set(re.findall(r"(?:self|super\(\)|app|screen|event)\.(_[a-z]\w*)", source))
        names |= set(re.findall(r"def (_[a-z]\w*)", source))
        if theirs := names & private_to_textual(each):
            used[each.__name__] = theirs
    assert used == USED


def test_private_modules_of_textual_are_imported_here_alone() -> None:
    private = re.compile(r"^from textual[\w.]*\._|^from textual.* import .*\b_", re.MULTILINE)
    modules = {inspect.getmodule(each) for each in classes()} | {full_width}
    assert [each for each in modules if each and private.search(inspect.getsource(each))] == [textual_internals]


def test_no_hook_hides_anything_of_textuals() -> None:
    for hooked, base in ((HookedApp, App), (HookedScreen, Screen)):
        ours = {name for name, each in vars(hooked).items() if callable(each) or isinstance(each, property)}
        assert [name for name in ours if not name.startswith("_") and hasattr(base, name)] == []


class Watched(HookedApp):
    """An app that records the calls of its hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn = 0
        self.errors: list[Exception] = []

    def draw(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        self.drawn += 1
        super().draw(screen, renderable)

    def handle_error(self, error: Exception) -> None:
        self.errors.append(error)


class WatchedScreen(HookedScreen[None]):
    """A screen that records the calls of its hooks."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[Size] = []
        self.changes = self.focuses = 0

    def take_size(self, size: Size) -> None:
        self.sizes.append(size)
        super().take_size(size)

    def draw_changes(self) -> None:
        self.changes += 1
        super().draw_changes()

    def choose_focus(self) -> None:
        self.focuses += 1
        super().choose_focus()


async def test_pictures_sizes_and_focus_go_through_the_hooks() -> None:
    app = Watched()
    async with app.run_test(size=(40, 10)) as pilot:
        await app.push_screen(screen := WatchedScreen())
        await pilot.pause()
        assert app.drawn
        assert screen.focuses
        assert screen.sizes[-1] == Size(40, 10)
        screen.changes = 0
        screen.refresh()
        await pilot.pause()
        assert screen.changes


async def test_an_app_knows_its_screens_its_modes_and_that_it_leaves() -> None:
    app = Watched()
    async with app.run_test() as pilot:
        first = app.screen
        assert app.stacks[app.current_mode] == [first]
        app.add_mode("other", WatchedScreen)
        assert app.has_mode("other")
        assert not app.has_mode("none")
        app.switch_mode("other")
        await pilot.pause()
        assert [type(each) for each in app.stacks["other"]] == [WatchedScreen]
        assert not app.is_leaving
        app.exit(0)
        assert app.is_leaving


async def test_what_was_copied_is_forgotten_and_toasts_are_withdrawn() -> None:
    app = Watched()
    async with app.run_test(notifications=True) as pilot:
        app.copy_to_clipboard("text")
        assert app.clipboard == "text"
        app.forget_clipboard()
        assert app.clipboard == ""
        app.notify("one")
        app.notify("two")
        await pilot.pause()
        app.withdraw_toasts("one")
        app.notify("three")
        await pilot.pause()
        toasts = " ".join(str(each.render()) for each in app.screen.query("Toast"))
        assert "one" not in toasts
        assert "two" in toasts


async def test_a_filter_takes_the_place_of_another() -> None:
    app = Watched()
    app.replace_filters(Uncoloured, Monochrome())
    app.replace_filters(Monochrome, Uncoloured())
    async with app.run_test():
        assert Uncoloured in {type(each) for each in app.get_line_filters()}
        assert Monochrome not in {type(each) for each in app.get_line_filters()}


async def test_an_error_goes_through_the_hook_and_an_app_ends_with_the_first_words_alone() -> None:
    class Ending(Watched):
        said = False

        def handle_error(self, error: Exception) -> None:
            super().handle_error(error)
            HookedApp.handle_error(self, error)

        def report_error(self) -> None:
            self.said = True
            self.end_with(Text("first"))
            self.end_with(Text("second"))

        def on_mount(self) -> None:
            raise ValueError

    app = Ending()
    with suppress(ValueError):
        async with app.run_test() as pilot:
            await pilot.pause()
    assert app.said
    assert isinstance(app.error, ValueError)
    assert [type(error) for error in app.errors] == [ValueError]


async def test_a_screen_knows_its_actions_and_how_it_is_drawn() -> None:
    app = Watched()
    async with app.run_test() as pilot:
        await app.push_screen(screen := WatchedScreen())
        await pilot.pause()
        assert "app.focus_next" in screen.bound_actions or "focus_next" in {
            each.rpartition(".")[2] for each in screen.bound_actions
        }
        assert not screen.is_to_be_drawn_whole
        screen.refresh(layout=True)
        assert screen.is_to_be_drawn_whole


def test_a_character_is_the_key_that_types_it() -> None:
    assert isinstance(key_of("?"), Key)
    assert [key_of(each).key for each in "?a/"] == ["question_mark", "a", "slash"]
