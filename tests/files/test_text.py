"""Files that people save: whatever an office's programs make of a text, it is the same, or it is said what it is."""

import codecs
import os
import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.config import load
from floorctl.errors import UsageError
from floorctl.files import text as saved_text
from floorctl.files.text import decoded, read, with_plain_lines

TOML = '# 现场一号台\nlanguage = "zh-CN"\n[terminal]\nname = "一号台𠮷"\n[work]\nholidays = [2027-02-08]\n'
#: How programs save a text: what stands before it, and its encoding.
SAVED = {
    "plain": (b"", "utf-8"),
    "Notepad, UTF-8 with a mark": (codecs.BOM_UTF8, "utf-8"),
    "saved twice with a mark": (codecs.BOM_UTF8 * 2, "utf-8"),
    "the mark saved as three characters": ("ï»¿".encode(), "utf-8"),
    "that with a mark again": (codecs.BOM_UTF8 + "ï»¿".encode(), "utf-8"),
    "Excel, Unicode text": (codecs.BOM_UTF16_LE, "utf-16-le"),
    "two marks": (codecs.BOM_UTF16_LE * 2, "utf-16-le"),
    "big-endian": (codecs.BOM_UTF16_BE, "utf-16-be"),
    "UTF-16 without a mark": (b"", "utf-16-le"),
    "big-endian without a mark": (b"", "utf-16-be"),
    "UTF-32": (codecs.BOM_UTF32_LE, "utf-32-le"),
    "UTF-32 big-endian": (codecs.BOM_UTF32_BE, "utf-32-be"),
    "GB 18030": (b"", "gb18030"),
    "GB 18030 with a mark": (b"\x84\x31\x95\x33", "gb18030"),
}


@pytest.mark.parametrize("saved", SAVED)
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_a_configuration_is_the_same_whatever_program_saved_it(saved: str, ends: str, tmp_path: Path) -> None:
    mark, encoding = SAVED[saved]
    path = tmp_path / "floorctl.toml"
    path.write_bytes(mark + TOML.replace("\n", ends).encode(encoding) + "\x1a".encode(encoding))
    config = load(path)
    assert (config.terminal.name, len(config.work.holidays)) == ("一号台𠮷", 1)


def test_a_mark_where_two_files_were_joined_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "floorctl.toml"
    path.write_bytes(codecs.BOM_UTF8 + b'language = "en"\n' + codecs.BOM_UTF8 + b"[terminal]\nbell = false\n")
    assert load(path).terminal.bell is False


def test_an_empty_configuration_is_the_defaults(tmp_path: Path) -> None:
    for raw in (b"", codecs.BOM_UTF8, b"\r\n", b"\x1a"):
        (tmp_path / "floorctl.toml").write_bytes(raw)
        assert load(tmp_path / "floorctl.toml").language == "zh-CN"


def test_what_is_wrong_in_the_toml_is_named_with_its_line_behind_a_mark_too(tmp_path: Path) -> None:
    path = tmp_path / "floorctl.toml"
    for mark, encoding in SAVED.values():
        path.write_bytes(mark + '# 注\r\nlanguage = "zh-CN"\r\nname 一号台\r\n'.encode(encoding))
        with pytest.raises(UsageError) as caught:
            load(path)
        assert caught.value.key == "error.config_not_toml"
        assert "line 3, column 6" in str(caught.value.params["reason"])


@pytest.mark.parametrize(
    ("raw", "key", "line"),
    [
        ("# 现场的配置文件\n# 一号台".encode() + b"\xff\n", "error.file_damaged", 2),
        ("# 现场的配置文件\n".encode() + "# 一号台".encode()[:-1], "error.file_damaged", 2),
        (codecs.BOM_UTF8 + "# 一号台".encode("gbk"), "error.file_damaged", 1),
        (b"# \xff\xff\xff\n", "error.file_not_text", 1),
        (b"# a\n# \xe9, \n", "error.file_not_text", 2),
        (codecs.BOM_UTF16_LE + b"\x00\xd8\x20", "error.file_not_text", 1),
        (b'language = "en"\n' + bytes(40), "error.file_not_text", 2),
        (bytes(4096), "error.file_not_text", 1),
        (b"PK\x03\x04\x14\x00\x06\x00" + bytes(range(256)), "error.file_not_text", 1),
    ],
)
def test_what_is_no_text_is_said_with_its_line_and_without_words_of_a_codec(
    raw: bytes, key: str, line: int, tmp_path: Path
) -> None:
    path = tmp_path / "floorctl.toml"
    path.write_bytes(raw)
    with pytest.raises(UsageError) as caught:
        read(path, 1 << 20)
    assert (caught.value.key, caught.value.params) == (key, {"path": path, "line": line})
    with pytest.raises(UsageError, match=r"error\.config_not_toml") as caught:
        load(path)
    said = str(caught.value.params["reason"])
    assert f"第 {line} 行" in said and "codec" not in said


def test_what_is_no_file_of_a_fitting_size_is_said_as_what_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_text, "_PATIENCE", 0.01)
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "long").write_bytes(b"#" * 2000)
    found = {}
    for name in (".", "pipe", "long", "none", "/dev/zero", "nul\0"):
        with pytest.raises(UsageError) as caught:
            read(tmp_path / name, 1024)
        found[name] = caught.value.key
    assert found == {
        ".": "error.file_is_folder", "pipe": "error.file_silent", "long": "error.file_too_large",
        "none": "error.file_unreadable", "/dev/zero": "error.file_too_large", "nul\0": "error.file_unreadable",
    }  # fmt: skip
    with pytest.raises(UsageError, match=r"error\.config_unreadable"):
        load(tmp_path / "none")
    assert read(Path("/dev/null"), 1024) == ""


def test_a_pipe_is_read_to_its_end_however_slowly_it_is_written(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    def write() -> None:
        with (tmp_path / "pipe").open("wb", buffering=0) as pipe:
            for part in ("一号台".encode()[:4], "一号台".encode()[4:]):
                pipe.write(part)

    writer = threading.Thread(target=write)
    writer.start()
    assert read(tmp_path / "pipe", 1024) == "一号台"
    writer.join()


def test_what_must_be_unambiguous_is_not_taken_for_the_national_encoding() -> None:
    with pytest.raises(UsageError, match=r"error\.file_national"):
        decoded("口令口令".encode("gbk"), "phrase", national=False)
    assert decoded("口令口令".encode("utf-16"), "phrase", national=False) == "口令口令"


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Co", "Cn"], include_characters="\t\r\n"), min_size=1),
    st.sampled_from(sorted(SAVED)),
)
def test_no_text_is_changed_by_being_saved_with_a_mark(text: str, saved: str) -> None:
    mark, encoding = SAVED[saved]
    if not mark or mark.endswith("ï»¿".encode()):
        text = f'name = "{text}"\n'  # by which an encoding without a mark is told
    if encoding == "gb18030" and not mark:
        text = "样本样本样本样本\n" + text.encode("gbk", "ignore").decode("gbk")
    expected = with_plain_lines(text.replace("\ufeff", ""))
    assert with_plain_lines(decoded(mark + text.encode(encoding), "x")) == expected
