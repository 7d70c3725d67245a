"""The pinyin initials that people type to find a Chinese name."""

from functools import lru_cache


@lru_cache(maxsize=8192)
def initials(text: str) -> str:
    """Return the pinyin initials of ``text``: ``技能调整`` → ``jntz``; other characters are unchanged."""
    from pypinyin import Style, lazy_pinyin  # slow to load

    return "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).casefold()
