"""The lines of the coach on every screen: the task, what is counted, the keys."""

from collections.abc import Callable

from floorctl.clock import elapsed
from floorctl.i18n import t
from floorctl.screens.coach.practice import Practice
from floorctl.screens.coach.words import fewest, seconds, way
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, Painted, clip, seg

#: Marks the lines as what they are also where there is no colour.
_MARK = " ▍"


class CoachPanel(Painted):
    """Three lines below the top bar. They stand beneath dialogs, and take no key and no click."""

    DEFAULT_CSS = "CoachPanel { height: 3; width: 1fr; }"

    def __init__(self, practice: Practice) -> None:
        super().__init__()
        self._practice = practice

    def picture(self, width: int, height: int) -> list[Line]:
        """Return the lines, the task in bold."""
        styles = (looks.STRONG, looks.TEXT, looks.QUIET)
        return [
            clip([seg(_MARK, looks.SKY + looks.CURSOR_AWAY), seg(line, style + looks.CURSOR_AWAY)], width)
            for line, style in zip(lines(self._practice, elapsed), styles, strict=True)
        ]


def lines(practice: Practice, clock: Callable[[], float]) -> tuple[str, str, str]:
    """Return the task, what is counted of it or how it ended, and the keys."""
    task = practice.task
    if task is None:
        return t("coach.over"), t("coach.over_how"), t("coach.keys_over")
    place = t("coach.place", n=practice.at + 1, of=len(practice.tasks))
    if practice.phase == "set_up":
        waits = t("coach.awaits_data") if practice.awaits_data else ""
        return f"{place}  {t('coach.setting_up')}", waits, t("coach.keys_over")
    sentence = f"{place}  {t(f'coach.task.{task.name}', **practice.given.words)}"
    if practice.phase == "ended":
        return sentence, _outcome(practice), t("coach.keys_ended")
    if task.looks:
        return sentence, "", t("coach.keys_look")
    if practice.hinting:
        return sentence, t("coach.way", way=way(practice.given)), t("coach.keys_open")
    attempt, given = practice.attempt, practice.given
    best = fewest(given.best, text=given.texts > 0)
    if attempt.began is None:
        return sentence, t("coach.not_begun", best=best), t("coach.keys_open")
    counted = t("coach.count", n=attempt.used(given.texts), seconds=int(attempt.seconds(clock())), best=best)
    return sentence, counted, t("coach.keys_open")


def _outcome(practice: Practice) -> str:
    result = practice.result
    if result is None or result.skipped:
        return t("coach.was_skipped", way=way(practice.given))
    if practice.task is not None and practice.task.looks:
        return t("coach.seen", seconds=seconds(result.seconds))
    best = fewest(result.best, text=result.text)
    key = "coach.done_best" if result.keys <= result.best else "coach.done"
    return t(key, n=result.keys, seconds=seconds(result.seconds), best=best, way=way(practice.given))
