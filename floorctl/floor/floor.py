"""``Floor``, which both front ends use: they read through its services and write through them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from floorctl.calendar import WorkCalendar
    from floorctl.clock import PlatformClock
    from floorctl.config import Config
    from floorctl.floor.alerts.alerts import Alerts
    from floorctl.floor.assessment.assessment import Assessment
    from floorctl.floor.audit import Audit
    from floorctl.floor.breaks import Breaks
    from floorctl.floor.decisions import Decisions
    from floorctl.floor.departments import Departments
    from floorctl.floor.desk import Desk
    from floorctl.floor.events import Events
    from floorctl.floor.handover.handover import Handovers
    from floorctl.floor.handover.signing import Signing
    from floorctl.floor.hot_spots.reads import HotSpotReads
    from floorctl.floor.kept_texts import KeptTexts
    from floorctl.floor.live import Live
    from floorctl.floor.missed_calls import MissedCalls
    from floorctl.floor.names import Names
    from floorctl.floor.orders import Orders
    from floorctl.floor.outbox import Outbox
    from floorctl.floor.own_views import OwnViews
    from floorctl.floor.quality.reads import Quality
    from floorctl.floor.quality.scoring import Scoring
    from floorctl.floor.queues import Queues
    from floorctl.floor.repetitions import Repetitions
    from floorctl.floor.seats import Seats
    from floorctl.floor.session import Session
    from floorctl.floor.staffing import Staffing
    from floorctl.floor.status import Status
    from floorctl.floor.undo import Undo


@dataclass(frozen=True, kw_only=True, eq=False)
class Floor:
    """The services of one terminal, one for each subject; ``floorctl.floor.terminal`` builds it.

    Thread-safe. What a service marks *memory* returns at once; everything else reads the disk for a few milliseconds
    and must be called in a worker thread of the cockpit. Only signing in and out wait for the network.
    """

    config: Config
    data_dir: Path
    calendar: WorkCalendar
    clock: PlatformClock
    status: Status
    session: Session
    audit: Audit
    desk: Desk
    events: Events
    live: Live
    names: Names
    texts: KeptTexts
    seats: Seats
    queues: Queues
    orders: Orders
    decisions: Decisions
    departments: Departments
    own_views: OwnViews
    hot_spots: HotSpotReads
    repetitions: Repetitions
    missed_calls: MissedCalls
    alerts: Alerts
    staffing: Staffing
    breaks: Breaks
    quality: Quality
    scoring: Scoring
    assessment: Assessment
    handovers: Handovers
    signing: Signing
    outbox: Outbox
    undo: Undo
    files: ExitStack

    def now(self) -> datetime:
        """Platform time, in the floor's time zone."""
        return self.status.now()

    def close(self) -> None:
        """Stop the threads and close the files."""
        self.files.close()
