"""Search finds exactly the orders that have the text, whatever the text is."""

import json
from pathlib import Path
from unicodedata import category, normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from floorctl.models.order_filter import OrderFilter
from floorctl.sync.cache import search
from floorctl.sync.cache.cache import Cache
from floorctl.sync.opening import connect
from floorctl.sync.schema import statements
from tests.build import as_sent
from tests.sync.storage import KEY, NOW, change, open_cache, order, page

HOSTILE = json.loads((Path(__file__).parent.parent.parent / "data" / "hostile.json").read_text("utf-8"))


def _hits(cache: Cache, text: str) -> list[str]:
    items, total = cache.orders(OrderFilter(search=text), NOW)
    assert total == len(items)
    return sorted(held.id for held in items)


def _index(cache: Cache) -> None:
    while cache.index_some(50):
        pass


@pytest.fixture
def cache(tmp_path: Path) -> Cache:
    cache = open_cache(tmp_path)
    cache.apply(
        page(
            change("order", "road", 1, order(1, title="道路积水", content="人民路与解放路交叉口积水，车辆无法通行")),
            change("order", "lamp", 1, order(2, title="路灯不亮", citizen={"name": "张三", "phone": "13812345678"})),
            change("order", "pay", 1, order(3, title="拖欠工资", content="Ａ公司 ABC-12 拖欠", region="高新区")),
            change("order", "done", 1, order(4, title="已办", result="已协调街道处理", problem="未核实地址")),
        )
    )
    _index(cache)
    return cache


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("积水", ["road"]),
        ("道路积水", ["road"]),
        ("路积", ["road"]),
        ("解放", ["road"]),
        ("水积", []),
        ("张三", ["lamp"]),
        ("1381234", ["lamp"]),
        ("45678", ["lamp"]),
        ("1381235", []),
        ("5678 1381", ["lamp"]),
        ("000000000003", ["pay"]),
        ("abc", ["pay"]),
        ("ａｂｃ", ["pay"]),
        ("A公司", ["pay"]),
        ("abc-12", ["pay"]),
        ("高新", ["pay"]),
        ("街道处理", ["done"]),
        ("核实", ["done"]),
        ("张三 路灯", ["lamp"]),
        ("张三 积水", []),
        ("积水 车", ["road"]),
        ("路", ["lamp", "road"]),
        ("灯", ["lamp"]),
        ("  积水  ", ["road"]),
        ("！！", []),
        ("", ["done", "lamp", "pay", "road"]),
    ],
)
def test_parts_of_the_text_are_found(cache: Cache, text: str, found: list[str]) -> None:
    assert _hits(cache, text) == found


def test_a_change_is_found_by_its_new_text_only(cache: Cache) -> None:
    cache.apply(page(change("order", "road", 2, order(1, title="井盖丢失"))))
    assert cache.search_remaining() == 1
    _index(cache)
    assert cache.search_remaining() == 0
    assert _hits(cache, "井盖") == ["road"]
    assert _hits(cache, "积水") == []


def test_what_was_removed_is_not_found(cache: Cache) -> None:
    cache.apply(page(change("order", "road", 2)))
    assert _hits(cache, "积水") == []
    cache.apply(page(change("order", "road", 3, order(1, title="道路积水"))))
    assert cache.search_remaining() == 1
    _index(cache)
    assert _hits(cache, "积水") == ["road"]


def test_search_and_filters_hold_together(cache: Cache) -> None:
    cache.apply(page(change("order", "far", 1, order(9, title="积水", state="closed", line="12333"))))
    _index(cache)
    items, total = cache.orders(OrderFilter(search="积水", line=("12333",)), NOW)
    assert ([held.id for held in items], total) == (["far"], 1)
    items, total = cache.orders(OrderFilter(search="积水"), NOW, exclude={"far"})
    assert ([held.id for held in items], total) == (["road"], 1)


def test_the_index_is_filled_in_small_batches(tmp_path: Path) -> None:
    cache = open_cache(tmp_path)
    cache.apply(page(*(change("order", f"o-{n}", 1, order(n)) for n in range(25))))
    assert [cache.index_some(10) for _ in range(3)] == [15, 5, 0]
    assert len(_hits(cache, "路灯")) == 25


def test_a_rebuild_starts_its_own_index(cache: Cache) -> None:
    cache.start_rebuild()
    cache.apply(page(change("order", "new", 1, order(7, title="积水"))), rebuild=True)
    assert _hits(cache, "积水") == ["road"]
    cache.finish_rebuild()
    _index(cache)
    assert _hits(cache, "积水") == ["new"]
    assert _hits(cache, "路灯") == []


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_text_is_searched_for_and_found(cache: Cache, text: str) -> None:
    cache.apply(page(change("order", "hostile", 1, as_sent(order(5), content=f"前{text}后"))))
    _index(cache)
    hits = _hits(cache, text)
    if search.match_expression(text) is not None and len(text) < 200:
        assert "hostile" in hits


alphabet = st.sampled_from("道路积水灯亮aB1２ -，é̇𠮷👍¦\"*'%\0")
latin = st.sampled_from("1２23ab -水")


def in_runs(text: str) -> list[str]:
    """Return the runs of text between blanks, punctuation and ASCII symbols, normalised."""
    folded = normalize("NFKC", text).casefold()
    apart = (char.isspace() or category(char)[0] in "ZCP" or (char.isascii() and not char.isalnum()) for char in folded)
    return "".join(" " if is_apart else char for char, is_apart in zip(folded, apart, strict=True)).split()


@given(
    st.text(alphabet, max_size=12) | st.text(latin, max_size=16),
    st.text(alphabet, min_size=2, max_size=4) | st.text(latin, min_size=2, max_size=6),
)
def test_the_index_answers_like_a_plain_substring(
    tmp_path_factory: pytest.TempPathFactory, text: str, query: str
) -> None:
    path = tmp_path_factory.getbasetemp() / "fts.db"
    fresh = not path.exists()
    db = connect(path, KEY, durable=False)
    if fresh:
        (create,) = [text for text in statements("cache") if "TABLE search_a" in text]
        db.execute(create)
    db.execute(
        "INSERT OR REPLACE INTO search_a (rowid, text, latin) VALUES (1, ?, ?)",
        (search.bigrams(text), search.fours(text)),
    )
    expression = search.match_expression(query)
    if expression is not None:
        found = bool(search.find(db, "a", query))
        runs = in_runs(query)
        kept = " ".join(in_runs(text))
        assert found == all(run in kept for run in runs), (normalize("NFKC", text), expression)
    db.close()


def test_a_search_deeper_than_anyone_reads_is_cut_at_the_newest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_HITS", 5)
    cache = open_cache(tmp_path)
    cache.apply(page(*(change("order", f"o-{n}", 1, order(n)) for n in range(9))))
    _index(cache)
    assert _hits(cache, "路灯") == [f"o-{n}" for n in range(4, 9)]
