"""Knowledge articles 知识 and their corrections 纠错."""

from datetime import date

from floorctl.models.base import Count, Entity, Str100k, Time


class Article(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """A knowledge article 知识. ``state``: draft, review, published or retired."""

    title: str
    topic: str
    state: str
    updated_at: Time
    category_id: str | None = None
    department_id: str | None = None
    body: Str100k = ""
    keywords: tuple[str, ...] = ()
    smart: bool = False
    expires_on: date | None = None
    views: Count = 0


class Correction(Entity, frozen=True, kw_only=True, omit_defaults=True):
    """知识纠错: a reported error. ``state``: open, sent, fixed or rejected. ``article_id``: None if of none."""

    article_id: str | None
    text: str
    raised_by: str
    raised_at: Time
    state: str
    department_id: str | None = None
    due_at: Time | None = None
    decided_at: Time | None = None
