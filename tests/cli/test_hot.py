"""``orders --hot``: what swells, as a table and as the documented JSON."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.shell import Shell
from tests.hot_floor import history, swelling
from tests.screens.filled_floor import NOW, filled_floor


@pytest.fixture
def hot(tmp_path: Path) -> Iterator[Shell]:
    floor, feed = filled_floor(tmp_path / "data", orders=0)
    feed.send(*history(NOW), *swelling(NOW))
    folder = floor.data_dir
    floor.close()
    yield Shell(tmp_path / "shell", "http://127.0.0.1:9", data=folder)


def test_an_item_has_level_category_region_window_figures_and_the_orders_numbers(hot: Shell) -> None:
    document = hot.json("orders", "--hot")
    (item,) = document["items"]
    assert list(item) == [
        "level", "category", "region", "window", "count", "callers", "expected", "p_value", "since", "orders",
    ]  # fmt: skip
    assert (item["level"], item["category"], item["region"]) == ("cell", ["公用事业", "燃气服务"], "石亭县")
    assert (item["window"], item["callers"], document["total"]) == ("2h", 8, 1)
    assert item["count"] == len(item["orders"])
    assert {f"20260304777{n:02}" for n in range(8)} <= set(item["orders"])
    assert 0 < item["p_value"] < 1e-4
    assert item["since"].endswith("+08:00")


def test_the_table_names_matter_and_place_in_both_languages(hot: Shell) -> None:
    for language, words in (("zh-CN", ("燃气服务", "石亭县", "2小时内")), ("en", ("燃气服务", "石亭县", "in 2 h"))):
        ended = hot("orders", "--hot", "--lang", language)
        assert ended.returncode == 0
        assert all(word in ended.stdout for word in words)


def test_a_terminal_with_little_history_says_so_and_prints_an_empty_list(tmp_path: Path) -> None:
    floor, feed = filled_floor(tmp_path / "data", orders=0)
    feed.send(*history(NOW, days=9), *swelling(NOW))
    folder = floor.data_dir
    floor.close()
    ended = Shell(tmp_path / "shell", "http://127.0.0.1:9", data=folder)("orders", "--hot", "--json")
    assert ended.returncode == 0
    assert '"items": []' in ended.stdout
    assert "28" in ended.stderr
