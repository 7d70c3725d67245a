"""Called by MkDocs for each page: the language switch leads to the same page in the other language."""

from typing import Any

_LANGUAGES = {"en": "English", "zh-CN": "中文"}


def on_page_context(context: dict[str, Any], *, page: Any, config: Any, **_: object) -> dict[str, Any]:
    """Put the addresses of this very page in each language where the theme looks for them."""
    up = "../" * (page.url.count("/") + 1)
    config.extra["alternate"] = [
        {"name": name, "lang": language, "link": f"{up}{language}/{page.url}"} for language, name in _LANGUAGES.items()
    ]
    return context
