"""What a limit rests on, and that it may change, stands wherever the limit is shown."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from floorctl.calendar import SHIPPED_LIMITS
from floorctl.cli import rows
from floorctl.cli.documents import Shapes
from floorctl.floor.views import OrderView
from floorctl.i18n import t
from floorctl.models.orders import Order
from floorctl.widgets.order_detail import detail_of, order_lines
from floorctl.widgets.order_list import limit_cell
from tests.build import DAY, Entities
from tests.stage import Stage

SOURCE = SHIPPED_LIMITS[1].source


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    stage = Stage(tmp_path_factory.mktemp("floor"))
    yield stage
    stage.floor.close()


def shown(stage: Stage, **fields: Any) -> OrderView:
    order: Order = Entities(stage.floor.now()).order(**{"state": "accepted", "type": "complaint", **fields})
    stage.put(("order", "o-shown"), order)
    stage.feed()
    return stage.floor.orders.get("o-shown")


def in_the_cockpit(stage: Stage, view: OrderView) -> str:
    lines = order_lines(detail_of(stage.floor, view), stage.floor.now(), 60)
    return "\n".join("".join(piece.text for piece in line) for line in lines)


def in_the_list(stage: Stage, view: OrderView) -> str:
    row = rows.order_row(stage.floor, Shapes(stage.floor.config.zone), view)
    return " ".join(str(cell) for cell in row)


def unknown(stage: Stage) -> datetime:
    """A day of a year whose holidays nobody knows yet."""
    return stage.floor.now().replace(year=2050, month=6, day=1)


def test_a_counted_limit_names_the_regulation_that_it_rests_on(stage: Stage) -> None:
    view = shown(stage, received_at=datetime(2026, 3, 2, 10, 0, tzinfo=stage.floor.config.zone))
    assert SOURCE in in_the_cockpit(stage, view)
    document = Shapes(stage.floor.config.zone).order(view)
    assert (document["due_basis"], document["due_source"], document["due_uncertain"]) == ("counted", SOURCE, False)
    assert "≈" not in in_the_list(stage, view) + limit_cell(view, stage.floor.now())[0]


def test_one_from_before_every_regulation_is_the_centres_own(stage: Stage) -> None:
    view = shown(stage, received_at=datetime(2025, 3, 3, 10, 0, tzinfo=stage.floor.config.zone))
    assert t("orders.limit.own") in in_the_cockpit(stage, view)


def test_one_that_the_platform_gave_says_so(stage: Stage) -> None:
    view = shown(stage, due_at=stage.floor.now() + DAY)
    assert t("orders.limit.given") in in_the_cockpit(stage, view)
    assert Shapes(stage.floor.config.zone).order(view)["due_basis"] == "given"


def test_one_that_was_extended_says_so(stage: Stage) -> None:
    now = stage.floor.now()
    extension = {
        "asked_at": now - DAY, "department_id": "d-1", "reason": "复杂", "until": now + DAY, "granted": True,
    }  # fmt: skip
    view = shown(stage, received_at=now - 2 * DAY, extension=extension)
    assert view.due_at == now + DAY
    assert t("orders.limit.extended") in in_the_cockpit(stage, view)


def test_one_in_a_year_whose_holidays_nobody_knows_is_marked(stage: Stage) -> None:
    view = shown(stage, received_at=unknown(stage))
    assert "≈" in limit_cell(view, stage.floor.now())[0]
    assert "≈" in in_the_list(stage, view)
    assert "2050" in in_the_cockpit(stage, view)
    assert Shapes(stage.floor.config.zone).order(view)["due_uncertain"] is True
