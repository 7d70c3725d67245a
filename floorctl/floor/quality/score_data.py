"""Conversions of a score: to the id of its inspection, to the data of its command, and back to a form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from floorctl.models.quality import ItemScore
from floorctl.rules.quality import form as forms
from floorctl.rules.quality.form import Form

if TYPE_CHECKING:
    from floorctl.floor.quality.views import RubricView


def inspection_id(sample_id: str, inspector_id: str) -> str:
    """The id of the one score that an inspector gives a sample, the same at every terminal."""
    from uuid import NAMESPACE_URL, uuid5

    return f"in-{uuid5(NAMESPACE_URL, f'floorctl:inspection:{sample_id}:{inspector_id}')}"


def score_data(
    sample_id: str, rubric: RubricView, scores: Sequence[ItemScore], fatal: Sequence[str], comment: str
) -> dict[str, Any]:
    """The data of an ``inspection.submit`` command."""
    data = {
        "sample_id": sample_id,
        "rubric_id": rubric.id,
        "rubric_version": rubric.version,
        "scores": msgspec.to_builtins(tuple(scores)),
        "fatal": list(fatal),
    }
    return data | ({"comment": comment} if comment else {})


def restored(form: Form, data: dict[str, Any]) -> Form:
    """Return ``form`` (an empty one) filled from the data of an ``inspection.submit``, as far as its rubric allows."""
    try:
        scores = msgspec.convert(data.get("scores", []), tuple[ItemScore, ...])
    except msgspec.ValidationError:
        return form
    filled = msgspec.structs.replace(
        form,
        points={each.item_id: each.points for each in scores},
        comments={each.item_id: each.comment for each in scores if each.comment},
        fatal=tuple(str(each) for each in data.get("fatal", ())),
        comment=str(data.get("comment") or ""),
    )
    return forms.renewed(filled, form.rubric_id, form.rubric_version, form.rubric)
