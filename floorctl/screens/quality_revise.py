"""复核改分: the form once more, filled in as it was scored, for the supervisor who revises it."""

from typing import TYPE_CHECKING, ClassVar

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.moments import when
from floorctl.rules import form as forms
from floorctl.screens import quality_actions
from floorctl.screens.base import CockpitScreen, sentence
from floorctl.screens.order_actions import say_done
from floorctl.screens.quality_detail import appeal_lines
from floorctl.screens.quality_form import ScoringScreen
from floorctl.screens.quality_sample import Opened, read_scored
from floorctl.text import visible
from floorctl.widgets import looks
from floorctl.widgets.painted import Line, brief
from floorctl.widgets.pane import paragraph

if TYPE_CHECKING:
    from floorctl.quality_views import InspectionView
    from floorctl.rules.form import Form

#: What belongs to a sample that is still to be scored; a decision leaves fatal errors as they are.
_NOT_HERE = frozenset({"skip", "beside", "discard", "fatal", "rubric", "comment_whole"})


class RevisingScreen(ScoringScreen):
    """Points and comments can be changed; submitting is the decision. Nothing is kept of a form that is left."""

    NAME_KEY: ClassVar[str] = "quality.revising"

    def __init__(self, opened: Opened, inspection: "InspectionView") -> None:
        super().__init__(opened)
        self.inspection = inspection

    def about(self, width: int) -> list[Line]:
        """The appeal that is decided on, and the score that it is against."""
        now, view = self.floor.now(), self.inspection
        by = t("quality.scored_by", name=visible(view.inspector_name), at=when(view.inspection.submitted_at, now))
        lines = appeal_lines(view, now, width, self.floor.person_name)
        return lines + paragraph(f"{view.inspection.total:.2f}  {by}", width, looks.TEXT)

    def keep(self, form: "Form") -> None:
        """A revision is decided at once or not at all."""

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what a decision can change."""
        return False if action in _NOT_HERE else super().check_action(action, parameters)

    def look_again(self) -> None:
        """What is revised is a score that was given; nobody scores it meanwhile."""

    async def send(self) -> bool:
        """The decision, with all scores as they stand here."""
        scores = forms.scores(self.form)
        if not await quality_actions.perform(self, self.floor.decide, self.inspection.id, "revised", scores):
            return False
        agent, total = brief(self.inspection.agent_name), f"{forms.total(self.form):.2f}"
        say_done(self, t("quality.said.revised", agent=agent, total=total))
        return True

    async def follow(self) -> None:
        """Back to the scores."""
        self.app.pop_screen()


async def revise(screen: CockpitScreen, view: "InspectionView") -> bool:
    """Open the form for a revision; the decision is taken there."""
    try:
        opened = await screen.read(read_scored, screen.floor, view)
    except FloorctlError as error:
        screen.say(sentence(error), severity="error")
        return False
    screen.app.push_screen(RevisingScreen(opened, view))
    return False
