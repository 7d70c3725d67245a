"""Whatever a command writes to a file that a person names: new or refused, whole or not there, as the trail says."""

import errno
import os
import stat
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.denied_calls import NO_LINKS, NO_LINKS_NO_RENAME, deny

#: Each command that writes a file, without the file's name.
WRITERS = {
    "export": ("export", "seats"), "inspect": ("inspect", "export"), "backup": ("backup",),
    "config": ("config", "init"), "report": ("assess", "--output"),
}  # fmt: skip
ENDINGS = {"export": "seats.csv", "inspect": "q.xlsx", "backup": "b.db", "config": "f.toml", "report": "march.md"}


def trail(shell: Shell) -> list[str]:
    return [each["what"] for each in shell.json("audit", "list", "--limit", "0")["items"]][::-1]


def on_a_disk_without(shell: Shell, calls: Mapping[str, int], *arguments: str) -> "tuple[int, str]":
    """Run a command where the kernel denies these calls."""
    process = shell.start(*arguments, stderr=-1, stdout=-1, preexec_fn=lambda: deny(calls))
    _, said = process.communicate(timeout=90)
    return process.returncode, said


@pytest.mark.parametrize("calls", [NO_LINKS, NO_LINKS_NO_RENAME], ids=["no links", "no rename"])
def test_an_export_to_a_stick_without_hard_links_is_there(
    synced: Shell, tmp_path: Path, calls: Mapping[str, int]
) -> None:
    file = tmp_path / "seats.xlsx"
    code, said = on_a_disk_without(synced, calls, "export", "seats", str(file))
    assert code == 0, said
    from openpyxl import load_workbook

    assert load_workbook(file).active.max_row > 40
    assert list(tmp_path.iterdir()) == [file]
    assert trail(synced)[-1] == "export"


def test_the_trail_says_of_an_export_that_failed_that_it_failed(synced: Shell, tmp_path: Path) -> None:
    calls = NO_LINKS_NO_RENAME | {"rename": errno.EIO, "renameat": errno.EIO}
    code, said = on_a_disk_without(synced, calls, "export", "seats", str(tmp_path / "seats.csv"))
    assert code == 1 and str(tmp_path / "seats.csv") in said and "Traceback" not in said
    assert list(tmp_path.iterdir()) == []
    assert trail(synced)[-2:] == ["export", "export_failed"]
    assert "export failed" in synced("audit", "list", "--limit", "1").stdout
    assert synced.json("audit", "verify")["ok"] is True


@pytest.mark.parametrize("what", ["export", "inspect"])
def test_what_is_refused_before_it_begins_is_not_in_the_trail(synced: Shell, tmp_path: Path, what: str) -> None:
    before = trail(synced)
    file = tmp_path / ENDINGS[what]
    file.write_bytes(b"signed")
    assert synced(*WRITERS[what], str(file)).returncode == 2
    assert synced(*WRITERS[what], str(tmp_path / "no" / ENDINGS[what])).returncode == 1
    assert trail(synced) == before


def regular(file: Path) -> None:
    file.write_bytes(b"signed")


def link(file: Path) -> None:
    (file.parent / "signed").write_bytes(b"signed")
    file.symlink_to("signed")


def dangling(file: Path) -> None:
    file.symlink_to("nowhere")


def folder(file: Path) -> None:
    file.mkdir()


@pytest.mark.parametrize("make", [regular, link, dangling, folder])
@pytest.mark.parametrize("what", WRITERS)
def test_no_command_overwrites_what_is_there(
    synced: Shell, tmp_path: Path, what: str, make: Callable[[Path], None]
) -> None:
    file = tmp_path / ENDINGS[what]
    make(file)
    ended = synced(*WRITERS[what], str(file))
    assert ended.returncode == 2 and str(file) in ended.stderr, ended.stderr
    assert len(ended.stderr.splitlines()) == 1 and ended.stdout == ""
    assert not (tmp_path / "nowhere").exists()
    assert all(each.read_bytes() == b"signed" for each in tmp_path.iterdir() if each.is_file())


@pytest.mark.parametrize("what", WRITERS)
def test_a_name_that_ends_as_a_folders_is_no_file(synced: Shell, tmp_path: Path, what: str) -> None:
    stick = tmp_path / "stick"
    ended = synced(*WRITERS[what], f"{stick}/")
    assert (ended.returncode, f"there is no folder {stick}/" in ended.stderr) == (1, True), ended.stderr
    assert not stick.exists()
    stick.mkdir()
    assert synced(*WRITERS[what], f"{stick}/").returncode == 2


@pytest.mark.parametrize("make", [regular, link, dangling])
@pytest.mark.parametrize("what", WRITERS)
def test_what_is_no_folder_is_called_that(
    synced: Shell, tmp_path: Path, what: str, make: Callable[[Path], None]
) -> None:
    make(tmp_path / "taken")
    for name in (f"taken/{ENDINGS[what]}", f"taken/deeper/{ENDINGS[what]}", "taken/"):
        ended = synced(*WRITERS[what], f"{tmp_path}/{name}")
        assert ended.returncode == 1 and f"{tmp_path}/taken is no folder" in ended.stderr, (name, ended.stderr)


@pytest.mark.parametrize("what", WRITERS)
def test_what_is_written_is_new_and_private_where_it_names_people(synced: Shell, tmp_path: Path, what: str) -> None:
    file = tmp_path / ENDINGS[what]
    before = os.umask(0o022)
    try:
        ended = synced(*WRITERS[what], str(file))
    finally:
        os.umask(before)
    assert ended.returncode == 0, ended.stderr
    assert list(tmp_path.iterdir()) == [file] and file.stat().st_size
    assert stat.S_IMODE(file.stat().st_mode) == (0o644 if what in ("config", "report") else 0o600)


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_a_report_goes_to_standard_output_by_its_names_too(synced: Shell, name: str) -> None:
    plain = synced("assess", "--format", "md").stdout
    assert plain.startswith("# ")
    assert synced("assess", "--format", "md", "--output", name).stdout.splitlines()[0] == plain.splitlines()[0]
    assert not (synced.folder / "-").exists()


@pytest.mark.parametrize("name", ["-", "/dev/stdout"])
def test_an_export_needs_a_file_and_says_so(synced: Shell, name: str) -> None:
    ended = synced("export", "seats", name, "--format", "csv")
    assert ended.returncode == 2 and name in ended.stderr and ended.stdout == ""
    assert not (synced.folder / "-").exists()
