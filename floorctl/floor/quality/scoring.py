"""The acts of quality inspection 质检: keeping forms, submitting scores, appeals and decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from floorctl.config import Config
from floorctl.errors import NotAllowedError, NotFoundError, RefusedError
from floorctl.floor.error_words import refused_fields
from floorctl.floor.quality.reads import FORM
from floorctl.models.alerts import Alert
from floorctl.models.command import PARKED
from floorctl.models.quality import Inspection, Sample
from floorctl.sync.draft import Draft, DraftKey
from floorctl.text.numbers import score_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from floorctl.floor.desk import Desk
    from floorctl.floor.ports import Commands, Drafts
    from floorctl.floor.quality.reads import Quality
    from floorctl.floor.quality.score_file import Checked, Row
    from floorctl.floor.quality.views import DoubleScore, Form, RubricChange, RubricView
    from floorctl.floor.read_model import ReadModel
    from floorctl.floor.session import Session
    from floorctl.floor.views import OutboxItem
    from floorctl.models.quality import ItemScore


class Scoring:
    """Forms that are being filled in, and the acts of quality inspection. The acts raise what ``Desk`` does."""

    def __init__(
        self,
        config: Config,
        read_model: ReadModel,
        quality: Quality,
        drafts: Drafts,
        commands: Commands,
        session: Session,
        now: Callable[[], datetime],
        desk: Desk,
    ) -> None:
        self._config = config
        self._read_model = read_model
        self._quality = quality
        self._drafts = drafts
        self._commands = commands
        self._session = session
        self.now = now
        self._desk = desk

    # -- the form

    def form(self, sample_id: str) -> Form:
        """Return the person's draft of a sample's form, else a new form on the rubric in force.

        If a score of theirs was refused, the new form has its values as far as they fit the rubric in force.

        Raises:
            NotAllowedError: nobody is signed in.
            NotFoundError: ``error.no_such_sample``; ``error.no_rubric``: none is in force.

        """
        from floorctl.floor.quality.score_data import restored
        from floorctl.rules.quality.form import Form

        draft = self._drafts.draft(self._key(sample_id))
        if draft is not None:
            import msgspec

            return msgspec.json.decode(draft.data, type=Form)
        if self._read_model.get(Sample, sample_id) is None:
            raise NotFoundError("error.no_such_sample", id=sample_id)
        view = self._rubric_in_force()
        form = Form(sample_id=sample_id, rubric_id=view.id, rubric_version=view.version, rubric=view.rubric)
        refused = self._refused_score(sample_id)
        return form if refused is None else restored(form, refused.data)

    def save_form(self, form: Form) -> Form:
        """Save a form as a draft and return it with ``saved_at``; it is on the disk, encrypted, when this returns."""
        import msgspec

        now = self.now()
        form = msgspec.structs.replace(form, saved_at=now)
        self._drafts.save_draft(Draft(self._key(form.sample_id), now, msgspec.json.encode(form)))
        return form

    def discard_form(self, sample_id: str) -> None:
        """Delete the person's draft of a sample's form."""
        self._drafts.drop_draft(self._key(sample_id))

    def rubric_changes(self, form: Form) -> list[RubricChange]:
        """Return how the rubric in force differs from the form's; empty if it does not."""
        from floorctl.rules.quality.form import changes

        return changes(form.rubric, self._rubric_in_force().rubric)

    def renew_form(self, form: Form) -> Form:
        """Return the form on the rubric in force, with the values that still fit. Does not save it."""
        from floorctl.rules.quality.form import renewed

        view = self._rubric_in_force()
        return renewed(form, view.id, view.version, view.rubric)

    # -- acts

    def submit(self, form: Form) -> OutboxItem:
        """Submit a score; its draft is deleted in the transaction that adds it to the journal.

        Raises:
            RefusedError: ``error.refused_fields``: the form is not complete (``fields`` by item id), or the sample is
                scored already; ``error.rubric_changed``: another rubric is in force by now (see ``renew_form``).

        """
        from floorctl.floor.quality.score_data import inspection_id, score_data
        from floorctl.rules.quality import form as forms

        self._desk.require("inspection.submit")
        if wrong := forms.problems(form):
            raise refused_fields(wrong)
        view = self._rubric_in_force()
        if view.id != form.rubric_id or forms.changes(form.rubric, view.rubric):
            raise RefusedError("error.rubric_changed", title=view.rubric.title)
        data = score_data(form.sample_id, view, forms.scores(form), form.fatal, form.comment)
        key = self._key(form.sample_id)
        refused = self._refused_score(form.sample_id)
        if refused is not None and self._quality.sample(form.sample_id).sample.state == "open":
            # Replace the refused command: a new one would wait behind it for ever.
            again = self._desk.retry(refused.id, data)
            self._drafts.drop_draft(key)
            return again
        return self._desk.submit("inspection.submit", inspection_id(form.sample_id, key.person_id), data, finishes=key)

    def check_scores(self, path: Path) -> Checked:
        """Read a csv file or workbook of scores and check every row (see ``score_file``), without submitting anything.

        Raises:
            NotAllowedError: nobody is signed in who may score.
            UsageError: the file can't be read, or its header is not valid.

        """
        from floorctl.floor.quality import score_file
        from floorctl.floor.quality.score_data import inspection_id

        me = self._desk.require("inspection.submit").person_id
        book, rubric = self._quality.book(), self._rubric_in_force()

        def scored(form: Form) -> bool | None:
            held = book.inspections.get(inspection_id(form.sample_id, me))
            if held is not None:
                return score_file.same(form, held.value.scores, held.value.fatal, held.value.comment)
            given = (book.inspections[view.id].value for view in book.scores_of(form.sample_id))
            mine = next((score for score in given if score.inspector_id == me), None)
            return None if mine is None else score_file.same(form, mine.scores, mine.fatal, mine.comment)

        return score_file.check(score_file.read(path, rubric.rubric), book, rubric, scored)

    def import_score(self, row: Row) -> OutboxItem:
        """Submit a row that passed ``check_scores``. Submitting it again, here or elsewhere, makes the same command."""
        from floorctl.floor.quality import score_file
        from floorctl.floor.quality.score_data import inspection_id, score_data
        from floorctl.rules.quality import form as forms

        me, form = self._desk.require("inspection.submit").person_id, row.form
        sample = self._quality.sample(form.sample_id).sample
        data = score_data(form.sample_id, self._rubric_in_force(), forms.scores(form), form.fatal, form.comment)
        command_id, made_at = score_file.command_of(sample, me, data, self._config.zone)
        return self._desk.submit(
            "inspection.submit",
            inspection_id(form.sample_id, me),
            data,
            finishes=self._key(form.sample_id),
            command_id=command_id,
            made_at=made_at,
        )

    def can_skip(self, sample_id: str) -> bool:
        """Whether nobody has scored the sample yet; read from the entity, since the view of a calibration hides it."""
        return getattr(self._read_model.value(Sample, sample_id), "state", "") == "open"

    def skip_sample(self, sample_id: str, reason: str) -> OutboxItem:
        """Take a sample off the plan and delete the draft of its form."""
        return self._desk.submit("sample.skip", sample_id, {"reason": reason}, finishes=self._key(sample_id))

    def appeal(self, inspection_id: str, reason: str) -> OutboxItem:
        """申诉: appeal against a score.

        Raises:
            RefusedError: ``error.appeal_too_late``: its three working days are over.

        """
        self._desk.require("inspection.appeal")
        view = self._quality.inspection(inspection_id)
        if view.inspection.state == "submitted" and not view.appeal_open:
            raise RefusedError("error.appeal_too_late", until=view.appeal_until.strftime("%Y-%m-%d %H:%M"))
        return self._desk.submit("inspection.appeal", inspection_id, {"reason": reason})

    def decide(self, inspection_id: str, decision: str, scores: Sequence[ItemScore] | None = None) -> OutboxItem:
        """复核: decide an appeal; ``upheld``, or ``revised`` with all of the new scores.

        A comment that is still as a view shows it, masked, is submitted as it was written.

        Raises:
            RefusedError: ``error.revision_unchanged``: the new scores give every item the points that it had.

        """
        import msgspec

        from floorctl.rules.quality.scoring import same_points

        self._desk.require("inspection.decide")
        view = self._quality.inspection(inspection_id)
        if decision == "revised" and scores is not None and same_points(view.inspection.scores, scores):
            raise RefusedError("error.revision_unchanged", total=score_text(view.inspection.total))
        data: dict[str, Any] = {"decision": decision}
        if scores is not None:
            data["scores"] = msgspec.to_builtins(self._with_comments_as_written(inspection_id, scores))
        return self._desk.submit("inspection.decide", inspection_id, data)

    def _with_comments_as_written(self, inspection_id: str, scores: Sequence[ItemScore]) -> list[ItemScore]:
        from msgspec.structs import replace

        from floorctl.rules.privacy import mask_text

        held = self._read_model.value(Inspection, inspection_id)
        written = {score.item_id: score.comment or "" for score in (held.scores if held is not None else ())}
        return [
            replace(score, comment=written[score.item_id])
            if score.comment and score.comment == mask_text(written.get(score.item_id, ""))
            else score
            for score in scores
        ]

    def resolve_double_score(self, command_id: str, keep: str, reason: str) -> list[OutboxItem]:
        """Decide between two scores of one sample: ``keep`` the ``first`` (the platform's) or the ``second`` (ours).

        Keeping the second appeals against the first, if nobody has, and revises it to the second's points. Either way
        the refused command is dropped with ``reason``. Returns the new commands.

        Raises:
            NotAllowedError: only a supervisor decides.
            NotFoundError: ``error.no_such_contest``.
            RefusedError: ``error.contest_decided`` or ``error.contest_fatal``: the second can't be taken any more;
                ``error.contest_own``: whoever gave the first does not decide on it.

        """
        from floorctl.rules.quality.scoring import check

        me = self._desk.require("inspection.decide").person_id
        double = next((each for each in self._quality.double_scores() if each.command_id == command_id), None)
        if double is None:
            raise NotFoundError("error.no_such_contest", id=command_id)
        made = []
        if keep == "second":
            if double.why_not:
                raise RefusedError(double.why_not)
            first = double.first
            # Check before submitting the appeal, which could otherwise be left without a decision.
            if first.inspection.inspector_id == me:
                raise RefusedError("error.contest_own")
            rubric = self._quality.book().rubrics[first.inspection.rubric_id].rubric
            second = self._second_score(double)
            if wrong := check(rubric, second.scores, first.inspection.fatal):
                raise refused_fields(wrong)
            if first.inspection.state == "submitted":
                made.append(self._desk.submit("inspection.appeal", first.id, {"reason": reason}))
            made.append(self.decide(first.id, "revised", second.scores))
        self._desk.drop(command_id, reason)
        made += self._close_alerts_about(double, reason)
        return made

    def _second_score(self, double: DoubleScore) -> Inspection:
        """Return the refused score of a double score as it was written."""
        from floorctl.floor.quality.double_score import refused_score

        item = self._commands.get(double.command_id)
        second = None if item is None else refused_score(self._quality.book(), item, double.sample)
        if second is None:
            raise NotFoundError("error.no_such_contest", id=double.command_id)
        return second

    def _close_alerts_about(self, double: DoubleScore, reason: str) -> list[OutboxItem]:
        """Close the alerts about a double score that has been decided."""
        return [
            self._desk.submit("alert.close", alert_id, {"note": reason})
            for alert_id, held in self._read_model.all(Alert).items()
            if alert_id.endswith(f":{double.sample.id}:{double.command_id}") and held.value.state != "closed"
        ]

    def play(self, sample_id: str) -> None:
        """Start the configured player on the sample's recording, without waiting for it.

        Raises:
            NotFoundError: ``error.no_such_sample``, ``error.no_recording``.
            UsageError: ``error.no_player``: none is configured; ``error.recording_address``: no http or https address.
            FloorctlError: ``error.player_failed``: it could not be started.

        """
        from floorctl.floor.quality.player import play

        sample = self._read_model.value(Sample, sample_id)
        if sample is None:
            raise NotFoundError("error.no_such_sample", id=sample_id)
        call = sample.call
        if call is None or not call.recording_url:
            raise NotFoundError("error.no_recording", id=sample_id)
        play(self._config.terminal.player, call.recording_url)

    def _refused_score(self, sample_id: str) -> OutboxItem | None:
        """Return the person's own parked score of a sample (refused or in conflict), or None."""
        from floorctl.floor.quality.score_data import inspection_id

        target = inspection_id(sample_id, self._key(sample_id).person_id)
        parked = self._commands.items(PARKED)
        return next((item for item in parked if item.kind == "inspection.submit" and item.target.id == target), None)

    def _rubric_in_force(self) -> RubricView:
        view = self._quality.rubric()
        if view is None:
            raise NotFoundError("error.no_rubric")
        return view

    def _key(self, sample_id: str) -> DraftKey:
        if self._session.person is None:
            raise NotAllowedError("error.not_signed_in")
        return DraftKey(FORM, sample_id, self._session.person.person_id)
