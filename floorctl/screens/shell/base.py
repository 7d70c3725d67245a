"""What the app, its bars and its dialogs call on a screen, whichever it is."""

from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.line_keys import LineKeys

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus

#: Kinds of entities to the ids that changed.
Changes = Mapping[str, frozenset[str] | set[str]]


class BaseScreen(LineKeys[None]):
    """The hooks of a screen. Those without a default are given by ``AskingScreen`` and ``CockpitScreen``.

    ``on_changed``, ``on_connection_status`` and ``on_tick`` are called on the screen in sight only; on coming back into
    sight it is told with ``on_changed({})`` that anything may have changed.
    """

    NAME_KEY: ClassVar[str] = ""
    #: Action → the kind of command that it does: whose role may not do that is not offered it.
    NEEDS: ClassVar[Mapping[str, str]] = {}
    #: Whether keys typed on the way here wait until the screen has read what they are about; it releases them.
    TYPED_AHEAD: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        #: Whether it has come into sight, and has begun anew where it does that.
        self.in_front = False

    def on_changed(self, changed: Changes) -> None:
        """Entities changed (an empty mapping: anything may have). Read what you show and repaint it."""

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """The terminal went live or offline, or something waits, was sent or was refused."""

    def on_tick(self, now: datetime) -> None:
        """A second has passed. Offline, times in the views stand still, so repainting costs nothing."""

    def show_one(self, each: str) -> None:
        """Another screen leads to the one thing with this id: show it, whatever the screen was narrowed to."""

    def counts(self) -> list[Segment]:
        """The left part of the bottom line."""
        raise NotImplementedError

    def line_keys(self) -> list[Segment]:
        """The bottom line while a line of text is open: what Enter and Esc do there; all other keys are text."""
        return [Segment(t("ui.line.filter"), looks.QUIET)]

    def refresh_bars(self) -> None:
        """Draw the bars again."""
        raise NotImplementedError

    def leave(self) -> None:
        """Another screen takes this one's place."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Open the filter line."""
        raise NotImplementedError

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work`` (which may wait for dialogs and the disk) while the screen goes on."""
        raise NotImplementedError

    @property
    def interruptible(self) -> bool:
        """Whether an alarm may take the screen."""
        raise NotImplementedError

    def take_up_alert(self, alert_id: str | None) -> None:
        """Acknowledge an alert (None: the one that is next) and offer its open steps."""
        raise NotImplementedError
