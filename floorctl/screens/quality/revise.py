"""复核改分, the revision of a score: the form as it was scored, to be changed by the supervisor."""

import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING, ClassVar

from msgspec.structs import replace

from floorctl.errors import FloorctlError
from floorctl.floor.error_words import sentence
from floorctl.i18n import t
from floorctl.rules.quality import form as forms
from floorctl.screens.quality.detail import appeal_lines
from floorctl.screens.quality.form import ScoringScreen
from floorctl.screens.quality.sample import Opened, read_scored
from floorctl.screens.shell import acting
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.numbers import score_text
from floorctl.text.safe import visible
from floorctl.text.times import when
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, brief
from floorctl.widgets.pane import paragraph

if TYPE_CHECKING:
    from floorctl.floor.kept_texts import TextKey
    from floorctl.floor.quality.views import InspectionView
    from floorctl.rules.quality.form import Form

#: Actions that are disabled here: they are for unscored samples, and a decision cannot change fatal errors.
_NOT_HERE = frozenset({"skip", "beside", "discard", "fatal", "rubric", "comment_whole"})


class RevisingScreen(ScoringScreen):
    """The form of a score under appeal. Points and comments can be changed; submitting is the decision on the appeal.

    Changes of a form that is left without a decision are kept and offered again.
    """

    NAME_KEY: ClassVar[str] = "quality.revising"
    ASKS: ClassVar[str] = "quality.ask.revise"
    HINTS: ClassVar[tuple[str, str]] = ("quality.form.hint_revise", "quality.form.hint_revise")

    def __init__(
        self, opened: Opened, inspection: "InspectionView", as_scored: "Form", key: "TextKey | None", *, restored: bool
    ) -> None:
        super().__init__(opened)
        #: Whether the form holds kept changes of an earlier, undecided revision.
        self._restored = restored
        self.inspection = inspection
        #: Key of the kept changes, and the state as scored that they are compared with.
        self._key = key
        self._as_scored = _changed(as_scored)

    def on_mount(self) -> None:
        """Show in the bottom line that changes were restored: a notification would cover the comment."""
        if self._restored:
            self.say(t("quality.revision_kept"))

    def about(self, width: int) -> list[Line]:
        """Return the lines of the appeal and of the score that it is against."""
        now, view = self.floor.now(), self.inspection
        by = t("quality.scored_by", name=visible(view.inspector_name), at=when(view.inspection.submitted_at, now))
        lines = appeal_lines(view, now, width, self.floor.names.person)
        return lines + paragraph(f"{score_text(view.inspection.total)}  {by}", width, looks.TEXT)

    def keep(self, form: "Form") -> None:
        """Keep the changes until the decision."""
        changed = _changed(form)
        self.cockpit.keep_line(self._key, "" if changed == self._as_scored else changed)

    async def on_unmount(self) -> None:
        """Write undecided changes before anything closes."""
        with contextlib.suppress(FloorctlError):  # a full disk must not keep the screen open
            await self.read(self.floor.texts.write)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Allow only what a decision can change."""
        return False if action in _NOT_HERE else super().check_action(action, parameters)

    def read_again(self) -> None:
        """Do nothing: the sample is scored already, and nobody scores it meanwhile."""

    async def send(self) -> bool:
        """Submit the decision with all scores of the form; return whether it was accepted."""
        scores = forms.scores(self.form)
        if not await acting.run(self, self.floor.scoring.decide, self.inspection.id, "revised", scores):
            return False
        self.floor.texts.put(self._key, "")
        agent, total = brief(self.inspection.agent_name), score_text(forms.total(self.form))
        acting.say_done(self, t("quality.said.revised", agent=agent, total=total))
        return True

    async def open_next(self) -> None:
        """Return to the list of scores."""
        self.app.pop_screen()


def _changed(form: "Form") -> str:
    return json.dumps({"points": form.points, "comments": form.comments}, sort_keys=True)


def _with_draft(form: "Form", draft: str) -> "Form":
    """Return ``form`` with the points and comments in ``draft``."""
    changes = json.loads(draft)
    return replace(form, points=changes["points"], comments=changes["comments"])


async def revise(screen: CockpitScreen, view: "InspectionView") -> bool:
    """Open the form for a revision; return False, since the decision is made in the form, later."""
    try:
        await screen.read(screen.floor.texts.load)
        opened = await screen.read(read_scored, screen.floor, view)
    except FloorctlError as error:
        screen.say(sentence(error), severity="error")
        return False
    key = screen.floor.texts.key("inspection.decide", view.id)
    as_scored = opened.form
    if kept := screen.floor.texts.offered(key):
        opened = dataclasses.replace(opened, form=_with_draft(as_scored, kept))
    screen.app.push_screen(RevisingScreen(opened, view, as_scored, key, restored=bool(kept)))
    return False
