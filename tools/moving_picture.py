"""Record the first minutes with the demonstration as moving pictures in docs/screens: ``make moving-picture``.

The real program runs in a real terminal, on a platform with a seed. A step is shown when what it leads to is on the
screen, however long that takes; how long it stands in the picture is decided here. Seconds on the picture are seconds
of the floor, but for what was waited for.
"""

import re
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from tests.terminals import KEYS, Terminal
from tools.animated_svg import Frame, animated

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "screens"
COLUMNS, ROWS = 120, 36
#: What the pictures may take, since whoever opens the README fetches one.
LARGEST = 1024 * 1024
_F9 = "\x1b[20~"


@dataclass(frozen=True)
class Words:
    """What is said under the picture, and what is waited for, in one language."""

    title: str
    floor: str
    orders: str
    marked: str
    urged: str
    cut: str
    waiting: str
    mended: str
    floor_again: str
    score: str
    costs: str
    #: What stands on the screen when three orders have been urged.
    is_urged: str


WORDS = {
    "zh-CN": Words(
        title="floorctl：演示的前几分钟",
        floor="make demo：现场实时，谁示闲、谁在等、什么要超时",
        orders="3 工单：最紧迫的在最前",
        marked="空格 空格 空格：标记三件",
        urged="u：三件催办，先存盘再上屏",
        cut="F9 断开线路：顶行标明离线，数据是几点的",
        waiting="没有线路照常催办：已存盘，待上传 1",
        mended="F9 恢复线路：自动补传，一条不丢、一条不重",
        floor_again="1 现场：又是实时",
        score="6 考核：本月多少分",
        costs="Enter：分扣在哪里",
        is_urged="已催办 3 件",
    ),
    "en": Words(
        title="floorctl: the first minutes of the demonstration",
        floor="make demo: the floor, live: who is free, who waits, what goes late",
        orders="3  Orders: the most overdue first",
        marked="space space space  marks three",
        urged="u  urges all three: on disk before the screen says so",
        cut="F9  cuts the line: the top says offline, and how old the data is",
        waiting="u  works without the line: it is on disk, and waits to be sent",
        mended="F9  mends it: what waited is sent, exactly once",
        floor_again="1  Floor: live again",
        score="6  Assessment: the month's score",
        costs="Enter  what cost the points",
        is_urged="Urged 3",
    ),
}
_LIVE, _OFFLINE = r"\A[^\n]*● ", r"\A[^\n]*○ "
#: The top line ends with how many acts have not been sent.
_ONE_WAITS, _NONE_WAITS = r"\A[^\n]* 1\n", r"\A[^\n]* 0\n"
_SEATS, _NUMBER = "A区", r"2026\d{8}"


@dataclass
class Recording:
    """Frames of a terminal as they are taken."""

    terminal: Terminal
    frames: list[Frame] = field(default_factory=list)

    def take(self, caption: str, seconds: float) -> None:
        """Keep what stands on the screen, to be shown for so long."""
        lines = tuple(tuple(line) for line in self.terminal.cells())
        if self.frames and (self.frames[-1].lines, self.frames[-1].caption) == (lines, caption):
            seconds += self.frames.pop().seconds
        self.frames.append(Frame(lines, seconds, caption))

    def watch(self, caption: str, seconds: int) -> None:
        """Keep what changes in so many seconds."""
        for _ in range(seconds):
            self.take(caption, 1)
            time.sleep(1)

    def press(self, caption: str, *keys: str, until: str, seconds: float) -> None:
        """Press keys, and keep the screen when it matches ``until``."""
        for key in keys:
            self.terminal.press(KEYS.get(key, key))
            time.sleep(0.3)
        self.terminal.wait_for(until, seconds=30)
        time.sleep(0.3)  # the rest of the same screen
        self.take(caption, seconds)


def record(language: str, words: Words) -> list[Frame]:
    """Play the first minutes in this language."""
    demo = [sys.executable, "-m", "floorctl", "demo", "--lang", language, "--at", "10:20", "--seed", "12345"]
    with tempfile.TemporaryDirectory() as folder:
        env = {"FLOORCTL_DATA_DIR": folder, "FLOORCTL_CONFIG": "", "LANG": "C.UTF-8"}
        with Terminal(demo, columns=COLUMNS, rows=ROWS, env=env) as terminal:
            recording = Recording(terminal)
            terminal.wait_for(_LIVE, seconds=300)
            play(recording, words)
            terminal.press("ctrl+q")
            return recording.frames


def play(recording: Recording, words: Words) -> None:
    """What a newcomer does first."""
    recording.terminal.wait_for(lambda text: all(re.search(each, text) for each in (_LIVE, _SEATS, _NONE_WAITS)))
    recording.watch(words.floor, 3)
    recording.press(words.floor, "escape", until=_SEATS, seconds=1)
    recording.watch(words.floor, 2)
    recording.press(words.orders, "3", until=_NUMBER, seconds=2)
    for _ in range(3):
        recording.press(words.marked, "space", until="◆", seconds=0.6)
    recording.press(words.urged, "u", until=words.is_urged, seconds=3)
    recording.terminal.wait_for(_NONE_WAITS, seconds=30)
    recording.press(words.cut, _F9, until=_OFFLINE, seconds=1)
    recording.watch(words.cut, 3)
    recording.press(words.waiting, "u", until=_ONE_WAITS, seconds=1)
    recording.watch(words.waiting, 3)
    recording.press(words.mended, _F9, until=_LIVE, seconds=1)
    recording.terminal.wait_for(_NONE_WAITS, seconds=30)
    recording.watch(words.mended, 2)
    recording.press(words.floor_again, "1", until=_SEATS, seconds=1)
    recording.watch(words.floor_again, 3)
    recording.press(words.score, "6", until="██", seconds=4)
    recording.press(words.costs, "enter", until=_NUMBER, seconds=4)


def main() -> int:
    """Take both pictures."""
    for language, words in WORDS.items():
        frames = record(language, words)
        picture = animated(frames, words.title)
        path = FOLDER / f"first-minutes-{language}.svg"
        path.write_text(picture, "utf-8")
        seconds = sum(frame.seconds for frame in frames)
        print(f"{path.name}: {len(frames)} frames, {seconds:.0f} s, {len(picture.encode()):,} bytes", file=sys.stderr)
        if len(picture.encode()) > LARGEST:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
