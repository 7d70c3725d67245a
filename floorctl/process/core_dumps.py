"""Nothing of a process's memory may reach the disk: no core file, and no look into it by the same user's programs."""

import sys

_PR_SET_DUMPABLE = 4


def no_core_file() -> None:
    """From now on a crash of this process, or of one that it starts, writes no core file."""
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    except (ImportError, ValueError, OSError):
        pass  # a system without such files, or one that forbids them already


def not_dumpable() -> None:
    """On Linux: no core to a crash handler either, and no other program of this user may read memory or environment.

    For the cockpit, which keeps data in memory all day. It costs the import of ctypes, and ``/proc/self/fd`` with it.
    """
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
