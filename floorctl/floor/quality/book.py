"""Samples, scores and rubrics at one moment, read once, and the lists, progress and draws computed from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import cached_property, partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from floorctl.floor.quality.views import (
    AgentProgress,
    CalibrationView,
    InspectionView,
    InspectorProgress,
    PlanView,
    Progress,
    RubricView,
    SampleView,
    SpreadView,
)
from floorctl.models.base import Ref
from floorctl.models.masked import Masked
from floorctl.models.quality import Inspection, Rubric, Sample
from floorctl.models.team import Person
from floorctl.rules.commands.roles import SUPERVISOR
from floorctl.rules.privacy import masked
from floorctl.rules.quality import results, sampling, scoring

if TYPE_CHECKING:
    from floorctl.calendar import WorkCalendar
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.views import Signed
    from floorctl.models.base import Held


class QualityBook:
    """The samples, scores and rubrics held here, pending commands included.

    Each kind is read once, when it is first used. ``since``: leave out samples of earlier days and scores given before
    it, except those with pending commands.
    """

    def __init__(
        self,
        read_model: ReadModel,
        calendar: WorkCalendar,
        person: Signed | None,
        now: datetime,
        drafted: Iterable[str] = (),
        since: date | None = None,
    ) -> None:
        self.read_model = read_model
        self.calendar = calendar
        self._person = person
        self._now = now
        self._drafted = frozenset(drafted)
        self._since = since

    @cached_property
    def samples(self) -> Mapping[str, Held[Sample]]:
        """The samples, by id."""
        return self.read_model.samples(self._since)

    @cached_property
    def inspections(self) -> Mapping[str, Held[Inspection]]:
        """The scores, by id."""
        since = self._since
        midnight = None if since is None else datetime.combine(since, time(), self.calendar.zone)
        return self.read_model.inspections(midnight)

    # -- rubrics

    @cached_property
    def rubrics(self) -> dict[str, RubricView]:
        """The rubrics as views, by id."""
        return {
            rubric_id: RubricView(rubric_id, held.version, held.value)
            for rubric_id, held in self.read_model.all(Rubric).items()
        }

    def rubric_in_force(self, day: date) -> RubricView | None:
        """The latest rubric that is effective on ``day``; None where there is none."""
        begun = [view for view in self.rubrics.values() if (view.rubric.effective_from or date.min) <= day]
        return max(
            begun, key=lambda view: (view.rubric.effective_from or date.min, view.version, view.id), default=None
        )

    def titles(self) -> dict[str, str]:
        """The titles of all rubrics' items, by item id."""
        return {item.id: item.title for view in self.rubrics.values() for item in scoring.items(view.rubric)}

    def entities(self) -> dict[str, Rubric]:
        """The rubrics, by id."""
        return {each: view.rubric for each, view in self.rubrics.items()}

    # -- samples and scores

    @cached_property
    def _of_sample(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = defaultdict(list)
        for each, held in self.inspections.items():
            found[held.value.sample_id].append(each)
        for ids in found.values():
            ids.sort(key=lambda each: (self.inspections[each].value.submitted_at, each))
        return found

    def _sample_values(self) -> Iterator[tuple[str, Sample]]:
        return ((sample_id, held.value) for sample_id, held in self.samples.items())

    def scorers(self, sample_id: str) -> set[str]:
        """The ids of the inspectors who have scored this sample."""
        return {self.inspections[each].value.inspector_id for each in self._of_sample.get(sample_id, ())}

    def scores_of(self, sample_id: str) -> list[InspectionView]:
        """Every score of a sample, the oldest first."""
        return [self.inspection_view(each) for each in self._of_sample.get(sample_id, ())]

    def sample_view(self, sample_id: str) -> SampleView | None:
        """Return one sample as a view, None where there is none."""
        held = self.samples.get(sample_id)
        if held is None:
            return None
        sample = held.value
        me = self._person.person_id if self._person else None
        return SampleView(
            id=sample_id,
            version=held.version,
            record=Masked(
                self._as_seen(sample_id, sample),
                masked,
                Ref("sample", sample_id),
                confidential=partial(self.read_model.confidential, "sample", sample_id),
            ),
            agent_name=self.read_model.person_name(sample.agent_id),
            inspector_name=self.read_model.person_name(sample.inspector_id),
            drafted=sample_id in self._drafted,
            inspections=tuple(self.inspection_view(each) for each in self._seen_of(sample_id)),
            submitted_here=me in self.scorers(sample_id),
            number=self._numbers.get(sample_id, 0),
            asked=me is not None and (not sample.inspector_id or me in self._raters(sample)),
            pending=held.pending,
        )

    @cached_property
    def _numbers(self) -> dict[str, int]:
        """Each sample's number, from 1, in the plan of its day, which is ordered by sample id."""
        of_day: Counter[date] = Counter()
        numbers = {}
        for each in sorted(self.samples):
            day = self.samples[each].value.day
            of_day[day] += 1
            numbers[each] = of_day[day]
        return numbers

    def ids_by_name(self) -> dict[str, str]:
        """Map ``12`` (today's) and ``11-27/12`` to the sample's id; of the same day in two years, to the later one."""
        today = self._now.astimezone(self.calendar.zone).date()
        ids = {
            self._sample_name(each): each
            for each in sorted(self.samples, key=lambda each: self.samples[each].value.day)
        }
        return ids | {str(at): each for each, at in self._numbers.items() if self.samples[each].value.day == today}

    def _sample_name(self, sample_id: str) -> str:
        held = self.samples.get(sample_id)
        return f"{held.value.day:%m-%d}/{self._numbers[sample_id]}" if held else ""

    def _as_seen(self, sample_id: str, sample: Sample) -> Sample:
        """The sample with the state that this person may see: open where blind scores of others are all there is."""
        if sample.state != "scored" or self.complete(sample_id):
            return sample
        mine = self._person is not None and self._person.person_id in self.scorers(sample_id)
        return sample if mine else replace(sample, state="open")

    def _seen_of(self, sample_id: str) -> list[str]:
        ids = self._of_sample.get(sample_id, [])
        return ids if self.unlocked(sample_id) else [each for each in ids if self._mine(each)]

    def _mine(self, inspection_id: str) -> bool:
        return self._person is not None and self.inspections[inspection_id].value.inspector_id == self._person.person_id

    def sample_views(
        self, day: date | None, inspector_id: str | None = None, states: Iterable[str] | None = None
    ) -> list[SampleView]:
        """The samples of a day (None: of all days), by id, which is the plan's order."""
        wanted = None if states is None else frozenset(states)
        ids = sorted(
            each
            for each, sample in self._sample_values()
            if (day is None or sample.day == day)
            and (inspector_id is None or inspector_id in self._raters(sample))
            and (wanted is None or self._as_seen(each, sample).state in wanted)
        )
        return [view for each in ids if (view := self.sample_view(each)) is not None]

    def inspection_view(self, inspection_id: str) -> InspectionView:
        """Return one score as a view.

        Raises:
            KeyError: there is none with this id.

        """
        held = self.inspections[inspection_id]
        inspection = held.value
        rubric = self.rubrics.get(inspection.rubric_id)
        return InspectionView(
            id=inspection_id,
            version=held.version,
            record=Masked(
                inspection,
                masked,
                Ref("inspection", inspection_id),
                Ref("sample", inspection.sample_id),
                confidential=partial(self.read_model.confidential, "sample", inspection.sample_id),
            ),
            agent_name=self.read_model.person_name(inspection.agent_id),
            inspector_name=self.read_model.person_name(inspection.inspector_id),
            passed=rubric is not None and scoring.passed(rubric.rubric, inspection.total),
            appeal_open=scoring.appeal_open(inspection, self._now, self.calendar),
            appeal_until=scoring.appeal_until(inspection, self.calendar),
            pending=held.pending,
            sample_name=self._sample_name(inspection.sample_id),
        )

    def inspection_views(
        self, month: str | None, agent_id: str | None, states: Iterable[str] | None
    ) -> list[InspectionView]:
        """The scores that this person may see, newest first."""
        wanted = None if states is None else frozenset(states)
        ids = [
            each
            for each, held in self.inspections.items()
            if (month is None or self.month_of(held.value) == month)
            and (agent_id is None or held.value.agent_id == agent_id)
            and (wanted is None or held.value.state in wanted)
            and self.visible(each)
        ]
        ids.sort(key=lambda each: (self.inspections[each].value.submitted_at, each), reverse=True)
        return [self.inspection_view(each) for each in ids]

    def month_of(self, inspection: Inspection) -> str:
        """The month in which a score was given, in the floor's time zone."""
        return f"{inspection.submitted_at.astimezone(self.calendar.zone):%Y-%m}"

    def visible(self, inspection_id: str) -> bool:
        """Whether this person may see the score: not another's in a calibration that is not complete."""
        return self._mine(inspection_id) or self.unlocked(self.inspections[inspection_id].value.sample_id)

    # -- calibration

    @cached_property
    def _inspectors_of_day(self) -> dict[date, frozenset[str]]:
        found: dict[date, set[str]] = defaultdict(set)
        for _, sample in self._sample_values():
            if sample.inspector_id and sample.state != "skipped":
                found[sample.day].add(sample.inspector_id)
        return {day: frozenset(inspectors) for day, inspectors in found.items()}

    def _raters(self, sample: Sample) -> frozenset[str]:
        """The inspectors who are to score a sample: its own; for a calibration, all of that day's plan."""
        if sample.reason == "calibration":
            return self._inspectors_of_day.get(sample.day, frozenset())
        return frozenset((sample.inspector_id,)) if sample.inspector_id else frozenset()

    def complete(self, sample_id: str) -> bool:
        """Whether a sample has every score that it is to have; a skipped calibration gets no more."""
        held = self.samples.get(sample_id)
        if held is None:
            return True
        sample = held.value
        if sample.reason != "calibration":
            return sample.state == "scored"
        return sample.state == "skipped" or (
            sample.state == "scored" and self._raters(sample) <= self.scorers(sample_id)
        )

    def unlocked(self, sample_id: str) -> bool:
        """Whether this person may see everybody's scores of a sample.

        A calibration is blind until every rater has scored. After its day, a supervisor who is not a rater may see the
        scores that there are.
        """
        held = self.samples.get(sample_id)
        if held is None or held.value.reason != "calibration" or self.complete(sample_id):
            return True
        sample = held.value
        person = self._person
        if person is None or SUPERVISOR not in person.roles or person.person_id in self._raters(sample):
            return False
        return self._now.astimezone(self.calendar.zone).date() > sample.day

    def calibrations(self, month: str | None) -> list[CalibrationView]:
        """The calibration samples of a month (None: of all), newest first."""
        found = [
            self._calibration(each, sample)
            for each, sample in self._sample_values()
            if sample.reason == "calibration" and (month is None or f"{sample.day:%Y-%m}" == month)
        ]
        return sorted(found, key=lambda view: (view.sample.day, view.sample_id), reverse=True)

    def _calibration(self, sample_id: str, sample: Sample) -> CalibrationView:
        unlocked = self.unlocked(sample_id)
        views = tuple(self.inspection_view(each) for each in self._seen_of(sample_id))
        scores = [view.inspection for view in views]
        rubric = self.rubrics.get(scores[0].rubric_id) if scores else None
        spreads: tuple[SpreadView, ...] = ()
        kappa = agreed = None
        if unlocked and rubric is not None and len(scores) > 1:
            titles = {item.id: item.title for item in scoring.items(rubric.rubric)}
            spreads = tuple(SpreadView(titles[each.item_id], each) for each in results.spread(rubric.rubric, scores))
            kappa = results.agreement(rubric.rubric, scores)
            agreed = results.agreed(rubric.rubric, scores)
        waiting = sorted(self._raters(sample) - self.scorers(sample_id))
        return CalibrationView(
            mine=self._person is not None and self._person.person_id in waiting and sample.state != "skipped",
            sample_id=sample_id,
            sample=masked(self._as_seen(sample_id, sample)),
            agent_name=self.read_model.person_name(sample.agent_id),
            inspections=views,
            agreed=agreed,
            name=self._sample_name(sample_id),
            spreads=spreads,
            kappa=kappa,
            unlocked=unlocked,
            waiting_for=tuple(self.read_model.person_name(each) for each in waiting),
        )

    # -- progress

    def people(self) -> dict[str, Person]:
        """All people, by id."""
        return {person_id: held.value for person_id, held in self.read_model.all(Person).items()}

    def counts(self, day: date) -> tuple[int, int]:
        """The numbers of samples planned for a day and of those scored, by every rater in the case of calibrations."""
        planned = self._planned(day)
        return len(planned), sum(self.complete(each) for each in planned)

    def _planned(self, day: date) -> dict[str, Sample]:
        return {
            each: sample for each, sample in self._sample_values() if sample.day == day and sample.state != "skipped"
        }

    def by_inspector(self, day: date) -> tuple[InspectorProgress, ...]:
        """Each inspector's progress with a day's plan; a calibration counts for each of its raters."""
        planned: Counter[str] = Counter()
        scored: Counter[str] = Counter()
        for each, sample in self._planned(day).items():
            calibration = sample.reason == "calibration"
            for rater in self._raters(sample) or ("",):
                planned[rater] += 1
                scored[rater] += rater in self.scorers(each) if calibration else sample.state == "scored"
        return tuple(
            InspectorProgress(each, self.read_model.person_name(each), planned[each], scored[each])
            for each in sorted(planned, key=lambda each: (not each, each))
        )

    def progress(self, day: date) -> Progress:
        """The progress of a day's plan, and the samples still owed this month by agent."""
        by_id = self._planned(day)
        planned = list(by_id.values())
        scored = [sample for each, sample in by_id.items() if self.complete(each)]
        done = self._done_this_month(day)
        people = self.people()
        agents = {
            each
            for each, person in people.items()
            if person.post == "agent" and person.hired_on <= day and (person.left_on is None or person.left_on > day)
        } | {sample.agent_id for sample in planned}
        name = self.read_model.person_name
        of_agents, about_agents = (Counter(each.agent_id for each in some) for some in (planned, scored))
        return Progress(
            day=day,
            planned=len(planned),
            scored=len(scored),
            by_inspector=self.by_inspector(day),
            by_agent=tuple(
                AgentProgress(
                    person_id=each,
                    name=name(each),
                    planned=of_agents[each],
                    scored=about_agents[each],
                    owed_this_month=sampling.owed(people[each].hired_on, day, done[each]) if each in people else 0,
                )
                for each in sorted(agents)
            ),
        )

    def _done_this_month(self, day: date) -> Counter[str]:
        done = ("scored", day.year, day.month)
        # Calibrations compare inspectors; the draw doesn't count them either.
        return Counter(
            sample.agent_id
            for _, sample in self._sample_values()
            if (sample.state, sample.day.year, sample.day.month) == done and sample.reason != "calibration"
        )

    # -- the draw

    def plan(self, day: date, seed: str) -> PlanView:
        """Draw a day's samples by ``seed`` from the data held here, and compare them with the platform's plan."""
        since, until = sampling.window(day, self.calendar)
        received = self.read_model.orders_received(since, self._now)
        orders = [(held.id, held.value) for batch in received for held in batch]
        shifts = [held.value for held in self.read_model.shifts(since, until).values()]
        samples = dict(self._sample_values())
        scores = [held.value for held in self.inspections.values()]
        candidates = sampling.candidates(day, self.calendar, orders, shifts, samples.values())
        plans = sampling.plans(day, self.calendar, self.people(), samples, scores, self.entities())
        drawn = sampling.draw(seed, day, candidates, plans)
        theirs = {each: one for each, one in samples.items() if one.day == day and one.reason != "calibration"}
        ours = {each.candidate.id for each in drawn}
        others = (each for each, one in theirs.items() if ours.isdisjoint((one.target.id, one.order_id or "")))
        return PlanView(
            day=day,
            seed=seed,
            since=since,
            until=until,
            candidates=len(candidates),
            drawn=tuple(drawn),
            in_plan=frozenset(id_ for one in theirs.values() for id_ in (one.target.id, one.order_id) if id_),
            not_drawn=tuple(sorted(others)),
        )
