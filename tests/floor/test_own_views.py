"""Views of one's own: kept for each person, back after a restore, and strict about what a file may hold."""

import tomllib
from pathlib import Path

import pytest

from floorctl.errors import NotAllowedError, NotFoundError, UsageError
from floorctl.floor.floor import Floor
from floorctl.floor.own_views import as_file, from_file
from floorctl.models.order_filter import OrderFilter
from floorctl.models.own_view import MOST_VIEWS, OwnView
from tests.floor_access import journal_of
from tests.screens.filled_floor import filled_floor, open_floor

_FULL = OwnView(
    name="我的\"视图' [red]#",
    view="overdue",
    sort="received",
    line="12345",
    urgency="special",
    state=("dispatched", "accepted"),
    department="d-03",
    search='供水 \\ = "',
    columns=("title", "limit"),
)


@pytest.fixture
def floor(tmp_path: Path) -> Floor:
    floor, _ = filled_floor(tmp_path, orders=12, alerts=0)
    return floor


def test_what_is_kept_is_there_after_a_restart_and_for_nobody_else(floor: Floor, tmp_path: Path) -> None:
    floor.own_views.keep(_FULL)
    floor.own_views.keep(OwnView(name="乙"))
    floor.close()
    again = open_floor(tmp_path)
    assert again.own_views.all() == [_FULL, OwnView(name="乙")]
    again.session.sign_out()
    assert again.own_views.all() == []
    with pytest.raises(NotAllowedError):
        again.own_views.keep(OwnView(name="丙"))


def test_a_changed_view_stays_in_its_place(floor: Floor) -> None:
    for name in "甲乙丙":
        floor.own_views.keep(OwnView(name=name))
    floor.own_views.keep(OwnView(name="丁", view="overdue"), instead_of="乙")
    assert [view.name for view in floor.own_views.all()] == ["甲", "丁", "丙"]
    with pytest.raises(UsageError, match="view_exists"):
        floor.own_views.keep(OwnView(name="甲"), instead_of="丁")


@pytest.mark.parametrize("name", ["", " ", "x" * 25, "a\u202eb", "\x1b[31m", " 甲", "甲\n"])
def test_a_name_that_could_not_be_read_or_typed_is_refused(floor: Floor, name: str) -> None:
    with pytest.raises(UsageError, match="view_name"):
        floor.own_views.keep(OwnView(name=name))


def test_there_is_an_end_to_the_tabs(floor: Floor) -> None:
    for n in range(MOST_VIEWS):
        floor.own_views.keep(OwnView(name=f"{n}"))
    with pytest.raises(UsageError, match="too_many_views"):
        floor.own_views.keep(OwnView(name="one more"))


def test_a_view_of_another_release_hides_no_other(floor: Floor) -> None:
    setting = f"own_views.{floor.session.person_id}"
    journal_of(floor).set_setting(setting, [{"name": "新", "view": "unheard"}, {"name": "乙"}, {"odd": 1}])
    assert floor.own_views.all() == [OwnView(name="乙")]


def test_it_counts_what_its_filter_lists(floor: Floor) -> None:
    floor.own_views.keep(OwnView(name="甲", view="due_soon"))
    floor.own_views.keep(OwnView(name="乙", state=("dispatched",), line="12345"))
    counted = {view.name: n for view, n in floor.own_views.counts()}
    by_hand = floor.orders.page(OrderFilter(state=("dispatched",), line=("12345",))).total
    assert counted == {"甲": floor.orders.count().due_soon, "乙": by_hand}


# -- as a file


def test_a_file_brings_back_what_it_was_made_of(tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    file.write_text(as_file([_FULL, OwnView(name="乙")]), "utf-8")
    assert tomllib.loads(file.read_text("utf-8"))["view"][0]["state"] == ["dispatched", "accepted"]
    assert from_file(file, str) == [_FULL, OwnView(name="乙")]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[[view]]\nname = 'a'\ncode = 'os.system(1)'", "views_file"),
        ("[[view]]\nname = 1", "views_file"),
        ("[[view]]\nview = 'all'", "views_file"),
        ("views = 3", "views_file"),
        ("[[view]]\nname = ", "views_not_toml"),
        ("[[view]]\nname = 'a'\nview = 'unheard'", "view_value"),
        ("[[view]]\nname = 'a'\nsort = '-number; DROP TABLE'", "view_value"),
        ("[[view]]\nname = 'a'\nstate = ['ready', 'nonsense']", "view_value"),
        ("[[view]]\nname = 'a'\ncolumns = ['citizen']", "view_value"),
        ('[[view]]\nname = "\\u001b[2J"', "view_name"),
        ("[[view]]\nname = 'a'\n[[view]]\nname = 'a'", "view_exists"),
        (f"x = {'[' * 5000}", "views_"),
        (f"x = {'9' * 5000}", "views_"),
    ],
)
def test_a_file_with_anything_else_is_refused_and_says_what(tmp_path: Path, text: str, key: str) -> None:
    file = tmp_path / "views.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=key):
        from_file(file, str)


def test_of_a_file_all_views_are_kept_or_none(floor: Floor, tmp_path: Path) -> None:
    floor.own_views.keep(OwnView(name="乙", view="overdue"))
    both = [OwnView(name="甲"), OwnView(name="乙")]
    with pytest.raises(UsageError, match="view_exists"):
        floor.own_views.keep_all(both, replace=False)
    assert [view.name for view in floor.own_views.all()] == ["乙"]
    floor.own_views.keep_all(both, replace=True)
    assert floor.own_views.all() == [OwnView(name="乙"), OwnView(name="甲")]


def test_a_department_that_is_not_known_here_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "views.toml"
    file.write_text("[[view]]\nname = 'a'\ndepartment = 'nobody'", "utf-8")

    def nowhere(name: str) -> str:
        raise NotFoundError("error.no_such_department", id=name)

    with pytest.raises(NotFoundError):
        from_file(file, nowhere)
