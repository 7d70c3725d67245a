"""The queues and the floor's resources, with their metrics since midnight."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from floorctl.floor.views import QueueView, ResourceView
from floorctl.models.base import Ref
from floorctl.models.masked import Masked
from floorctl.rules.floor import contradictions, metrics
from floorctl.rules.privacy import masked

if TYPE_CHECKING:
    from datetime import date

    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.status import Status
    from floorctl.models.floor import Interval, Resource


class Queues:
    """Reads queues, resources and quarter-hour intervals."""

    def __init__(self, read_model: ReadModel, status: Status) -> None:
        self._read_model = read_model
        self._status = status

    def all(self) -> list[QueueView]:
        """*memory* Every queue, the general line first."""
        at = self._status.shown_at()
        return [
            QueueView(
                id=held.id,
                version=held.version,
                record=Masked(held.value, masked, Ref("queue", held.id)),
                answer_rate=figures.answer_rate,
                service_level=figures.service_level,
                abandon_rate=figures.abandon_rate,
                asa_seconds=figures.asa_seconds,
                aht_seconds=figures.aht_seconds,
                longest_wait_seconds=figures.longest_wait_seconds,
                pending=held.pending,
                doubts=figures.doubts,
            )
            for held in self._read_model.queues()
            for figures in [metrics.figures(held.value, at)]
        ]

    def resources(self) -> list[ResourceView]:
        """*memory* Every resource: trunk, licences, equipment."""
        return [
            ResourceView(held.id, masked(held.value), None if doubt else _share(held.value), doubt)
            for held in self._read_model.resources()
            for doubt in [bool(contradictions.of_resource(held.value))]
        ]

    def intervals(self, queue_id: str, day: date | None = None) -> list[Interval]:
        """The quarter-hour intervals of one queue on one day (default: today), in order."""
        start, end = self._status.day(day)
        return self._read_model.intervals(queue_id, start, end)


def _share(thing: Resource) -> Fraction | None:
    return Fraction(thing.in_use, thing.capacity) if thing.capacity else None
