"""Acts on knowledge: publish and retire articles, raise and decide corrections."""

from msgspec.structs import replace

from floorctl.models.base import Entity
from floorctl.models.knowledge import Article, Correction
from floorctl.rules.commands import payloads
from floorctl.rules.commands.act import Act, Effects, before, require_state
from floorctl.rules.commands.refusal import refused


def article_state(act: Act, target: Entity | None, data: payloads.ArticleState) -> Effects:
    """发布, 下架, or back to writing."""
    article = before(target, Article)
    if article.state == data.state:
        return {}
    return act.becomes(replace(article, state=data.state, updated_at=act.at))


def raise_correction(act: Act, target: Entity | None, data: payloads.CorrectionRaise) -> Effects:
    """纠错: open, at the department that the article belongs to."""
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


def decide_correction(act: Act, target: Entity | None, data: payloads.CorrectionDecide) -> Effects:
    """Sent to its department, or decided: fixed or rejected."""
    correction = before(target, Correction)
    if correction.state == data.state:
        return {}
    require_state(correction.state, ("open",) if data.state == "sent" else ("open", "sent"), "correction_state")
    decided_at = None if data.state == "sent" else act.at
    return act.becomes(replace(correction, state=data.state, decided_at=decided_at))
