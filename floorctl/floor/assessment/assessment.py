"""The contract's assessment: a month's score, what cost points, and the facts behind it, which can be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING

import msgspec

from floorctl.config import Config
from floorctl.errors import NotFoundError
from floorctl.floor.assessment.counting import Inputs, MonthCounting, last_days
from floorctl.floor.assessment.views import AccuracyCost, CostView, ExplainView, FactView, MonthBrief, ScoreView
from floorctl.floor.error_words import refused_fields
from floorctl.floor.views import OutboxItem
from floorctl.i18n import t, term
from floorctl.models.assessment import Fact
from floorctl.models.base import Ref
from floorctl.models.masked import Masked
from floorctl.models.orders import Order
from floorctl.models.team import Person
from floorctl.rules.assessment import attribution, outlook, scoring
from floorctl.rules.assessment.month import (
    Item,
    Month,
    MonthScore,
    contract_year_start,
    facts_of_contract_year,
    month_score,
)
from floorctl.rules.assessment.scoring import Readings
from floorctl.rules.orders.deadlines import dispatch_due_at
from floorctl.rules.privacy import mask_text, masked, masked_title
from floorctl.sync.outbox_item import new_command_id

if TYPE_CHECKING:
    from floorctl.floor.desk import Desk
    from floorctl.floor.ports import Commands
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.status import Status


class Assessment:
    """Reads months' scores and facts, and records facts. Reads the disk unless marked *memory*."""

    def __init__(self, config: Config, read_model: ReadModel, commands: Commands, status: Status, desk: Desk) -> None:
        self._config = config
        self._read_model = read_model
        self._commands = commands
        self._status = status
        self.now = status.now
        self._desk = desk
        self._counting = MonthCounting(config, read_model)
        self._scores: dict[Month, tuple[Inputs, MonthScore]] = {}
        self._assessed: ScoreView | None = None

    # --- reads

    def score(self, month: Month | None = None) -> ScoreView:
        """The score of ``month`` (default: the running one) at present, pending commands included.

        Raises:
            NotFoundError: the month has no score, see ``assessed``.

        """
        now = self.now()
        running = Month.of(now.date())
        wanted = self.assessed(month)
        months = self._months_of_year(wanted, now)
        scores = self._scored([*months, wanted], now)
        found = scores[wanted]
        begins = self.contract_begins(wanted)
        ended = [scores[each].base for each in months if scores[each].final]
        view = ScoreView(
            month=wanted,
            final=found.final,
            base=found.base,
            bonus=found.bonus,
            total=found.total,
            termination_right=begins is None and self._termination_right(wanted),
            items=found.items,
            year=outlook.year(ended, self._config.contract.price, self._readings),
            forecast=self._forecast(wanted, now) if wanted == running and begins is None else None,
            no_orders_known=self._first_sync_runs(),
            contract_begins=begins,
            short_courses=tuple(id_ for id_, _ in attribution.days_short(self._named_facts(), wanted)),
        )
        if wanted == running:
            self._assessed = view
        return view

    def assessed(self, month: Month | None) -> Month:
        """*memory* Return ``month`` (default: the running one) if it is of the contract and has begun, so has a score.

        Raises:
            NotFoundError: ``error.month_not_begun`` or ``error.month_before_contract``; not for the running month, for
                which ``ScoreView.contract_begins`` is set instead.

        """
        running = Month.of(self.now().date())
        if month is None or month == running:
            return running
        if month > running:
            raise NotFoundError("error.month_not_begun", month=month)
        if (begins := self.contract_begins(month)) is not None:
            raise NotFoundError("error.month_before_contract", month=month, start=begins)
        return month

    def contract_begins(self, month: Month) -> date | None:
        """*memory* The day on which the contract begins, None unless that is in a month after ``month``."""
        start = self._config.contract.start
        return start if month < Month.of(start) else None

    def last(self) -> ScoreView | None:
        """*memory* The running month's score as last computed; None before that."""
        return self._assessed

    def year(self, month: Month | None = None) -> list[MonthBrief]:
        """The months, up to the running one, of the contract year that contains ``month`` (default: the running one).

        Raises:
            NotFoundError: none of them has a score, see ``assessed``.

        """
        now = self.now()
        wanted = month or Month.of(now.date())
        months = self._months_of_year(wanted, now)
        if not months:
            self.assessed(wanted)
        return [
            MonthBrief(month=each, base=found.base, bonus=found.bonus, total=found.total, final=found.final)
            for each, found in self._scored(months, now).items()
        ]

    def costs(self, item_id: str, month: Month | None = None) -> list[CostView]:
        """The orders, people and facts that cost points of an item in ``month``, newest first, each with its share.

        Raises:
            NotFoundError: there is no such item, or the month has no score (see ``assessed``).

        """
        now = self.now()
        wanted = self.assessed(month)
        item = self._item(item_id, wanted, now)
        orders = self._counting.orders_with_event(item_id, wanted, now)
        people = {held.id: held.value for held in self._read_model.all(Person).values()}
        facts = dict(self._named_facts())
        costs = attribution.costs(
            item_id,
            wanted,
            item.lost,
            orders=orders.items(),
            people=people.items(),
            facts=facts.items(),
            zone=self._config.zone,
            now=now,
        )
        views = []
        for cost in costs:
            if cost.kind == "order":
                views.append(_order_cost(item_id, cost, orders[cost.id]))
            elif cost.kind == "person":
                person = people[cost.id]
                left = item_id == "attrition"
                detail = t("assess.left_on") if left else term("education", person.education)
                at = person.left_on if left else person.hired_on
                views.append(_cost(cost, person.name, detail, at))
            else:
                fact = facts[cost.id]
                title = mask_text(fact.title or "") or term("fact", fact.kind)
                views.append(_cost(cost, title, _fact_detail(fact), fact.day))
        return sorted(views, key=lambda view: (str(view.at or ""), view.id), reverse=True)

    def cost_of_wrong_dispatches(self, month: Month, wrong: int) -> AccuracyCost:
        """Return what ``wrong`` more wrong dispatches cost in ``month``.

        Raises:
            NotFoundError: the month has no score (see ``assessed``).

        """
        item = self._item("dispatch_accuracy", self.assessed(month), self.now())
        accurate, dispatched = item.counts["accurate"], item.counts["dispatched"]
        after = outlook.with_wrong_dispatches(accurate, dispatched, wrong, self._readings)
        return AccuracyCost(
            month=month,
            before=Fraction(accurate, dispatched) if dispatched else None,
            after=Fraction(max(accurate - wrong, 0), dispatched) if dispatched else None,
            lost_before=item.lost,
            lost_after=item.points - after,
        )

    def explain(self, item_id: str, month: Month | None = None) -> ExplainView:
        """How an item's score is computed, in words and with the month's numbers.

        Raises:
            NotFoundError: there is no such item, or the month has no score (see ``assessed``).

        """
        from floorctl.floor.assessment.explanation import explained

        now = self.now()
        wanted = self.assessed(month)
        item = self._item(item_id, wanted, now)
        return explained(item, running=now < wanted.end(self._config.zone), readings=self._readings)

    def facts(self, month: Month | None = None) -> list[FactView]:
        """The facts of ``month`` (default: all that are held), by day."""
        here = self._commands.targets("fact.record")
        return [
            FactView(
                id=held.id,
                version=held.version,
                record=Masked(held.value, masked, Ref("fact", held.id)),
                recorded_here=held.id in here,
                pending=held.pending,
            )
            for held in self._read_model.facts()
            if month is None or Month.of(held.value.day) == month
        ]

    def _named_facts(self) -> list[tuple[str, Fact]]:
        return [(held.id, held.value) for held in self._read_model.facts()]

    def fact_ids(self) -> list[str]:
        """*memory* The ids of all facts, by day."""
        return [held.id for held in self._read_model.facts()]

    # --- acts

    def record_fact(
        self,
        kind: str,
        day: date,
        *,
        matter: str | None = None,
        count: int | None = None,
        passed: int | None = None,
        sat: int | None = None,
        days: int | None = None,
        person_id: str | None = None,
        title: str | None = None,
        evidence: str | None = None,
    ) -> OutboxItem:
        """Record a fact, which counts at once; ``rules.assessment.fact_form`` defines the fields of each ``kind``.

        Raises:
            NotFoundError: there is no person with ``person_id``.
            RefusedError: a field is missing or not allowed.
            Others: see ``Desk``.

        """
        from floorctl.rules.assessment import fact_form

        given = {
            "day": day, "matter": matter, "count": count, "passed": passed, "sat": sat, "days": days,
            "person_id": person_id, "title": title, "evidence": evidence,
        }  # fmt: skip
        if wrong := fact_form.check(kind, given, self.now().date(), self._config.contract.start):
            raise refused_fields(wrong)
        if person_id is not None and self._read_model.get(Person, person_id) is None:
            raise NotFoundError("error.no_such_person", id=person_id)
        said = {name: value for name, value in given.items() if value not in (None, "")}
        return self._desk.submit("fact.record", new_command_id(), msgspec.to_builtins(said | {"kind": kind}))

    def remove_fact(self, fact_id: str, reason: str) -> OutboxItem:
        """Remove a fact for a reason; it counts no longer."""
        return self._desk.submit("fact.remove", fact_id, {"reason": reason})

    # --- counting

    @property
    def _readings(self) -> Readings:
        said = self._config.assessment
        return Readings(service_ability_rounding=said.service_ability_rounding, partial_points=said.partial_points)

    def _scored(self, months: Sequence[Month], now: datetime) -> dict[Month, MonthScore]:
        """The scores of ``months``; computed again only where the counts have changed."""
        found = {}
        for month, inputs in self._counting.inputs(months, now).items():
            final = now >= month.end(self._config.zone)
            known = self._scores.get(month)
            if known is None or known[0] != inputs or known[1].final != final:
                before = known[1] if known else None
                scored = month_score(month, inputs, final=final, readings=self._readings, before=before)
                known = self._scores[month] = (inputs, scored)
            found[month] = known[1]
        return found

    def _item(self, item_id: str, month: Month, now: datetime) -> Item:
        for item in self._scored([month], now)[month].items:
            if item.id == item_id:
                return item
        raise NotFoundError("error.no_such_item", id=item_id)

    def _months_of_year(self, month: Month, now: datetime) -> list[Month]:
        """The months of the contract year of ``month`` that belong to the contract and have begun."""
        first = Month.of(contract_year_start(self._config.contract.start, month))
        running = Month.of(now.date())
        earliest = Month.of(self._config.contract.start)
        return [each for each in (first.plus(n) for n in range(12)) if earliest <= each <= running]

    def _forecast(self, month: Month, now: datetime) -> outlook.Outlook:
        """The running month's outlook; what is due at the month's end is part of it."""
        inputs = self._counting.inputs([month], now)[month]
        so_far = {item: {name: n for name, n in counts.items() if name != "due"} for item, counts in inputs.items()}
        recent = self._counting.orders([last_days(now, outlook.LAST_DAYS)], now)[0]
        left = (month.end(self._config.zone) - now) // timedelta(seconds=1)
        return outlook.outlook(so_far, recent, Fraction(left, 86400), self._readings)

    def _termination_right(self, month: Month) -> bool:
        facts = (held.value for held in self._read_model.facts())
        return scoring.termination_right(facts_of_contract_year(facts, month, self._config.contract.start))

    def _first_sync_runs(self) -> bool:
        status = self._status.connection()
        return status.as_of is None or status.first_sync is not None


def _cost(cost: attribution.Cost, title: str, detail: str, at: datetime | date | None) -> CostView:
    return CostView(kind=cost.kind, id=cost.id, title=title, detail=mask_text(detail), at=at, lost=cost.lost)


def _order_cost(item_id: str, cost: attribution.Cost, order: Order) -> CostView:
    at = {
        "review_errors": order.reviewed_at,
        "dispatch_accuracy": order.dispatched_at,
        "callback_rate": order.handled_at,
        "service_ability": order.received_at,
    }.get(item_id)
    if item_id == "dispatch_timeliness":
        at = dispatch_due_at(order)
    detail = {
        "review_errors": t("assess.step.then").join(order.review_errors),
        "service_ability": order.problem or "",
    }.get(item_id) or masked_title(order)
    return _cost(cost, order.number, detail, at)


def _fact_detail(fact: Fact) -> str:
    if fact.kind == "onboarding_exam":
        return t("assess.exam", passed=fact.passed or 0, sat=fact.sat or 0)
    if fact.kind == "onboarding_training":
        return t("assess.course", n=fact.days or 0)
    return term("fact", fact.kind)
