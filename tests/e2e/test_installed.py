"""The package as somebody installs it: a wheel in a folder of its own, with no source tree anywhere near."""

import json
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from floorctl.i18n import LANGUAGES
from tests.sources import PACKAGE, ROOT
from tests.terminals import Terminal
from tests.waiting import wait_until
from tools.man import PAGES, made

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.xdist_group("installed")]


class Installed:
    """A person who has installed the wheel, and works in an empty folder with an empty home."""

    def __init__(self, folder: Path, wheel: Path) -> None:
        self.environment = folder / "environment"
        self.here = folder / "empty"
        home = folder / "home"
        for each in (self.here, home):
            each.mkdir()
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", self.environment], check=True)
        (packages,) = self.environment.glob("lib/python*/site-packages")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(packages)
        (data,) = packages.glob("floorctl-*.data/data")
        shutil.copytree(data, self.environment, dirs_exist_ok=True)
        # What it depends on is where the tests have it. An editable installation there is not followed from here.
        (packages / "depends.pth").write_text(f"{_dependencies()}\n", "utf-8")
        self.env = {
            "PATH": f"{self.environment / 'bin'}:/usr/bin:/bin",
            "HOME": str(home),
            "LC_ALL": "C.UTF-8",
            "FLOORCTL_DATA_DIR": str(home / "data"),
            "TMPDIR": os.environ.get("TMPDIR", "/tmp"),
        }

    @property
    def argv(self) -> list[str]:
        return [str(self.environment / "bin" / "python"), "-P", "-m", "floorctl"]

    def run(self, *arguments: str, stdin: str = "", env: dict[str, str] | None = None) -> str:
        """Run a command, which has to end well; return what it printed."""
        ended = subprocess.run(
            [*self.argv, *arguments],
            cwd=self.here,
            env={**self.env, **(env or {})},
            input=stdin,
            capture_output=True,
            encoding="utf-8",
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, (arguments, ended.stdout, ended.stderr)
        return ended.stdout


def _dependencies() -> Path:
    (found,) = {Path(each) for each in sys.path if Path(each, "msgspec", "__init__.py").exists()}
    return found


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, as `pip wheel .` builds it."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (found,) = folder.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    return Installed(tmp_path_factory.mktemp("installed"), wheel)


def test_everything_in_the_package_is_in_the_wheel_and_the_manual_page_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        pages = {name: archive.read(name).decode() for name in inside if "/share/man/" in name}
    ours = {
        str(path.relative_to(ROOT)) for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert ours - inside == set()
    assert {name.partition("/data/")[2] for name in pages} == {
        "share/man/man1/floorctl.1",
        "share/man/zh_CN/man1/floorctl.1",
    }
    assert set(pages.values()) == {path.read_text("utf-8") for path in PAGES.values()}


def test_it_runs_from_where_it_is_installed(installed: Installed) -> None:
    where = subprocess.run(
        [installed.argv[0], "-P", "-c", "import floorctl; print(floorctl.__file__)"],
        cwd=installed.here,
        env=installed.env,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert Path(where.strip()).is_relative_to(installed.environment)


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_the_demonstration_prints_its_picture_in_every_language(installed: Installed, language: str) -> None:
    picture = installed.run("--lang", language, "demo", "--once", "--orders", "300", "--at", "10:00")
    assert "12345" in picture
    assert ("通话" if language == "zh-CN" else "Talking") in picture
    assert list(installed.here.iterdir()) == []


def test_the_demonstration_opens_its_cockpit_in_a_terminal(installed: Installed) -> None:
    argv = [*installed.argv, "demo", "--orders", "300", "--at", "10:00", "--seats", "20"]
    with Terminal(argv, columns=120, rows=36, env={**installed.env, "PYTHONPATH": ""}) as terminal:
        terminal.wait_for("实时", seconds=90)
        terminal.press("3")
        terminal.wait_for("工单", seconds=30)
        terminal.press("ctrl+q")
        wait_until(lambda: not terminal.process.isalive(), seconds=30)


@pytest.fixture(scope="module")
def at_a_platform(installed: Installed) -> Iterator[Installed]:
    """Signed in at the embedded platform, and synced."""
    serve = [*installed.argv, "--lang", "en", "platform", "serve", "--port", "0", "--orders", "300", "--until-eof"]
    with subprocess.Popen(
        serve, cwd=installed.here, env=installed.env, stdin=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8"
    ) as platform:
        assert platform.stderr is not None
        said = []
        for line in platform.stderr:
            said.append(line)
            if "listening on" in line:
                break
        url = said[-1].split()[-1]
        number, password = next(line for line in said if "supervisor" in line).split()[-2:]
        path = installed.here / "floorctl.toml"
        installed.run("config", "init", str(path))
        text = path.read_text("utf-8")
        path.write_text(
            text.replace('\nurl = ""', f'\nurl = "{url}"').replace('\nkey = "auto"', '\nkey = "file"'), "utf-8"
        )
        installed.run("login", "--employee-no", number, "--password-stdin", stdin=f"{password}\n")
        installed.run("sync", "--once")
        yield installed
        platform.terminate()


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_documents_of_every_kind_are_made(at_a_platform: Installed, language: str) -> None:
    said = ("--lang", language)
    assert "<html" in at_a_platform.run(*said, "handover", "--format", "html")
    assert at_a_platform.run(*said, "handover", "--format", "md").startswith("#")
    assert "<html" in at_a_platform.run(*said, "assess", "--format", "html")
    report = at_a_platform.here / f"report-{language}.xlsx"
    at_a_platform.run(*said, "assess", "--output", str(report))
    orders = at_a_platform.here / f"orders-{language}.xlsx"
    at_a_platform.run(*said, "export", "orders", str(orders))
    assert zipfile.is_zipfile(report)
    assert zipfile.is_zipfile(orders)
    assert at_a_platform.run(*said, "man") == made(language)
    assert at_a_platform.run(*said, "doctor")


def test_orders_are_completed(at_a_platform: Installed) -> None:
    first = json.loads(at_a_platform.run("orders", "--limit", "1", "--json"))["items"][0]["number"]
    offered = at_a_platform.run("order", "", env={"_FLOORCTL_COMPLETE": "fish"})
    assert offered.splitlines()[1].startswith(first)
    assert "complete --command floorctl" in at_a_platform.run("completion", "fish")
