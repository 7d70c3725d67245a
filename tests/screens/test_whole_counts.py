"""The number beside a list counts all rows, and the list scrolls to the last of them."""

from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from floorctl.floor.floor import Floor
from floorctl.i18n import t
from floorctl.models.base import Ref
from floorctl.sync.cache import search
from floorctl.widgets.table_picture import WINDOW
from tests.floor_access import journal_of
from tests.quality_stage import CHIEF, QualityStage, inspection, sample
from tests.screens.filled_floor import filled_floor
from tests.screens.looking import at_rest, until
from tests.screens.opened import orders_of, quality_of, sync_of
from tests.screens.quality.test_quality import seen
from tests.sync.storage import NOW, command, outcome

SCORES, APPEALED = 2_150, 520


def many_scores(stage: QualityStage) -> None:
    """A month's scores of a large centre, a quarter of them appealed against."""
    for at in range(10, 10 + SCORES - 1):  # the stage has one
        stage.put(("sample", f"sm-{at}"), sample(at, state="scored"))
        state = "appealed" if at < 10 + APPEALED else "submitted"
        given = (NOW - timedelta(hours=2, seconds=at)).isoformat()
        stage.put(("inspection", f"in-{at}"), inspection(f"sm-{at}", state=state, submitted_at=given))
    stage.feed()


async def test_every_score_of_a_month_is_counted_and_reached(stage: QualityStage) -> None:
    many_scores(stage)
    stage.sign_in("supervisor", CHIEF)
    async with quality_of(stage.floor, "S") as (pilot, screen):
        await until(pilot, lambda: screen.table.total == SCORES)
        assert t("quality.rows.scores", n=SCORES) in seen(pilot)
        assert str(APPEALED) in seen(pilot).splitlines()[1]
        await pilot.press("end")
        await at_rest(pilot)
        assert screen.table.cursor == SCORES - 1
        reached = set()
        for first in range(0, SCORES, WINDOW):
            await screen.table.go_to(first)
            rows = (screen.table.row_at(n) for n in range(first, min(SCORES, first + WINDOW)))
            reached |= {row.id for row in rows if row is not None}
        assert len(reached) == SCORES


async def test_the_strip_of_sync_counts_all_that_was_sent_and_says_how_much_is_listed(tmp_path: Path) -> None:
    floor, _ = filled_floor(tmp_path)
    journal = journal_of(floor)
    made = [command("order.urge", Ref("order", f"o-{at}"), {"level": 1}) for at in range(205)]
    journal.write_together([partial(journal.append, each, by="p-1001") for each in made])
    journal.write_together([partial(journal.claim, each.id, None) for each in made])
    journal.write_together([partial(journal.mark_applied, each.id, outcome(each.id, 9)) for each in made])
    async with sync_of(floor) as (pilot, _):
        await until(pilot, lambda: "205" in seen(pilot).splitlines()[2])
        assert t("sync.recent", n=200) in seen(pilot).splitlines()[2]
    floor.close()


async def test_a_search_with_more_hits_than_it_goes_through_says_so(
    floor: Floor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_HITS", 5)
    async with orders_of(floor) as (pilot, _):
        await pilot.press("slash", *"水压", "enter")
        await until(pilot, lambda: t("orders.total", n=5) in seen(pilot))
        assert t("orders.search_newest") in seen(pilot)
        await pilot.press("escape")
        await until(pilot, lambda: t("orders.search_newest") not in seen(pilot))
