"""A cache that is only read stays as it is, with everything beside it, and says what is newest all the same."""

from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from floorctl.errors import FloorctlError
from floorctl.sync.cache.cache import Cache
from tests.sync.storage import CALENDAR, KEY, change, open_cache, page, seat


def state_of(folder: Path) -> dict[str, tuple[int, str]]:
    """Each file, when it was changed, and what is in it; without the log's index, which one process has only once."""
    return {
        path.name: (path.stat().st_mtime_ns, sha256(path.read_bytes()).hexdigest())
        for path in sorted(folder.iterdir())
        if not path.name.endswith("-shm")
    }


def read(folder: Path) -> Cache:
    return Cache.open_unchanged(folder / "cache.db", KEY, CALENDAR)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    with closing(open_cache(tmp_path)) as cache:
        cache.apply(page(change("seat", "s-1", 1, seat())))
    return tmp_path


def test_what_is_in_the_file_is_read_and_no_file_appears(filled: Path) -> None:
    before = state_of(filled)
    with closing(read(filled)) as cache:
        assert cache.all("seat").keys() == {"s-1"}
        assert state_of(filled) == before
    assert state_of(filled) == before


def test_what_another_process_has_just_written_is_read_from_its_log(filled: Path) -> None:
    with closing(open_cache(filled)) as writer:
        writer.apply(page(change("seat", "s-2", 1, seat()), cursor="c2"))
        before = state_of(filled)
        assert "cache.db-wal" in before
        with closing(read(filled)) as cache:
            assert cache.all("seat").keys() == {"s-1", "s-2"}
            assert cache.cursor == "c2"
        assert state_of(filled) == before
        writer.apply(page(change("seat", "s-3", 1, seat()), cursor="c3"))
        with closing(read(filled)) as cache:
            assert cache.all("seat").keys() == {"s-1", "s-2", "s-3"}


def test_nothing_can_be_written_through_it(filled: Path) -> None:
    before = state_of(filled)
    with closing(read(filled)) as cache, pytest.raises(FloorctlError):
        cache.apply(page(change("seat", "s-9", 1, seat()), cursor="c9"))
    assert state_of(filled) == before


@pytest.mark.parametrize(
    "content", [None, b"", b"no database", bytes(65536)], ids=["missing", "empty", "text", "zeros"]
)
def test_what_is_no_cache_is_an_error_and_stays(tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "cache.db").write_bytes(content)
    before = state_of(tmp_path)
    with pytest.raises(FloorctlError):
        read(tmp_path)
    assert state_of(tmp_path) == before


def test_another_key_opens_nothing(filled: Path) -> None:
    with pytest.raises(FloorctlError):
        Cache.open_unchanged(filled / "cache.db", bytes(32), CALENDAR)
