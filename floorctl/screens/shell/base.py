"""The interface of a screen: what the app, its bars and its dialogs call on any screen."""

from collections.abc import Coroutine, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from rich.segment import Segment

from floorctl.i18n import t
from floorctl.widgets import looks
from floorctl.widgets.line_keys import LineKeys

if TYPE_CHECKING:
    from floorctl.floor.views import ConnectionStatus

#: Kind of entity → ids that changed.
Changes = Mapping[str, frozenset[str] | set[str]]


class BaseScreen(LineKeys[None]):
    """The hooks of a screen. ``AskingScreen`` and ``CockpitScreen`` implement those that have no default.

    ``on_changed``, ``on_connection_status`` and ``on_tick`` are called only on the screen in sight. When a screen comes
    back into sight, ``on_changed({})`` is called, since anything may have changed.
    """

    NAME_KEY: ClassVar[str] = ""
    #: Action → the command kind that it needs. An action is not offered to a role that may not do that command.
    NEEDS: ClassVar[Mapping[str, str]] = {}
    #: Whether keys typed before the screen has read its data are held; the screen then releases them.
    TYPED_AHEAD: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        #: Whether the screen is in sight and, where it resets on arrival, has done so.
        self.in_front = False

    def on_changed(self, changed: Changes) -> None:
        """Read again what the screen shows and repaint it. An empty mapping means that anything may have changed."""

    def on_connection_status(self, status: "ConnectionStatus") -> None:
        """Handle a change of connection status: live or offline, a command waiting, sent or refused."""

    def on_tick(self, now: datetime) -> None:
        """Handle the tick of each second. Offline, the times in views do not change, so repainting costs nothing."""

    def show_one(self, entity_id: str) -> None:
        """Show the entity with this id, whatever the screen's filter. Called when another screen links to it."""

    def counts(self) -> list[Segment]:
        """Return the left part of the bottom line."""
        raise NotImplementedError

    def line_keys(self) -> list[Segment]:
        """Return the bottom line while a text line is open: what Enter and Esc do. All other keys are text."""
        return [Segment(t("ui.line.filter"), looks.QUIET)]

    def refresh_bars(self) -> None:
        """Repaint the bars."""
        raise NotImplementedError

    def leave(self) -> None:
        """Handle that another screen takes this one's place."""
        raise NotImplementedError

    def action_filter(self) -> None:
        """Open the filter line."""
        raise NotImplementedError

    def begin(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run ``work``, which may wait for dialogs and the disk, while the screen goes on."""
        raise NotImplementedError

    @property
    def interruptible(self) -> bool:
        """Whether an alarm may cover the screen now."""
        raise NotImplementedError

    def take_up_alert(self, alert_id: str | None) -> None:
        """Acknowledge an alert (None: the next one) and offer its open steps."""
        raise NotImplementedError
