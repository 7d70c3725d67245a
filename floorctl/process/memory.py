"""What a program that is open for weeks does with memory that it needed once."""

import gc
from functools import lru_cache
from typing import Any


def settle() -> None:
    """Say that what is there now stays: looking for garbage passes over it from now on, and takes a few ms.

    To be called once what a program is made of has been imported and built.
    """
    gc.collect()
    gc.freeze()


def give_back() -> bool:
    """Collect garbage, and give free memory back; False where the C library can't be asked for it (glibc's can).

    Objects in circles wait for a collection that comes after millions of others, and spread over the heap meanwhile.
    The allocator keeps what comes free in each thread's own heap: what one large page of the feed or one midnight took
    would stay.
    """
    gc.collect()
    trim = _trim()
    return trim is not None and bool(trim(0) in (0, 1))


@lru_cache(maxsize=1)
def _trim() -> Any:
    import ctypes  # most commands need none of it

    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError, TypeError):
        return None
    trim.argtypes, trim.restype = [ctypes.c_size_t], ctypes.c_int
    return trim
