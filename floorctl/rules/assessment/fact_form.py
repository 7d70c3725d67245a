"""The fields of each kind of fact, for the screen, the command line and the check before the journal."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from floorctl.models.assessment import FACT_KINDS
from floorctl.rules.assessment.scoring import BONUSES, DEDUCTIONS
from floorctl.rules.commands.refusal import FieldError


class Form(msgspec.Struct, frozen=True, kw_only=True):
    """The fields of one kind of fact besides its day: required ones (``needs``) and optional ones (``takes``)."""

    needs: tuple[str, ...]
    takes: tuple[str, ...]

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields, in the order in which they are asked for."""
        return self.needs + self.takes


_WORDS = ("title", "evidence")
#: Deductions and bonuses: several facts can be about one matter.
_MATTER = Form(needs=(), takes=("title", "matter", "count", "person_id", "evidence"))
_HELD = Form(needs=(), takes=("title", "count", "evidence"))

FORMS: dict[str, Form] = {
    **dict.fromkeys(FACT_KINDS, _HELD),
    **dict.fromkeys((*DEDUCTIONS, "data_misuse", *BONUSES), _MATTER),
    "onboarding_exam": Form(needs=("sat", "passed"), takes=_WORDS),
    "onboarding_training": Form(needs=("days",), takes=("count", *_WORDS)),
    "service_star": Form(needs=(), takes=("title", "person_id", "count", "evidence")),
}


def check(kind: str, given: Mapping[str, Any], today: date, contract_start: date = date.min) -> list[FieldError]:
    """Return the errors in a fact of ``kind``: missing fields, unexpected fields, a day out of range.

    ``given``: the day and the other fields that were entered. A future day is refused because nothing can have happened
    then; a day before the contract because it would never count.
    """
    if kind not in FORMS:
        return [FieldError("kind", "unknown_fact", {"kind": kind})]
    form = FORMS[kind]
    wrong = [FieldError(name, "missing") for name in form.needs if given.get(name) in (None, "")]
    wrong += [
        FieldError(name, "not_of_this_fact")
        for name, value in given.items()
        if value is not None and name not in (*form.fields, "day")
    ]
    if given["day"] > today:
        wrong.append(FieldError("day", "not_yet"))
    elif given["day"] < contract_start:
        wrong.append(FieldError("day", "before_contract", {"start": contract_start}))
    return wrong
