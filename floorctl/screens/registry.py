"""Which screens there are: a new one is one line here."""

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from floorctl.screens.shell.screen import CockpitScreen


class Entry(NamedTuple):
    """The key that goes to a screen, and where its class is: a screen's module is imported when it is first gone to."""

    key: str
    module: str
    kind: str

    def load(self) -> "type[CockpitScreen]":
        """Import the screen's class."""
        screen: type[CockpitScreen] = getattr(import_module(self.module), self.kind)
        return screen


#: By name, in the order of their keys.
SCREENS = {
    "floor": Entry("1", "floorctl.screens.floor.screen", "FloorScreen"),
    "queues": Entry("2", "floorctl.screens.queues.screen", "QueuesScreen"),
    "orders": Entry("3", "floorctl.screens.orders.screen", "OrdersScreen"),
    "alerts": Entry("4", "floorctl.screens.alerts.screen", "AlertsScreen"),
    "quality": Entry("5", "floorctl.screens.quality.screen", "QualityScreen"),
    "assessment": Entry("6", "floorctl.screens.assessment.screen", "AssessmentScreen"),
    "handover": Entry("7", "floorctl.screens.handover.screen", "HandoverScreen"),
    "sync": Entry("s", "floorctl.screens.sync.screen", "SyncScreen"),
}
