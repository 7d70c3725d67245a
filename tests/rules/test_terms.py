"""Every enumerated value has its word in both languages."""

import re

import pytest

from floorctl.models import alerts, assessment, floor, orders
from floorctl.models.command import OUTBOX_STATES
from floorctl.rules.assessment import steps
from floorctl.rules.commands import registry, roles
from floorctl.rules.orders import deadlines
from tests.catalogues import LOCALE, texts

AREAS = {
    "seat_state": floor.SEAT_STATES,
    "seat_glyph": floor.SEAT_STATES,
    "seat_kind": floor.SEAT_KINDS,
    "line": floor.LINES,
    "order_state": orders.ORDER_STATES,
    "order_type": orders.ORDER_TYPES,
    "urgency": orders.URGENCIES,
    "channel": orders.CHANNELS,
    "callback_outcome": orders.CALLBACK_OUTCOMES,
    "alert_kind": alerts.ALERT_KINDS,
    "severity": alerts.SEVERITIES,
    "step": alerts.STEP_KINDS,
    "role": roles.ALL_ROLES,
    "command": [kind.name for kind in registry.kinds()],
    "outbox_state": OUTBOX_STATES,
    "fact": assessment.FACT_KINDS,
    "ageing": deadlines.AGEING_BANDS,
    "next_step": [of for of, _ in (*steps._WORSE.values(), *steps._BETTER.values())],
}


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_value_has_a_word(language: str) -> None:
    words = texts(language, "terms")
    wanted = {f"term.{area}.{value}" for area, values in AREAS.items() for value in values}
    assert wanted - set(words) == set()
    assert all(words.values())


@pytest.mark.parametrize("area", ["terms", "rules"])
def test_both_languages_say_the_same_things(area: str) -> None:
    chinese, english = texts("zh-CN", area), texts("en", area)
    assert set(chinese) == set(english)
    for key, text in chinese.items():
        assert set(re.findall(r"{(\w+)}", text)) == set(re.findall(r"{(\w+)}", english[key])), key


def test_every_reason_that_the_rules_give_is_written() -> None:
    sources = "".join(path.read_text("utf-8") for path in (LOCALE.parent / "rules").rglob("*.py"))
    reasons = set(re.findall(r'refused\(\s*f?"[^"]*",\s*"(\w+)"', sources))
    reasons |= set(re.findall(r'FieldError\([^,]+, "(\w+)"', sources))
    assert len(reasons) > 30
    assert {f"rules.refused.{reason}" for reason in reasons} <= set(texts("zh-CN", "rules"))
