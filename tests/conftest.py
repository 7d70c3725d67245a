"""Hooks of the test run, and fixtures of real parts: a platform in its own process, a ``Floor`` that syncs with it."""

import asyncio
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable, Generator, Iterator
from pathlib import Path
from zlib import crc32

import pytest
from hypothesis import HealthCheck, settings

from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.i18n import use_language
from tests import floor_access
from tests.build import config
from tests.platforms import PlatformProcess, Platforms
from tests.scope import FULL, REQUIRE_ALL
from tests.small_disk import mounted
from tests.speedups import collect_garbage_once_more, collect_garbage_seldom, hash_cheaply, parse_style_sheets_once
from tests.still_time import StillTimeLoop
from tests.waiting import HURRIED, wait_until_live
from tools.memory import in_memory

settings.register_profile(
    "floorctl",
    deadline=None,
    max_examples=1000 if FULL else 35,
    # CI runs the same examples each time; other runs look for new ones.
    derandomize=REQUIRE_ALL,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("floorctl")


def pytest_configure(config: pytest.Config) -> None:
    """Set up the run and all processes that it starts."""
    # Handle Ctrl+C also in a run that was started in the background.
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    # Keep the tests' files in memory. Set TMPDIR to keep them for inspection.
    if "TMPDIR" not in os.environ and (memory := in_memory()):
        folder = _folder_of_this_run(memory)
        config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Shorten the ids of long texts, which would be in the environment of every process that a test starts."""
    if isinstance(val, str | bytes) and len(val) > 100:
        return f"{val[:8]!a} and so on, {len(val)}"
    return None


def _folder_of_this_run(memory: Path) -> Path:
    """Return a new folder for this run, and delete those of runs that were killed."""
    prefix = "floorctl-tests-"
    for each in memory.glob(f"{prefix}*"):
        if not Path("/proc", each.name.removeprefix(prefix)).exists():
            shutil.rmtree(each, ignore_errors=True)
    folder = memory / f"{prefix}{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o711)  # PostgreSQL runs as another user and has its folder in it
    return folder


def pytest_collection_finish() -> None:
    """Speed up the process once all modules are imported."""
    parse_style_sheets_once()
    hash_cheaply()
    collect_garbage_seldom()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the screens of a failed test's terminals to its report."""
    report = yield
    if report.failed:
        from tests.terminals import pictures

        report.sections += pictures()
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Forget the terminals of the previous test."""
    if (terminals := sys.modules.get("tests.terminals")) is not None:
        terminals.forget_closed()


def pytest_sessionfinish() -> None:
    """Prepare a fast exit after all tests."""
    collect_garbage_once_more()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Group tests that share fixtures, and start with those that wait longest in real time."""
    for item in items:
        _group_by_module(item)
    if "PYTEST_XDIST_WORKER" in os.environ:
        items.sort(key=_sort_key)


def _sort_key(item: pytest.Item) -> tuple[int, int]:
    """Sort days of work with the installed program first and single tests last, so that no worker ends much later.

    Single tests are shuffled, in the same way each time: those of one folder would wait, or compute, all at the same
    time.
    """
    if item.get_closest_marker("e2e"):
        return 0, 0
    return (1, 0) if item.get_closest_marker("xdist_group") else (2, crc32(item.nodeid.encode()))


def _group_by_module(item: pytest.Item) -> None:
    """Assign the tests of a module with module-scoped fixtures to one worker, so that those are set up only once."""
    fixtures = getattr(item, "_fixtureinfo", None)
    if fixtures is None or item.get_closest_marker("xdist_group"):
        return
    if any(each[-1].scope == "module" for each in fixtures.name2fixturedefs.values()):
        item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_asyncio_loop_factories(item: pytest.Item) -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Run tests marked ``still_time`` on still time, all others on real time."""
    if item.get_closest_marker("still_time"):
        return {"still": StillTimeLoop}
    return {"real": asyncio.new_event_loop}


@pytest.fixture(autouse=True)
def start_in_chinese() -> Iterator[None]:
    """Start each test in Chinese, whatever language the previous one used."""
    use_language("zh-CN")
    yield
    use_language("zh-CN")


@pytest.fixture(autouse=True)
def close_second_connections() -> Iterator[None]:
    """Close the connections that a test opened by ``tests.floor_access``."""
    yield
    floor_access.close_all()


def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of this test run that all of its workers share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def platforms(tmp_path_factory: pytest.TempPathFactory) -> Platforms:
    """Makes platforms for single tests: ``with platforms("--at", "15:50") as platform``."""
    return Platforms(shared_folder(tmp_path_factory) / "platforms", tmp_path_factory.mktemp("platform"))


@pytest.fixture(scope="module")
def platform(platforms: Platforms) -> Iterator[PlatformProcess]:
    """A platform with a small history, at 11:00, when no shift begins."""
    with platforms() as process:
        yield process


@pytest.fixture(scope="session")
def small_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of a platform with one entity of every kind, to be copied; see ``tests.simulator.running``."""
    from tests.simulator.running import make_data

    # Per worker: its times are derived from module constants of this process.
    path = tmp_path_factory.mktemp("small") / "platform.db"
    make_data(path)
    return path


@pytest.fixture
def live_floor(platform: PlatformProcess, tmp_path: Path) -> Iterator[Floor]:
    """A floor signed in as the supervisor, synced and live."""
    floor = open_terminal(config(tmp_path / "data", url=platform.url))
    floor.session.sign_in(*platform.accounts["supervisor"])
    floor.live.start(pace=HURRIED)
    wait_until_live(floor)
    yield floor
    floor.close()


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB."""
    with mounted(tmp_path / "disk") as disk:
        yield disk
