"""保密工单 on Orders: `r` asks a supervisor why, tells others that they may not, and nothing copies it in clear."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from floorctl.floor.floor import Floor
from floorctl.screens.orders.screen import OrdersScreen
from floorctl.screens.shell.dialogs import AskText
from floorctl.widgets.pane import Pane
from tests.personal_floor import PHONE, PLAIN, personal_floor
from tests.screens.looking import at_rest, on_top, said, text, words
from tests.screens.opened import orders_of
from tests.security.test_confidential import as_role, confidential


@pytest.fixture
def floor(tmp_path: Path) -> Iterator[Floor]:
    """A floor with one order, which is confidential."""
    with closing(confidential(personal_floor(tmp_path / "data"))) as opened:
        yield opened


async def _reveal(floor: Floor, check: Callable[[Any, OrdersScreen], Any]) -> None:
    async with orders_of(floor) as (pilot, screen):
        await pilot.press("r")
        await at_rest(pilot)
        await check(pilot, screen)


async def test_r_asks_a_supervisor_why_and_copies_it_masked_even_while_it_is_shown(floor: Floor) -> None:
    async def check(pilot: Any, screen: OrdersScreen) -> None:
        pane = screen.query_one("#order", Pane)
        assert "保密" in words(pane, 60)
        on_top(pilot, AskText)
        assert PHONE not in words(pane, 60)
        await pilot.press(*"check", "enter")
        await at_rest(pilot)
        assert PHONE in words(pane, 60)
        assert floor.audit.trail(limit=1)[0][0].detail["reason"] == "check"
        await pilot.press("y")
        await at_rest(pilot)
        assert "路灯不亮" in pilot.app.clipboard
        assert not any(plain in pilot.app.clipboard for plain in PLAIN)

    await _reveal(floor, check)


async def test_r_tells_a_shift_lead_that_only_a_supervisor_may(floor: Floor) -> None:
    as_role(floor, "shift_lead")

    async def check(pilot: Any, screen: OrdersScreen) -> None:
        assert pilot.app.screen is screen
        assert "只有现场管理" in said(pilot.app)[-1]
        assert PHONE not in text(pilot.app)

    await _reveal(floor, check)


async def test_esc_at_the_reason_reveals_nothing(floor: Floor) -> None:
    async def check(pilot: Any, screen: OrdersScreen) -> None:
        before = floor.audit.trail(limit=1)[1]
        await pilot.press("escape")
        await at_rest(pilot)
        assert PHONE not in text(pilot.app)
        assert floor.audit.trail(limit=1)[1] == before

    await _reveal(floor, check)
