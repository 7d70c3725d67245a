"""The documents tell of the program as it is: every key, every link, every picture, the platform's options."""

import re
import subprocess
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pyte
import pytest
import yaml
from textual.binding import Binding, BindingType

from floorctl.cli import app
from floorctl.models.floor import SEAT_STATES
from floorctl.rules.commands.roles import ALL_ROLES, allowed
from floorctl.screens.alerts.screen import AlertsScreen
from floorctl.screens.app import CockpitApp
from floorctl.screens.assessment.facts import Explain, FactForm, FactPanel
from floorctl.screens.assessment.screen import AssessmentScreen
from floorctl.screens.coach.cockpit import CoachedCockpit
from floorctl.screens.coach.page import ResultsPage
from floorctl.screens.demonstration.accounts import Accounts
from floorctl.screens.demonstration.cockpit import DemoCockpit
from floorctl.screens.floor.breaks import AskBreaks
from floorctl.screens.floor.moved_seats import MovedSeats
from floorctl.screens.floor.screen import FloorScreen
from floorctl.screens.floor.seat import SeatPanel
from floorctl.screens.floor.seat_plan import SeatPlan
from floorctl.screens.handover.screen import HandoverScreen
from floorctl.screens.handover.second_person import SecondPerson
from floorctl.screens.orders.departments import DepartmentsScreen
from floorctl.screens.orders.hot_spots import HotSpotsScreen
from floorctl.screens.orders.missed_calls import MissedCallsScreen
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.orders.sibling_screen import SiblingScreen
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.quality.screen import QualityScreen
from floorctl.screens.queues.screen import QueuesScreen
from floorctl.screens.shell.alarm import Alarm
from floorctl.screens.shell.dialogs import AskText, Choose, Confirm
from floorctl.screens.shell.escalation import EscalationDialog
from floorctl.screens.shell.help import Help
from floorctl.screens.shell.long_text import LongText
from floorctl.screens.shell.palette import Palette
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.screens.shell.sign_in import SignIn
from floorctl.screens.sync.conflict import Decide
from floorctl.screens.sync.screen import SyncScreen
from floorctl.screens.sync.trail import Trail
from floorctl.simulator.http.accounts import accounts
from floorctl.simulator.http.app import MOST_STREAMS
from floorctl.simulator.http.sessions import FREE_TRIES, SESSION_SECONDS
from floorctl.simulator.http.stream import BEAT_SECONDS
from floorctl.simulator.scenarios import SCENARIOS
from floorctl.simulator.store.feed_page import PAGE_BYTES
from floorctl.simulator.store.store import OUTCOMES_KEPT, TOMBSTONES_KEPT
from floorctl.simulator.world.world import CATCH_UP
from floorctl.sync.platform.wire import MAX_COMMAND_BYTES
from floorctl.widgets.ask import Pick
from floorctl.widgets.pane import Pane
from floorctl.widgets.table import PlainTable
from tests.catalogues import texts
from tests.sources import ROOT, files
from tests.xterm_screen import XtermScreen
from tools.animated_svg import Frame, animated
from tools.docs_site.pages import lay_out, sources
from tools.moving_picture import LARGEST, WORDS
from tools.screenshots import SCENES

COCKPIT_PAGES = ("docs/cockpit.md", "docs/cockpit.zh-CN.md")
PLATFORM_PAGES = ("docs/platform.md", "docs/platform.zh-CN.md")

#: Table of keys (as its comment names it) → those whose bindings it tells of.
TABLES: dict[str, tuple[type, ...]] = {
    "everywhere": (CockpitScreen, CockpitApp),
    "lists": (PlainTable, SeatPlan, Pane),
    "floor": (FloorScreen,),
    "moved": (MovedSeats,),
    "seat": (SeatPanel,),
    "breaks": (AskBreaks,),
    "queues": (QueuesScreen,),
    "orders": (OrdersScreen,),
    "siblings": (SiblingScreen,),
    "hot-spots": (HotSpotsScreen,),
    "missed-calls": (MissedCallsScreen,),
    "departments": (DepartmentsScreen,),
    "alerts": (AlertsScreen,),
    "ladder": (EscalationDialog,),
    "alarm": (Alarm,),
    "quality": (QualityScreen,),
    "scoring": (ScoringScreen,),
    "assessment": (AssessmentScreen,),
    "fact": (FactForm,),
    "panel": (FactPanel, Explain),
    "handover": (HandoverScreen,),
    "second-person": (SecondPerson,),
    "sync": (SyncScreen,),
    "decide": (Decide,),
    "trail": (Trail,),
    "sign-in": (SignIn,),
    "help": (Help,),
    "palette": (Palette,),
    "demonstration": (DemoCockpit, Accounts),
    "coach": (CoachedCockpit, ResultsPage),
    "questions": (Confirm, AskText, Choose, Pick),
    "long-text": (LongText,),
}
_NAMES = {
    "slash": "/", "question_mark": "?", "escape": "Esc", "enter": "Enter", "space": "Space", "tab": "Tab",
    "shift+tab": "Shift+Tab", "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End", "up": "↑",
    "down": "↓", "left": "←", "right": "→", "backspace": "Backspace", "delete": "Delete", "full_stop": ".",
    "plus": "+", "equals_sign": "=", "minus": "-", "exclamation_mark": "!", "fullwidth_exclamation_mark": "！",
    "left_square_bracket": "[", "right_square_bracket": "]", "f1": "F1", "f2": "F2",
    "f3": "F3", "f4": "F4", "f8": "F8", "f9": "F9",
}  # fmt: skip
_CHINESE = {"空格": "Space"}


def _written(key: str) -> str:
    """A binding's key as the documents write it."""
    if key.startswith("ctrl+"):
        return "Ctrl+" + key.removeprefix("ctrl+").upper()
    return _NAMES.get(key, key)


def _bound(of: Iterable[type]) -> set[str]:
    bindings: list[BindingType] = [each for cls in of for each in cls.__dict__["BINDINGS"]]
    return {
        _written(key) for each in bindings if isinstance(each, Binding) for key in each.key.replace(" ", "").split(",")
    }


def _told(page: str) -> dict[str, list[str]]:
    """Table of keys → the keys in its first column."""
    found = {}
    text = (ROOT / page).read_text("utf-8")
    for name, table in re.findall(r"<!-- keys: ([a-z-]+) -->\n((?:\|.*\n)+)", text):
        keys: list[str] = []
        for row in table.splitlines()[2:]:
            first = row.split("|")[1]
            for begin, end in re.findall(r"`(\w)`–`(\w)`", first):
                keys += [chr(key) for key in range(ord(begin), ord(end) + 1)]
            alone = re.sub(r"`\w`–`\w`", "", first)
            keys += [_CHINESE.get(key, key) for key in re.findall(r"`([^`]+)`", alone)]
        found[name] = keys
    return found


@pytest.mark.parametrize("page", COCKPIT_PAGES)
def test_every_table_of_keys_is_there(page: str) -> None:
    assert _told(page).keys() == TABLES.keys()


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("page", COCKPIT_PAGES)
def test_every_key_that_is_bound_is_documented_and_every_documented_key_is_bound(page: str, table: str) -> None:
    told = _told(page)[table]
    assert len(told) == len(set(told))
    assert set(told) == _bound(TABLES[table])


def test_everything_with_keys_is_in_a_table() -> None:
    told = {cls.__name__ for classes in TABLES.values() for cls in classes}
    bound = set()
    for folder in ("screens", "widgets"):
        for path in (ROOT / "floorctl" / folder).rglob("*.py"):
            for part in re.split(r"^class ", path.read_text("utf-8"), flags=re.MULTILINE)[1:]:
                if re.search(r"^    BINDINGS: .*=", part, flags=re.MULTILINE):
                    bound.add(part.partition("(")[0])
    assert bound == told | {"WallDisplay"}, "the wall has the keys of the cockpit, without those that act"


def test_what_a_key_does_begins_with_a_capital_in_english() -> None:
    english = texts("en")
    classes = (cls for classes in TABLES.values() for cls in classes)
    bindings: list[BindingType] = [each for cls in classes for each in cls.__dict__.get("BINDINGS", ())]
    said = {each.description for each in bindings if isinstance(each, Binding) and each.description in english}
    assert len(said) > 100
    assert [english[key] for key in sorted(said) if not english[key][0].isupper()] == []


_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_IN_LINE = re.compile(r"(!?)\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^)\s>]+)>?(?: \"[^\"]*\")?\)")
_BY_NAME = re.compile(r"^ *\[[^\]]+\]: +(\S+)", re.MULTILINE)
_AS_HTML = re.compile(r"<(a|img|image|source)\b[^>]*?\b(?:href|src)=\"([^\"]+)\"")


@cache
def _prose(path: Path) -> str:
    """A page without its examples of code, in which nothing is a link or a heading."""
    return _FENCE.sub("", path.read_text("utf-8"))


def _links(page: str) -> Iterator[tuple[bool, str]]:
    """(whether it is a picture, target) of every link that stays in the project, however it is written."""
    text = re.sub(r"`[^`\n]+`", "", _prose(ROOT / page))
    found = [(bool(mark), target) for mark, target in _IN_LINE.findall(text)]
    found += [(False, target) for target in _BY_NAME.findall(text)]
    found += [(element != "a", target) for element, target in _AS_HTML.findall(text)]
    for picture, target in found:
        if not re.match(r"[a-z]+:", target):
            yield picture, unquote(target)


@cache
def _anchors(path: Path) -> set[str]:
    """What the headings of a page can be reached by; of two with the same words the second ends in ``-1``."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ +(.+?) *$", _prose(path), re.MULTILINE):
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        again = (f"{name}-{number}" for number in count(1) if f"{name}-{number}" not in found)
        found.add(next(again) if name in found else name)
    return found


@pytest.mark.parametrize("page", [str(path.relative_to(ROOT)) for path in files(".md")])
def test_every_link_leads_somewhere_and_every_picture_is_a_drawing(page: str) -> None:
    broken = []
    for picture, link in _links(page):
        target, _, heading = link.partition("#")
        file = (ROOT / page).parent / target if target else ROOT / page
        there = file.exists() and (not heading or heading in _anchors(file))
        if not there or (picture and file.suffix != ".svg"):
            broken.append(link)
    assert broken == []


def test_the_index_has_every_document() -> None:
    told = {target for _, target in _links("docs/README.md")}
    assert {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"} <= told


# -- the site


def _pairs(name: str, pages: str | list[dict[str, str]]) -> Iterator[tuple[str, str]]:
    """(title, page) of one entry: a page, or a heading with its pages."""
    if isinstance(pages, str):
        yield name, pages
    else:
        for each in pages:
            yield from each.items()


def _contents(settings: str) -> dict[str, str]:
    """Page of the site → what it is called in the list of pages."""
    found: dict[str, str] = {}
    # Its one tag names the function that makes anchors of headings, which is not wanted here.
    text = re.sub(r"!!python/\S+", "", (ROOT / settings).read_text("utf-8"))
    for entry in yaml.safe_load(text)["nav"]:
        for name, pages in entry.items():
            for title, page in _pairs(name, pages):
                found[page] = title
    return found


def test_the_site_lists_the_same_pages_in_both_languages_and_leaves_none_out() -> None:
    english, chinese = _contents("mkdocs.yml"), _contents("mkdocs.zh-CN.yml")
    assert list(english) == list(chinese)
    assert set(english) == {f"{name}.md" for name in sources()}


def test_the_chinese_list_of_pages_says_which_are_in_english_only() -> None:
    chinese = _contents("mkdocs.zh-CN.yml")
    assert {page for page, title in chinese.items() if title.endswith("（英文）")} == {
        f"{name}.md" for name, by_language in sources().items() if "zh-CN" not in by_language
    }


def test_every_link_holds_where_the_site_puts_its_page(tmp_path: Path) -> None:
    lay_out(tmp_path)
    broken = []
    for path in tmp_path.rglob("*.md"):
        for _, link in _links(str(path)):
            target, _, heading = link.partition("#")
            # The other language is built apart from this one: its pages are known by what they will be.
            file = path.parent / re.sub(r"\.html$", ".md", target) if target else path
            if not file.exists() or (heading and heading not in _anchors(file)):
                broken.append(f"{path.relative_to(tmp_path)}: {link}")
    assert broken == []


def test_every_picture_of_a_screen_is_on_the_page_of_pictures() -> None:
    for page, language in (("docs/screens.md", "en"), ("docs/screens.zh-CN.md", "zh-CN")):
        told = [target for _, target in _links(page) if target.endswith(".svg")]
        taken = {
            f"screens/{path.name}"
            for path in (ROOT / "docs" / "screens").glob("*.svg")
            if f"-{language}" in path.name or path.name.startswith("large-floor")
        }
        assert len(told) == len(set(told))
        assert set(told) == taken


@pytest.mark.parametrize("language", list(WORDS))
def test_a_moving_picture_is_small_and_whole_and_needs_nothing_from_elsewhere(language: str) -> None:
    path = ROOT / "docs" / "screens" / f"first-minutes-{language}.svg"
    text = path.read_text("utf-8")
    assert path.stat().st_size <= LARGEST
    picture = ElementTree.fromstring(text)
    names = {each.get("id") for each in picture.iter() if each.get("id")}
    refers = {value for each in picture.iter() for key, value in each.attrib.items() if key.endswith("href")}
    assert len([each for each in picture.iter() if each.get("class") == "frame"]) >= 10
    assert refers == {f"#{name}" for name in names}
    assert re.findall(r"https?://[^\"]+|url\(|@import|<script", text) == ["http://www.w3.org/2000/svg"]


def test_a_moving_picture_holds_every_character_to_its_cells() -> None:
    screen = XtermScreen(12, 1)
    pyte.Stream(screen).feed("\x1b[31ma\u7f16\u53f71\x1b[0m  b")
    picture = animated([Frame(tuple(map(tuple, screen.cells())), 1, "")], "")
    placed = re.findall(r'<text class="[^"]+" x="(\d+)" y="\d+" textLength="(\d+)">([^<]+)<', picture)
    assert placed == [("0", "10", "a"), ("10", "40", "编号"), ("50", "10", "1")]
    assert ("80", "10", "b") in re.findall(r'<text x="(\d+)" y="\d+" textLength="(\d+)">([^<]+)<', picture)


def test_the_site_is_built_without_a_warning_and_fetches_nothing_from_elsewhere() -> None:
    pytest.importorskip("mkdocs", reason="`make docs` installs what the site is built with, and builds it")
    done = subprocess.run(
        [sys.executable, "-m", "tools.docs_site"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


# -- what the README tells


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readme_names_every_scenario_of_the_demonstration(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    assert [name for name in SCENARIOS if f"`{name}`" not in text] == []


@pytest.mark.parametrize(("page", "language"), [("README.md", "en"), ("README.zh-CN.md", "zh-CN")])
def test_the_readme_has_the_glyph_and_the_word_of_every_state_of_a_seat(page: str, language: str) -> None:
    text, words = (ROOT / page).read_text("utf-8"), texts(language)
    cells = {glyph: said.lower() for glyph, said in re.findall(r"`([^`])` ([^|]+) \|", text)}
    missing = [
        state
        for state in SEAT_STATES
        if words[f"term.seat_state.{state}"].lower() not in cells.get(words[f"term.seat_glyph.{state}"], "")
    ]
    assert missing == []


#: Row of the table of roles in the README, by a part of it → a command that it is about.
RIGHTS = {
    "move seats": "seat.skills", "review, dispatch": "order.urge", "handover": "handover.give",
    "mark faulty": "order.problem", "score samples": "inspection.submit", "dispute a score": "inspection.appeal",
    "decide disputes": "inspection.decide",
}  # fmt: skip


@pytest.mark.parametrize(("row", "kind"), RIGHTS.items())
def test_the_readme_gives_each_role_the_rights_that_it_has(row: str, kind: str) -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    cells = next(line.split("|")[2:6] for line in text.splitlines() if line.startswith(f"| {row}"))
    told = {role for role, cell in zip(ALL_ROLES, cells, strict=True) if cell.strip() == "yes"}
    assert told == {role for role in ALL_ROLES if allowed(kind, [role])}


# -- what the pages tell


@pytest.mark.parametrize(("page", "language"), [("docs/cockpit.md", "en"), ("docs/cockpit.zh-CN.md", "zh-CN")])
def test_every_scene_is_shown_in_the_language_of_the_page(page: str, language: str) -> None:
    pictures = {Path(target).name for picture, target in _links(page) if picture}
    scenes = {name.partition("-live-")[0].partition("-offline-")[0] for name in pictures}
    assert scenes == SCENES.keys() - {"results"}  # those stand in the inspectors' page
    assert all(name.endswith(f"-{language}-120x36.svg") for name in pictures)


@pytest.mark.parametrize("page", PLATFORM_PAGES)
def test_every_option_of_the_platform_is_told_with_its_default(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    told = dict(re.findall(r"^\| `(--[a-z-]+)[^`]*` \| ([^|]+) \|", text, flags=re.MULTILINE))
    top: Any = app.build()
    command = top.get_command(None, "platform").commands["serve"]
    general = {flag for each in top.params for flag in each.opts}
    options = {each.opts[0]: each.default for each in command.params if not set(each.opts) & general}
    assert told.keys() == options.keys()
    for flag, default in options.items():
        if isinstance(default, int | float) and not isinstance(default, bool):
            assert float(told[flag]) == default, flag


@pytest.mark.parametrize("page", PLATFORM_PAGES)
def test_every_account_of_the_platform_is_told_with_its_role(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    rows = re.findall(r"^\| (\d{4}(?:, \d{4})*) \| (\w+) \|", text, flags=re.MULTILINE)
    told = {number: (role,) for numbers, role in rows for number in numbers.split(", ")}
    assert told == {each.employee_no: each.roles for each in accounts(1)}


@pytest.mark.parametrize(
    ("page", "kept", "in_the_feed", "beats", "streams", "lasts"),
    [
        ("docs/platform.md", "kept {} days", "in the feed for {} days", "every {} s", "{:,} at once", "lasts {} hours"),
        ("docs/platform.zh-CN.md", "保留 {} 天", "在变更流里留 {} 天", "每 {} 秒", "{:,} 路", "登录有效 {} 小时"),
    ],
)
def test_the_limits_of_the_platform_are_told_as_they_are(
    page: str, kept: str, in_the_feed: str, beats: str, streams: str, lasts: str
) -> None:
    text = " ".join((ROOT / page).read_text("utf-8").split())
    for words in (
        kept.format(round(OUTCOMES_KEPT / 86_400)),
        in_the_feed.format(round(TOMBSTONES_KEPT / 86_400)),
        f"{MAX_COMMAND_BYTES // 1024} KiB",
        f"{PAGE_BYTES // 1024**2} MiB",
        beats.format(round(BEAT_SECONDS)),
        streams.format(MOST_STREAMS),
        lasts.format(round(SESSION_SECONDS / 3600)),
    ):
        assert words in text, words


def test_the_patience_of_the_platform_is_told_as_it_is() -> None:
    english, chinese = (" ".join((ROOT / page).read_text("utf-8").split()) for page in PLATFORM_PAGES)
    assert (FREE_TRIES, CATCH_UP) == (5, 6 * 3600)
    assert "After five wrong passwords" in english
    assert "连错五次密码" in chinese
    assert "up to six hours" in english
    assert "不超过六小时" in chinese


@pytest.mark.parametrize("page", ["docs/codebase.md", "docs/codebase.zh-CN.md", "docs/testing.md", "CONTRIBUTING.md"])
def test_every_file_that_the_pages_for_engineers_name_is_there(page: str) -> None:
    named = set(re.findall(r"`((?:floorctl|tests|docs|tools)/[\w./]*)`", (ROOT / page).read_text("utf-8")))
    assert [each for each in sorted(named) if not (ROOT / each).exists()] == []


def test_every_folder_of_the_program_is_on_the_map() -> None:
    page = (ROOT / "docs/codebase.md").read_text("utf-8")
    layers = sorted(path.name for path in (ROOT / "floorctl").iterdir() if (path / "__init__.py").exists())
    assert [name for name in layers if f"`floorctl/{name}/`" not in page] == []
