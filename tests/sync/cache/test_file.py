"""cache.db as a file that several processes find damaged: one of them replaces it, and nobody replaces the new one."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from floorctl.sync.cache.cache import Cache
from floorctl.sync.cache.file import CacheFile, CacheReset
from floorctl.sync.sqlite import Connection, DamagedError, InputOutputError
from tests.sync.storage import KEY, change, damaged_caches, open_cache, order, page

Use = Callable[[CacheFile, Callable[[Connection], object]], object]


def _reading(file: CacheFile, work: Callable[[Connection], object]) -> object:
    return file.read(work)


def _writing(file: CacheFile, work: Callable[[Connection], object]) -> object:
    return file.write(work)


def _replaced_and_filled_elsewhere(folder: Path) -> None:
    """Damage the file, and replace and fill it as another process that found the damage first."""
    path = folder / "cache.db"
    path.write_bytes(b"not a database at all " * 1000)
    with closing(open_cache(folder)) as other:
        assert other.count("order") == 0
        other.apply(page(change("order", "o-1", 1, order())))


@pytest.mark.parametrize("use", [_reading, _writing])
def test_what_another_process_has_put_in_the_place_of_a_damaged_file_is_kept(tmp_path: Path, use: Use) -> None:
    """Between the damage that is seen and what is done about it."""
    tries = 0

    def work(_db: Connection) -> None:
        nonlocal tries
        tries += 1
        if tries == 1:
            _replaced_and_filled_elsewhere(tmp_path)
            raise DamagedError("error.cache_damaged", path=tmp_path)

    with closing(CacheFile(tmp_path / "cache.db", KEY)) as file:
        use(file, work)
        assert len(damaged_caches(tmp_path)) == 1  # the other process's copy, and none of the new file
    assert tries == 2
    assert _orders(tmp_path) == 1


def test_a_write_that_continues_lost_data_is_refused_and_the_new_file_is_kept(tmp_path: Path) -> None:
    def work(_db: Connection) -> None:
        _replaced_and_filled_elsewhere(tmp_path)
        raise DamagedError("error.cache_damaged", path=tmp_path)

    with closing(CacheFile(tmp_path / "cache.db", KEY)) as file:
        with pytest.raises(CacheReset):
            file.write(work, continuing=True)
        assert len(damaged_caches(tmp_path)) == 1  # the other process's copy, and none of the new file
    assert _orders(tmp_path) == 1


@pytest.mark.parametrize("use", [_reading, _writing])
def test_a_file_that_is_replaced_twice_is_waited_for_twice(tmp_path: Path, use: Use) -> None:
    tries = 0

    def work(_db: Connection) -> int:
        nonlocal tries
        tries += 1
        if tries <= 2:
            raise InputOutputError("error.data_failed", path=tmp_path, reason="disk I/O error")
        return tries

    with closing(CacheFile(tmp_path / "cache.db", KEY)) as file:
        assert use(file, work) == 3


def _orders(folder: Path) -> int:
    with closing(open_cache(folder)) as cache:
        assert isinstance(cache, Cache)
        return cache.count("order")
