"""现场: the floor at a glance."""

from typing import ClassVar

from floorctl.screens.base import CockpitScreen


class FloorScreen(CockpitScreen):
    """The seats by zone, the queues above, alerts at the right, trunk and licences."""

    NAME_KEY: ClassVar[str] = "floor.name"
