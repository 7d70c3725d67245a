"""The targets that one command line names for one act, and the outcome of each as text and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from floorctl.errors import Exit, FloorctlError, NotFoundError
from floorctl.i18n import t
from floorctl.text import typed
from floorctl.text.errors import problem_reasons, sentence

if TYPE_CHECKING:
    from floorctl.cli.documents import Shapes
    from floorctl.floor.views import CommandView

_OUTCOMES = {Exit.REFUSED: "refused", Exit.NOT_ALLOWED: "not_allowed", Exit.NOT_FOUND: "not_found"}


@dataclass(kw_only=True)
class Target:
    """One of the things that an act is done to.

    ``name`` is the name that the person typed, ``made`` the ids of the commands. Where there are none, ``error`` is the
    reason, or else ``outcome`` and ``why`` describe the outcome.
    """

    name: str
    id: str = ""
    made: list[str] = field(default_factory=list)
    error: FloorctlError | None = None
    outcome: str = "not_done"
    why: str = ""

    @property
    def made_nothing(self) -> bool:
        """Whether no command was made."""
        return not self.made

    def line(self) -> str:
        """The outcome as a line of the answer, where no command was made."""
        return t(f"cli.several.{self._word()}", target=self.name)

    def reason(self) -> str:
        """The reason why no command was made, as a sentence; may be empty."""
        return sentence(self.error, str) if self.error is not None else self.why

    def result(self, settled: Mapping[str, CommandView], shapes: Shapes) -> dict[str, Any]:
        """The outcome for JSON; ``settled``: the commands in their present state, by id."""
        items = [settled[each] for each in self.made if each in settled]
        parked = [why for item in items if (why := reason(shapes, item))]
        message = t("cli.list_semicolon").join(parked) if items else self.reason()
        return {
            "target": self.name,
            "outcome": max((item.state for item in items), key=_WORSE.index) if items else self._word(),
            "commands": list(self.made),
            "message": message or None,
        }

    def _word(self) -> str:
        return self.outcome if self.error is None else _OUTCOMES.get(self.error.exit_code, "error")


#: States of a command, from the best to the one that requires most of the person.
_WORSE = ("applied", "dropped", "sending", "waiting", "conflict", "refused")


def find_targets(names: Iterable[str], find: Callable[[str], str]) -> list[Target]:
    """The targets for ``names``, without duplicates, each with the id that ``find`` returns or the error it raises."""
    targets: dict[tuple[bool, str], Target] = {}
    for name in names:
        try:
            found = find(name)
        except NotFoundError as error:
            targets.setdefault((False, name), Target(name=name, error=error))
        else:
            targets.setdefault((True, found), Target(name=name, id=found))
    return list(targets.values())


def find_ids(texts: Iterable[str], find: Callable[[str], str]) -> list[str]:
    """The ids that ``find`` returns for ``texts``, without duplicates; a text may also be a list of names.

    Raises:
        NotFoundError: as ``find`` raises it, for a text that is neither.
    """
    ids: list[str] = []
    for text in texts:
        try:
            ids.append(find(text))
        except NotFoundError:
            names = typed.parts([text])
            if names == [text]:
                raise
            ids += map(find, names)
    return list(dict.fromkeys(ids))


def reason(shapes: Shapes, item: CommandView) -> str:
    """The platform's reasons for refusing a command: title, detail and fields, without full stops."""
    reasons = problem_reasons(shapes.seen(item).problem, lambda part: part.rstrip(" 。."))
    return t("cli.list_semicolon").join(reasons)


def results(targets: Sequence[Target], settled: Iterable[CommandView], shapes: Shapes) -> list[dict[str, Any]]:
    """The outcome of each of ``targets``, for JSON."""
    by_id = {item.id: item for item in settled}
    return [each.result(by_id, shapes) for each in targets]
