"""One round of tasks: which one is on, what was counted of it, and the results so far."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from floorctl.screens.coach.attempt import Attempt, Result
from floorctl.screens.coach.given import Given
from floorctl.screens.coach.tasks import Task

#: ``set_up``: the task is being set up; ``open``: it can be done; ``ended``: done or skipped; ``over``: there is no
#: other task.
Phase = Literal["set_up", "open", "ended", "over"]


class Practice:
    """The tasks one after the other. A task that is repeated replaces its result when it has ended."""

    def __init__(self, tasks: Sequence[Task]) -> None:
        self.tasks = tasks
        self.at = 0
        self.phase: Phase = "set_up"
        self.given = Given(())
        self.attempt = Attempt()
        self.results: dict[str, Result] = {}
        #: Whether the task can't be set up before the floor's data is complete.
        self.awaits_data = False
        #: Whether the best way is shown.
        self.hinting = False

    @property
    def task(self) -> Task | None:
        """The task that is on; None once there is no other."""
        return self.tasks[self.at] if self.at < len(self.tasks) else None

    @property
    def result(self) -> Result | None:
        """The result of the task that has ended."""
        task = self.task
        return self.results.get(task.name) if task is not None and self.phase == "ended" else None

    def set_up(self, at: int) -> None:
        """Begin to set up the task with this index."""
        self.at, self.given, self.attempt, self.hinting = at, Given(()), Attempt(), False
        self.phase = "set_up" if at < len(self.tasks) else "over"

    def pass_over(self) -> None:
        """Leave out the task that is on, which the floor has nothing for, and begin to set up the next one."""
        self.tasks = [*self.tasks[: self.at], *self.tasks[self.at + 1 :]]
        self.set_up(self.at)

    def begin(self, given: Given, now: float) -> None:
        """Let the task be done. Where there is nothing to press, its time runs from now."""
        self.given, self.phase = given, "open"
        if self.task is not None and self.task.looks:
            self.attempt.began = now

    def pressed(self, now: float, *, text: bool) -> None:
        """Count a key."""
        if self.phase == "open":
            self.attempt.pressed(now, text=text)

    def hint(self) -> None:
        """Show the best way, or hide it; the task counts as helped from then on."""
        if self.phase == "open":
            self.attempt.helped = True
        self.hinting = not self.hinting

    def end(self, now: float, at: datetime, *, skipped: bool = False) -> None:
        """Keep the result of the task that is on."""
        task = self.task
        if task is None or self.phase != "open":
            return
        self.results[task.name] = Result(
            task=task.name,
            at=at,
            keys=self.attempt.used(self.given.texts),
            best=self.given.best,
            text=self.given.texts > 0,
            seconds=self.attempt.seconds(now),
            helped=self.attempt.helped,
            skipped=skipped,
        )
        self.phase, self.hinting = "ended", False

    def leave(self, now: float, at: datetime) -> None:
        """Keep a task that was begun by a key, and not done, as skipped."""
        if self.phase == "open" and self.attempt.began is not None and self.attempt.used(0):
            self.end(now, at, skipped=True)

    @property
    def in_order(self) -> list[Result]:
        """The results in the order of the tasks."""
        return [self.results[task.name] for task in self.tasks if task.name in self.results]
