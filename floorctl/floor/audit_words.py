"""Entries of the audit trail in words."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from floorctl.i18n import failure, t, term
from floorctl.rules.commands.roles import REVEAL
from floorctl.rules.privacy import mask_text

#: Parts of an entry that are not shown to people.
_UNSAID = frozenset({"command", "kind", "digest", "ids"})
#: Acts whose phrase includes what they were done to.
_SAID_WHOLE = frozenset({"copy", "reveal", "export", "export_failed"})
#: Names that a phrase lists; further ones are counted.
_NAMED = 3
_COMMAND_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def entry_words(
    what: str, kind: str, subject_id: str, detail: Mapping[str, Any], name: Callable[[str, str], str]
) -> tuple[str, str]:
    """Return the subject of an entry and its text: ``("工单 2026…", "复制工单 2026… 的明文")``.

    ``name``: returns the name that people use for the entity of a kind and an id.
    """
    ids = [str(id_) for id_ in detail.get("ids", ())]
    named = (name(kind, id_) for id_ in ([subject_id] if subject_id else ids[:_NAMED]))
    names = [found for found in named if found]
    about = " ".join((term("kind", kind), t("rules.trail.and").join(names))).strip() if kind else ""
    count = int(detail.get("n", len(ids)))
    if names and count > len(names):
        about = t("rules.trail.and_more", about=about, n=count)
    about = mask_text(about)
    if what not in _SAID_WHOLE:
        return about, _detail_words(detail, name)
    plain = "_plain" if detail.get("revealed") or what == "reveal" else ""
    phrase = t(f"rules.trail.{what}{plain}", about=about, rows=detail.get("rows", 0), format=detail.get("format", ""))
    rest = {name: value for name, value in detail.items() if name in ("filter", "reason")}
    return about, "  ".join(part for part in (phrase, _detail_words(rest, name)) if part)


def _detail_words(detail: Mapping[str, Any], name_of: Callable[[str, str], str]) -> str:
    """Return the act and its details, numbers masked: ``催办  原因: 重复``; ``name_of``: as in ``entry_words``."""
    kind = detail.get("kind")
    parts = [term("command", str(kind))] if kind and kind != REVEAL else []
    for name, value in detail.items():
        if name in _UNSAID or value in ("", None, False, [], ()):
            continue
        if name == "detail" and not step_words(str(value)):
            continue
        label = term("audit_detail", name)
        parts.append(label if value is True else f"{label}{t('rules.trail.is')}{_value(name, value, name_of)}")
    return mask_text("  ".join(parts))


def step_words(detail: str) -> str:
    """Return the detail of a step of a command in words; empty if it is the id of the command that replaced it."""
    return "" if _COMMAND_ID.fullmatch(detail) else failure(detail)


def _value(name: str, value: Any, name_of: Callable[[str, str], str]) -> str:
    match name:
        case "why":
            return term("audit_why", str(value))
        case "detail":
            return step_words(str(value))
        case "for":
            return name_of("person", str(value))
        case "roles" if isinstance(value, list | tuple):
            return "、".join(term("role", str(each)) for each in value)
    return str(value)
