"""Acts on knowledge: publish and retire articles, raise and decide corrections."""

from collections.abc import Mapping
from typing import Any, Literal

from msgspec.structs import replace

from floorctl.models.base import Entity, Str20k
from floorctl.models.knowledge import Article, Correction
from floorctl.rules.commands.act import Act, Effects, existing, require_state
from floorctl.rules.commands.payload import Id, Payload, Words
from floorctl.rules.commands.refusal import refused
from floorctl.rules.commands.registry import command
from floorctl.rules.commands.roles import SLI, S
from floorctl.rules.commands.undo import Done, Opposite, Stays, Undo


def _state_before(article: Entity | None, _data: Mapping[str, Any]) -> dict[str, Any] | None:
    return {"state": article.state} if isinstance(article, Article) else None


def _state_back(done: Done) -> Opposite:
    was = done.replaced["state"]
    if not isinstance(done.entity, Article) or done.entity.state != done.data["state"]:
        raise Stays("changed")
    if was == done.data["state"]:
        raise Stays("nothing")
    return Opposite(kind="article.state", target_id=done.target_id, data={"state": was})


class ArticleState(Payload, frozen=True, kw_only=True):
    """发布, 下架: the article's new state."""

    state: Literal["draft", "review", "published", "retired"]


@command(
    "article.state",
    data=ArticleState,
    roles=S,
    base=True,
    terms={"state": "article_state"},
    undo=Undo(before=_state_before, back=_state_back),
)
def article_state(act: Act, target: Entity | None, data: ArticleState) -> Effects:
    """发布, 下架, or return to draft or review: set the article's state."""
    article = existing(target, Article)
    if article.state == data.state:
        return {}
    return act.becomes(replace(article, state=data.state, updated_at=act.at))


class CorrectionRaise(Payload, frozen=True, kw_only=True):
    """纠错: what is wrong in an article."""

    article_id: Id
    text: Words


@command("correction.raise", data=CorrectionRaise, roles=SLI, creates=True)
def raise_correction(act: Act, target: Entity | None, data: CorrectionRaise) -> Effects:
    """纠错: create an open correction for the article's department."""
    if target is not None:
        known = (target.article_id, target.text, target.raised_by) if isinstance(target, Correction) else None
        if known == (data.article_id, data.text, act.by):
            return {}
        raise refused("target", "id_taken")
    article = act.find("article", data.article_id, Article, "article_id")
    return act.becomes(
        Correction(
            article_id=data.article_id,
            text=data.text,
            raised_by=act.by,
            raised_at=act.at,
            department_id=article.department_id,
            state="open",
        )
    )


class CorrectionDecide(Payload, frozen=True, kw_only=True):
    """The decision on a correction."""

    state: Literal["sent", "fixed", "rejected"]
    note: Str20k | None = None


@command("correction.decide", data=CorrectionDecide, roles=S, base=True, terms={"state": "correction_state"})
def decide_correction(act: Act, target: Entity | None, data: CorrectionDecide) -> Effects:
    """Send a correction to its department, or decide it as fixed or rejected."""
    correction = existing(target, Correction)
    if correction.state == data.state:
        return {}
    require_state(correction.state, ("open",) if data.state == "sent" else ("open", "sent"), "correction_state")
    decided_at = None if data.state == "sent" else act.at
    return act.becomes(replace(correction, state=data.state, decided_at=decided_at))
