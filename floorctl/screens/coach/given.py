"""What a task is given when it begins, and what is looked at to see whether it is done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import CommandView
    from floorctl.screens.shell.base import BaseScreen

T = TypeVar("T")
S = TypeVar("S", bound="BaseScreen")

#: Stands in the best way for a text that the trainee types; it counts as no key.
TEXT = "text"


@dataclass(frozen=True)
class Given:
    """One setting of a task: ``keys`` is the best way from the floor screen, ``words`` fill the sentence.

    ``about`` is what the recogniser compares with: ids, breaks, whatever the task declares.
    """

    keys: tuple[str, ...]
    about: Any = None
    words: Mapping[str, str] = field(default_factory=dict)

    @property
    def best(self) -> int:
        """The fewest keys, texts not counted."""
        return sum(key != TEXT for key in self.keys)

    @property
    def texts(self) -> int:
        """The number of texts that belong to the task."""
        return self.keys.count(TEXT)


@dataclass(frozen=True)
class Sight:
    """What there is to see of a task under way.

    ``acts``: the commands that people have made at this terminal since it began, newest first. ``screen``: the screen
    in sight; ``bare``: whether no dialog is on it.
    """

    floor: "Floor"
    acts: "Sequence[CommandView]"
    screen: "BaseScreen | None"
    bare: bool

    def of(self, kind: str) -> "list[CommandView]":
        """Return the acts of this command kind."""
        return [act for act in self.acts if act.kind == kind]

    def shows(self, kind: type[S]) -> S | None:
        """Return the screen in sight if it is of this class and no dialog is on it."""
        return self.screen if self.bare and isinstance(self.screen, kind) else None


@dataclass(frozen=True)
class Setting:
    """Where a task is set up: the floor, and the cockpit's floor screen, which is in sight.

    ``cut`` cuts the line to the platform and returns when that is noticed.
    """

    floor: "Floor"
    screen: "BaseScreen | None"
    cut: Callable[[], Awaitable[None]]
