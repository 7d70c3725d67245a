"""System calls that the kernel answers with an error, as it does on file systems that lack what they need.

A seccomp filter denies them to one thread, or to a process that is being started.
"""

import ctypes
import errno
import os
import platform
import threading
from collections.abc import Callable, Mapping
from typing import Any

import pytest

_NUMBERS = {
    "x86_64": {
        "link": 86,
        "linkat": 265,
        "renameat2": 316,
        "fsync": 74,
        "fdatasync": 75,
        "openat": 257,
        "rename": 82,
        "flock": 73,
        "fcntl": 72,
    },
    "aarch64": {"linkat": 37, "renameat2": 276, "fsync": 82, "fdatasync": 83, "rename": 38, "flock": 32, "fcntl": 25},
}
#: What sticks (FAT), sshfs and 9p answer: no hard links; and, further, no rename that replaces nothing.
NO_LINKS = {"link": errno.EPERM, "linkat": errno.EPERM}
NO_LINKS_NO_RENAME = {**NO_LINKS, "renameat2": errno.EINVAL}
#: What NFS without its lock server answers, to both kinds of locks; ``fcntl`` is denied where it locks, else nothing.
NO_LOCKS = {"flock": errno.ENOLCK, "fcntl": errno.ENOLCK}
NO_SYNC = {"fsync": errno.EINVAL, "fdatasync": errno.EINVAL}


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("k", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_uint16), ("filter", ctypes.POINTER(_Instruction)))


def deny(calls: Mapping[str, int]) -> None:
    """Have these calls of this thread fail with these errors, until it ends."""
    numbers = _NUMBERS[platform.machine()]
    program = [_Instruction(0x20, 0, 0, 0)]  # the call's number
    for name, error in calls.items():
        if name == "fcntl" and name in numbers:
            # Its second argument says what it is to do: F_SETLK or F_SETLKW.
            end = [_Instruction(0x20, 0, 0, 0)]
            deny_it = _Instruction(0x06, 0, 0, 0x00050000 | error)
            locking = [_Instruction(0x20, 0, 0, 24), _Instruction(0x15, 1, 0, 6), _Instruction(0x15, 0, 1, 7), deny_it]
            program += [_Instruction(0x15, 0, len(locking + end), numbers[name]), *locking, *end]
        elif name in numbers:
            program += [_Instruction(0x15, 0, 1, numbers[name]), _Instruction(0x06, 0, 0, 0x00050000 | error)]
    program.append(_Instruction(0x06, 0, 0, 0x7FFF0000))
    array = (_Instruction * len(program))(*program)
    libc = ctypes.CDLL(None, use_errno=True)
    for option in ((38, 1, 0, 0, 0), (22, 2, ctypes.byref(_Program(len(program), array)), 0, 0)):
        if libc.prctl(*option):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def with_denied(calls: Mapping[str, int], work: Callable[[], Any]) -> Any:
    """Run ``work`` in a thread in which these calls fail; return what it returns, or raise what it raises."""
    if platform.machine() not in _NUMBERS:
        pytest.skip("numbers of system calls unknown here")
    ended: list[Any] = []

    def run() -> None:
        try:
            deny(calls)
            ended.append((work(), None))
        except BaseException as error:
            ended.append((None, error))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    ((result, error),) = ended
    if error is not None:
        raise error
    return result
