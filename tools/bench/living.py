"""The live cockpit: what it uses, what it sends to the terminal, and how soon it shows what changed."""

import json
import os
import random
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from floorctl.i18n import term, use_language
from tools.bench.measure import Row, cpu_seconds, median, percentile, resident_mib, spread
from tools.bench.place import HELLO, ROOT, Home, Place, Quiet, program
from tools.bench.pty_run import PtyRun

#: Seat and states of single changes: nobody else on a quiet floor is in a training or a meeting.
_SEAT, _STATES = "s-02", ("training", "meeting")
_LIVE = "● "
_CURSOR = "▌"
#: The mark of an entity with a command that has not been applied yet.
_WAITS = "↑"


@contextmanager
def _cockpit(home: Home, *, settle: float) -> Iterator[PtyRun]:
    with PtyRun(program(), home.env) as run:
        run.wait_for(_LIVE, seconds=30)
        time.sleep(settle)
        yield run


def _word(state: str) -> str:
    use_language("zh-CN")
    return term("seat_glyph", state) + term("seat_state", state)


#: The most that the live floor may take of what a program takes that repaints the same cells by ``Static.update``.
_PEER_SHARE = 0.2


def cpu_small(place: Place) -> Iterator[Row]:
    """CPU at 49 seats, one change a second; and what the cockpit holds in memory meanwhile."""
    share, memory = _live(place, place.small, place.small_home, 1)
    yield from _cpu_rows("49 seats, 1 change/s", 2, share, _peer_cpu(place, 49, 1))
    yield Row("resident memory: 49 seats, 10,000 orders", "≤ 80 MiB", f"{memory:.0f} MiB", "", memory, 80)


def cpu_large(place: Place) -> Iterator[Row]:
    """CPU at 500 seats, fifty changes a second."""
    home = place.home("many-seats", place.many_seats)
    home.run("sync", "--once")
    share, _ = _live(place, place.many_seats, home, 50)
    yield from _cpu_rows("500 seats, 50 changes/s", 10, share, _peer_cpu(place, 500, 50))


def _cpu_rows(floor: str, limit: float, share: float, peer: float) -> Iterator[Row]:
    name = f"CPU of the live floor: {floor}"
    yield Row(name, f"≤ {limit} % of a core", f"{share:.1f} %", "dolphie 29 %", share, limit)
    ratio = share / peer
    yield Row(
        f"{name}, beside `Static.update` of the same cells",
        f"≤ {_PEER_SHARE} ×",
        f"{share:.1f} %",
        f"{peer:.1f} %",
        ratio,
        _PEER_SHARE,
        f"{ratio:.2f} ×",
    )


def _peer_cpu(place: Place, seats: int, rate: float) -> float:
    """Return the CPU, in per cent of a core, of a program that repaints cells by ``Static.update``."""
    argv = [sys.executable, "-m", "tools.bench.cells", str(seats), str(rate)]
    os.chdir(ROOT)
    with PtyRun(argv, place.small_home.env) as run:
        run.wait_for("001", seconds=30)
        time.sleep(4)
        return _cpu_share(run, place.times(30))


def _cpu_share(run: PtyRun, seconds: float) -> float:
    began, used = time.monotonic(), cpu_seconds(run.pid)
    time.sleep(seconds)
    return (cpu_seconds(run.pid) - used) / (time.monotonic() - began) * 100


def memory_large(place: Place) -> Iterator[Row]:
    """What the cockpit holds on a floor of 2,000 seats: in the first sync, and live after the list was gone through."""
    platform = place.platform(2_000, place.orders)
    home = place.home("many-seats-and-orders", platform)
    with PtyRun(program(), home.env) as run:
        most = _memory_until(run, "实时", 1800)
        platform.rate(50)
        for key in ("3", "\x1b[F", "\x1b[H", "\x1b[6~", "1"):
            time.sleep(2)
            run.press(key)
        time.sleep(place.times(15))
        settled = resident_mib(run.pid)
        platform.rate(0)
    place.close_platform(platform)
    yield Row(
        f"resident memory: 2,000 seats, {place.orders:,} orders",
        "≤ 120 MiB",
        f"{settled:.0f} MiB; at most {most:.0f} MiB in the first sync",
        "",
        max(most, settled),
        120,
    )


def _memory_until(run: PtyRun, pattern: str, seconds: float) -> float:
    """The most that the program held in memory until ``pattern`` came."""
    until, most = time.monotonic() + seconds, 0.0
    while True:
        most = max(most, resident_mib(run.pid))
        try:
            run.wait_for(pattern, seconds=0.3)
        except TimeoutError:
            if time.monotonic() > until:
                raise
        else:
            return most


def _live(place: Place, platform: Quiet, home: Home, rate: float) -> tuple[float, float]:
    """CPU in percent of a core, and resident MiB."""
    with _cockpit(home, settle=6) as run:
        platform.rate(rate)
        time.sleep(2)
        share = _cpu_share(run, place.times(30))
        memory = resident_mib(run.pid)
        platform.rate(0)
    return share, memory


def one_change(place: Place) -> Iterator[Row]:
    """What one seat's change sends to the terminal, between two ticks of the clock on the screen."""
    sizes: list[float] = []
    place.small.change(_SEAT, "ready")
    with _cockpit(place.small_home, settle=6) as run:
        for n in range(place.times(15)):
            place.small.wait_for_part_of_second(0.35)
            mark = run.mark()
            began = place.small.change(_SEAT, _STATES[n % 2])
            run.wait_for(_word(_STATES[n % 2]), after=mark)
            time.sleep(max(0.0, began + 0.45 - time.monotonic()))
            sizes.append(run.bytes_between(began, began + 0.45))
    yield Row(
        "bytes to the terminal for one seat's change",
        "≤ 150",
        spread(sizes, scale=1, unit="bytes"),
        "",
        median(sizes),
        150,
    )


def latency(place: Place) -> Iterator[Row]:
    """From just before the platform's transaction to the bytes in the terminal; moments as they fall."""
    rng = random.Random(7)
    times: list[float] = []
    place.small.change(_SEAT, "ready")  # what an earlier row left there may be what is looked for
    with _cockpit(place.small_home, settle=4) as run:
        for n in range(place.times(240)):
            time.sleep(rng.uniform(0.1, 0.3))
            mark = run.mark()
            began = place.small.change(_SEAT, _STATES[n % 2])
            times.append(run.wait_for(_word(_STATES[n % 2]), after=mark) - began)
    worst = percentile(times, 0.99)
    yield Row(
        f"change on the platform → on the screen, p99 of {len(times)}",
        "≤ 60 ms on loopback",
        f"{worst * 1000:.0f} ms; median {median(times) * 1000:.0f} ms",
        "",
        worst * 1000,
        60,
    )


def act(place: Place) -> Iterator[Row]:
    """One order after the other urged by a key, without a platform: from the key to the mark of what waits, which is
    drawn once the command is on the disk.
    """
    home = place.home("acts", place.small)
    home.run("sync", "--once")
    home.configure(None)
    times: list[float] = []
    with PtyRun(program(), home.env) as run:
        run.wait_for(_CURSOR, seconds=30)
        run.press("3")
        time.sleep(3)
        for _ in range(place.times(150)):
            mark = run.mark()
            pressed = run.press("u")
            try:
                times.append(run.wait_for(_WAITS, after=mark, seconds=2) - pressed)
            except TimeoutError:  # urged lately: it asks whether to do so again
                run.press("\x1b")
                time.sleep(0.5)
            run.press("\x1b[B")
            time.sleep(0.3)
    if len(times) < place.times(100):
        raise RuntimeError(f"{len(times)} acts only")
    worst = percentile(times, 0.99)
    yield Row(
        f"an act by key: on the disk and shown, p99 of {len(times)}",
        "≤ 15 ms",
        f"{worst * 1000:.0f} ms; median {median(times) * 1000:.0f} ms",
        "",
        worst * 1000,
        15,
    )


def keys(place: Place) -> Iterator[Row]:
    """The cursor moved on the plan, from the key to its bytes, as long as a first sync runs beside it; in turns with a
    key of a Textual program that says hello.
    """
    home = place.home("keys", place.large)
    times: list[float] = []
    hello: list[float] = []
    with PtyRun(program(), home.env) as run, PtyRun(HELLO, home.env) as peer:
        peer.wait_for("Hello", seconds=60)
        run.wait_for(_CURSOR, seconds=60)
        while _syncing_first(home):
            for key in ("\x1b[C", "\x1b[D"):
                time.sleep(0.03)
                mark = run.mark()
                pressed = run.press(key)
                times.append(run.wait_for(_CURSOR, after=mark) - pressed)
                mark = peer.mark()
                pressed = peer.press("x")
                hello.append(peer.wait_for(f"<{len(hello) + 1}>", after=mark) - pressed)
    if not times:
        raise RuntimeError("the first sync was over before a key was pressed: take more --orders")
    worst = percentile(times, 0.99)
    yield Row(
        f"key → repaint, p99 of {len(times)}, while a first sync of {place.orders:,} orders runs",
        "≤ 50 ms",
        f"{worst * 1000:.0f} ms; median {median(times) * 1000:.0f} ms",
        f"hello-world {percentile(hello, 0.99) * 1000:.0f} ms; median {median(hello) * 1000:.0f} ms",
        worst * 1000,
        50,
        f"{worst / percentile(hello, 0.99):.2f} ×",
    )


def _syncing_first(home: Home) -> bool:
    """What the process that syncs says of itself."""
    try:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(2)
            line.connect(str(home.data / "sync.sock"))
            said = json.loads(line.makefile().readline())
    except OSError:
        return False
    return bool((said.get("standing") or {}).get("first_sync"))
