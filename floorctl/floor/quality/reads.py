"""Reading quality inspection: samples, scores, calibration, progress, results, and what waits for a decision."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from msgspec.structs import replace

from floorctl.calendar import WorkCalendar
from floorctl.errors import NotFoundError
from floorctl.floor.views import Changed
from floorctl.models.command import PARKED
from floorctl.models.quality import Inspection, Sample

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.floor.events import Event, Events
    from floorctl.floor.ports import Commands, Drafts
    from floorctl.floor.quality.book import QualityBook
    from floorctl.floor.quality.views import (
        CalibrationView,
        DoubleScore,
        InspectionView,
        PlanView,
        Progress,
        QualityResults,
        RubricView,
        SampleView,
    )
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.views import OutboxItem
    from floorctl.models.base import Entity

#: The draft kind of inspectors' forms.
FORM = "inspection"


class Quality:
    """Reads of quality inspection; everything not marked *memory* reads the disk."""

    def __init__(
        self,
        calendar: WorkCalendar,
        read_model: ReadModel,
        commands: Commands,
        drafts: Drafts,
        session: Session,
        now: Callable[[], datetime],
        events: Events,
    ) -> None:
        self._calendar = calendar
        self._read_model = read_model
        self._commands = commands
        self._drafts = drafts
        self._session = session
        self.now = now
        #: The day of the last count, and its numbers of planned and of scored samples; None before the first count.
        self._counts: tuple[date, tuple[int, int]] | None = None
        events.subscribe(self._recount)

    def book(self, since: date | None = None) -> QualityBook:
        """Return a snapshot of all data of quality inspection, for several reads of the same state.

        ``since``: leave out samples of earlier days, and scores given before it.
        """
        from floorctl.floor.quality.book import QualityBook

        drafts = self._drafts.drafts(FORM, self._session.person.person_id) if self._session.person else []
        begun = [draft.key.subject for draft in drafts]
        return QualityBook(self._read_model, self._calendar, self._session.person, self.now(), begun, since)

    def _book_about(self, sample_id: str) -> QualityBook:
        """Return a snapshot since the day of this sample; an empty one if there is no such sample."""
        sample = self._read_model.value(Sample, sample_id)
        return self.book(getattr(sample, "day", date.max))

    def as_blind(self, items: list[OutboxItem]) -> list[OutboxItem]:
        """Return this terminal's commands without the points of others in a blind calibration that is still open."""
        me = self._session.person.person_id if self._session.person else None
        samples = {
            item.id: str(item.data.get("sample_id", ""))
            for item in items
            if item.kind == "inspection.submit" and item.made_by != me
        }
        if not samples:
            return items
        found = self._read_model.many(Sample, samples.values())
        blind = {sample_id for sample_id, held in found.items() if held.value.reason == "calibration"}
        if blind:
            book = self.book(min(found[sample_id].value.day for sample_id in blind))
            blind = {each for each in blind if not book.unlocked(each)}
        return [
            replace(item, data={"sample_id": samples[item.id]}) if samples.get(item.id) in blind else item
            for item in items
        ]

    def as_seen(self, id_: str, entity: Entity) -> Entity | None:
        """Return a sample as this person may see it, None for a score that they may not see yet; other kinds as is."""
        try:
            if isinstance(entity, Inspection):
                return self.inspection(id_).inspection
            if isinstance(entity, Sample):
                return self.sample(id_).sample
        except NotFoundError:
            return None
        return entity

    # -- reading

    def rubric(self) -> RubricView | None:
        """Return the rubric in force today, or None."""
        return self.book().rubric_in_force(self.now().date())

    def samples(
        self, day: date | None = None, *, inspector_id: str | None = None, states: Iterable[str] | None = None
    ) -> list[SampleView]:
        """Return the samples of a day (today if left out), in the plan's order."""
        day = day or self.now().date()
        return self.book(day).sample_views(day, inspector_id, states)

    def sample(self, sample_id: str) -> SampleView:
        """Return one sample.

        Raises:
            NotFoundError: ``error.no_such_sample``.

        """
        view = self._book_about(sample_id).sample_view(sample_id)
        if view is None:
            raise NotFoundError("error.no_such_sample", id=sample_id)
        return view

    def next_sample(self, after: str | None = None) -> SampleView | None:
        """Return today's next sample for this person to score, or None: drafts first, then in the plan's order.

        Candidates are samples that are planned for them or for nobody, and every calibration of a day on which they
        inspect, without those that they have submitted. ``after``: start behind this sample and wrap around.
        """
        open_ = [
            view for view in self.samples() if view.asked and view.sample.state == "open" and not view.submitted_here
        ]
        if not open_:
            return None
        return min(open_, key=lambda view: (not view.drafted, after is not None and view.id <= after, view.id))

    def others_left(self) -> tuple[tuple[str, int], ...]:
        """Return who else has samples of today's plan left to score, and how many; an empty name: nobody's samples."""
        today = self.now().date()
        me = self._session.person.person_id if self._session.person else None
        return tuple(
            (each.name, each.planned - each.scored)
            for each in self.book(today).by_inspector(today)
            if each.person_id != me and each.planned > each.scored
        )

    def inspections(
        self,
        *,
        month: str | None = None,
        agent_id: str | None = None,
        states: Iterable[str] | None = None,
    ) -> list[InspectionView]:
        """Return the matching scores, newest first. ``month`` is like ``2026-11``."""
        return self.book(_before(month, 1)).inspection_views(month, agent_id, states)

    def inspection(self, inspection_id: str) -> InspectionView:
        """Return one score.

        Raises:
            NotFoundError: ``error.no_such_inspection``: there is none, or this person may not see it yet.

        """
        score = self._read_model.value(Inspection, inspection_id)
        book = self._book_about(getattr(score, "sample_id", ""))
        if score is not None and inspection_id not in book.inspections:
            book = self.book()  # its sample is gone, or it was scored before the sample's day
        if inspection_id not in book.inspections or not book.visible(inspection_id):
            raise NotFoundError("error.no_such_inspection", id=inspection_id)
        return book.inspection_view(inspection_id)

    def calibrations(self, month: str | None = None) -> list[CalibrationView]:
        """校准: return samples scored by several inspectors, newest first; blind until everybody asked has scored."""
        return self.book(_before(month, 1)).calibrations(month)

    def progress(self, day: date | None = None) -> Progress:
        """Return the progress of a day's plan (today's if left out), per inspector and per agent."""
        day = day or self.now().date()
        return self.book(day.replace(day=1)).progress(day)

    def plan(self, day: date | None = None, seed: str = "12345") -> PlanView:
        """Draw a day's samples (today's if left out) from the data held here, so that a draw can be verified."""
        return self.book().plan(day or self.now().date(), seed)

    def results(self, month: str | None = None) -> QualityResults:
        """Return a month's results (this month's if left out)."""
        from floorctl.floor.quality import results

        month = month or f"{self.now():%Y-%m}"
        return results.results(self.book(_before(month, results.MONTHS)), month)

    def counts(self) -> tuple[int, int]:
        """Return how many samples are planned for today and how many are scored; *memory* once counted."""
        known = self._counts
        if known is None or known[0] != self.now().date():
            return self.count()
        return known[1]

    def count(self) -> tuple[int, int]:
        """Count today's samples now, pending commands included."""
        today = self.now().date()
        counts = self.book(today).counts(today)
        self._counts = today, counts
        return counts

    def _recount(self, event: Event) -> None:
        """Count again after a change of samples or scores, if there is a count."""
        if self._counts is not None and isinstance(event, Changed) and event.ids.keys() & {"sample", "inspection"}:
            self.count()

    def double_scores(self) -> list[DoubleScore]:
        """Return scores given here to samples that somebody else had scored first; a supervisor decides on them."""
        parked = [item for item in self._commands.items(PARKED) if item.kind == "inspection.submit"]
        if not parked:
            return []
        from floorctl.floor.quality.double_score import double_scores

        names = {item.made_by: self._read_model.person_name(item.made_by) for item in parked}
        samples = self._read_model.many(Sample, (str(item.data.get("sample_id", "")) for item in parked))
        since = min((held.value.day for held in samples.values()), default=date.max)
        return list(double_scores(self.book(since), parked, names))


def _before(month: str | None, months: int) -> date | None:
    """Return a day at least ``months`` months before the end of ``month``, so that all data it needs is included."""
    return None if month is None else date.fromisoformat(f"{month}-01") - timedelta(days=31 * months)
