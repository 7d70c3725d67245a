"""Access for tests to the parts of a floor: its files through second connections, its read model, its alert rules.

What a test writes through them reaches the floor when the test calls ``Live.take_in`` or
``Live.take_connection_status``, as the sync or another window would; what the floor writes is readable here at once.
"""

from pathlib import Path

from floorctl.calendar import WorkCalendar
from floorctl.floor.alerts.watch import Watch
from floorctl.floor.floor import Floor
from floorctl.floor.read_model import ReadModel
from floorctl.sync.cache.cache import Cache
from floorctl.sync.journal.journal import Journal
from floorctl.sync.keys.data_key import data_key
from floorctl.sync.pace import USUAL, Pace

_opened: dict[Path, tuple[Journal, Cache]] = {}


def journal_of(floor: Floor) -> Journal:
    """Return a second connection to the journal of ``floor``."""
    return _connections(floor)[0]


def cache_of(floor: Floor) -> Cache:
    """Return a second connection to the cache of ``floor``."""
    return _connections(floor)[1]


def read_model_of(floor: Floor) -> ReadModel:
    """Return the read model that ``floor`` itself uses."""
    return floor.names._read_model


def watch_of(floor: Floor, pace: Pace = USUAL) -> Watch:
    """Return the alert rules of ``floor``, to be run by the test."""
    return floor.live.make_watch(pace)


def _connections(floor: Floor) -> tuple[Journal, Cache]:
    folder = floor.data_dir
    if folder not in _opened:
        key = data_key(folder, floor.config.terminal.key)
        calendar = WorkCalendar(floor.config.zone)
        _opened[folder] = Journal.open(folder / "journal.db", key), Cache.open(folder / "cache.db", key, calendar)
    return _opened[folder]


def close_all() -> None:
    """Close the connections that the last test opened."""
    while _opened:
        _, (journal, cache) = _opened.popitem()
        journal.close()
        cache.close()
