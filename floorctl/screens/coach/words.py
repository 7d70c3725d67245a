"""How a practice is put into words: the best way, the count, the results."""

from collections.abc import Sequence
from typing import NamedTuple

from floorctl.i18n import t
from floorctl.screens.coach.attempt import Result
from floorctl.screens.coach.given import TEXT, Given
from floorctl.screens.shell.help import key_name
from floorctl.text.numbers import fixed


def way(given: Given) -> str:
    """Return the best way, key by key: ``3 Space Space Space u``."""
    return " ".join(t("coach.text") if key == TEXT else key_name(key) for key in given.keys)


def fewest(best: int, *, text: bool) -> str:
    """Return the fewest keys: ``5 键``, ``1 键＋文字``."""
    return t("coach.keys_text" if text else "coach.keys", n=best)


def seconds(value: float) -> str:
    """Return seconds with one decimal place: what is done in one key takes less than one."""
    return fixed(value, 1)


class Row(NamedTuple):
    """One line of the table of results."""

    task: str
    keys: str
    best: str
    seconds: str
    remark: str


def rows(results: Sequence[Result]) -> list[Row]:
    """Return a line for each task, and the sum where there are several."""
    found = [
        Row(
            t(f"coach.name.{each.task}"),
            str(each.keys),
            t("coach.plus_text", n=each.best) if each.text else str(each.best),
            seconds(each.seconds),
            remark(each),
        )
        for each in results
    ]
    done = [each for each in results if not each.skipped]
    if len(results) > 1:
        keys, best = sum(each.keys for each in done), sum(each.best for each in done)
        total = seconds(sum(each.seconds for each in done))
        found.append(Row(t("coach.total"), str(keys), str(best), total, ""))
    return found


def remark(result: Result) -> str:
    """Return whether the task was skipped or done with help."""
    parts = [name for name, holds in (("skipped", result.skipped), ("helped", result.helped)) if holds]
    return t("coach.comma").join(t(f"coach.{name}") for name in parts)


def verdict(results: Sequence[Result]) -> str:
    """Return the sentence about all of it."""
    done = [each for each in results if not each.skipped]
    if not results:
        return t("coach.verdict.nothing")
    if not done:
        return t("coach.verdict.all_skipped")
    more = sum(each.keys - each.best for each in done)
    alone = sum(not each.helped for each in done)
    words = t("coach.verdict.done", n=len(done), of=len(results), alone=alone)
    return words + (t("coach.verdict.more", n=more) if more > 0 else t("coach.verdict.best"))


HEADS = ("task", "keys", "best", "seconds", "remark")
