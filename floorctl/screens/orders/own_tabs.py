"""Views of one's own on Orders: their tabs, and the questions that keep, change, rename and remove one."""

import time
from collections.abc import Sequence

from msgspec.structs import replace

from floorctl.errors import FloorctlError
from floorctl.i18n import t
from floorctl.models.own_view import ORDER_COLUMNS, OwnView
from floorctl.screens.orders.tab import Tab
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible
from floorctl.widgets.ask import Option, Pick

#: Before the name of a view of one's own, where views are told apart by name.
PREFIX = "own:"
#: Most cells of a name on its tab.
_TAB_CELLS = 16
#: Least seconds between two countings: a view with a search takes longer to count than the others.
_COUNT_EVERY = 5.0
_NEVER = float("-inf")


class OwnTabs:
    """The views of the person signed in with their counts, and the one that is chosen."""

    def __init__(self) -> None:
        self.counted: list[tuple[OwnView, int]] = []
        #: The view that is shown, as it was kept; None: none of them.
        self.chosen: OwnView | None = None
        self._read_at = _NEVER
        self._person_id = ""

    def forget_others(self, person_id: str) -> bool:
        """Forget the views if they are not those of ``person_id``; return whether they were forgotten."""
        if self._person_id == person_id:
            return False
        self.counted, self.chosen, self._read_at, self._person_id = [], None, _NEVER, person_id
        return True

    @property
    def name(self) -> str:
        """The chosen view among all views; "": none of these."""
        return "" if self.chosen is None else PREFIX + self.chosen.name

    def tabs(self, present: OwnView | None = None) -> list[Tab]:
        """Return their tabs; the chosen one has a mark if the list has been changed to ``present`` since."""
        shown = []
        for view, count in self.counted:
            changed = self.chosen is not None and view.name == self.chosen.name and present not in (None, view)
            words = cut(visible(view.name), _TAB_CELLS) + ("*" if changed else "")
            shown.append(Tab(PREFIX + view.name, words, f"{count:,}"))
        return shown

    def get(self, tab: str) -> OwnView | None:
        """Return the view of a tab; None if it is gone, or the tab is another's."""
        return next((view for view, _ in self.counted if PREFIX + view.name == tab), None)

    @property
    def due(self) -> bool:
        """Whether it is time to count the views again."""
        return time.monotonic() >= self._read_at + _COUNT_EVERY

    async def read(self, screen: CockpitScreen) -> None:
        """Read and count the views."""
        began = self._read_at = time.monotonic()
        self._person_id = screen.floor.session.person_id
        counted = await screen.read(screen.floor.own_views.counts)
        if self._read_at != began:  # another reading has begun since, perhaps of views that have changed
            return
        self.counted = counted
        if self.chosen is not None and self.get(self.name) is None:
            self.chosen = None


async def keep_or_change(screen: CockpitScreen, own: OwnTabs, present: OwnView) -> bool:
    """Ask for a name and keep ``present`` under it; on a view of one's own, ask what to do with that.

    Return whether the views have changed; ``own.chosen`` is the one to show then, None if it was removed.
    """
    if screen.floor.session.person is None:
        screen.say(t("orders.own.signed_out"), severity="warning")
        return False
    chosen = own.chosen
    if chosen is None:
        return await _keep_new(screen, own, present)
    acts = ["change"] * (present != chosen) + ["rename", "remove", "new"]
    options = [Option(each, t(f"orders.own.acts.{each}")) for each in acts]
    answer = await screen.ask(Pick(t("orders.own.ask.what", name=visible(chosen.name)), options))
    match answer and answer[0]:
        case "change":
            return await _keep(screen, own, present, chosen.name)
        case "rename":
            name = await _ask_name(screen, chosen.name)
            if name is None or name == chosen.name:
                return False
            return await _keep(screen, own, replace(chosen, name=name), chosen.name)
        case "remove":
            if await screen.confirm(t("orders.own.ask.remove", name=visible(chosen.name))):
                return await _remove(screen, own, chosen.name)
        case "new":
            return await _keep_new(screen, own, present)
    return False


async def _keep_new(screen: CockpitScreen, own: OwnTabs, present: OwnView) -> bool:
    name = await _ask_name(screen)
    return name is not None and await _keep(screen, own, replace(present, name=name), None)


async def _ask_name(screen: CockpitScreen, name: str = "") -> str | None:
    title = t("orders.own.ask.rename", name=visible(name)) if name else t("orders.own.ask.name")
    return await screen.ask_text(title, purpose="orders.own", subject=name, value=name)


async def _keep(screen: CockpitScreen, own: OwnTabs, view: OwnView, instead_of: str | None) -> bool:
    try:
        await screen.read(screen.floor.own_views.keep, view, instead_of=instead_of)
    except FloorctlError as error:
        screen.say_error(error)
        return False
    await screen.read(screen.floor.texts.landed, (view.name,))
    own.chosen = view
    screen.say(t("orders.own.said.kept", name=visible(view.name)))
    return True


async def _remove(screen: CockpitScreen, own: OwnTabs, name: str) -> bool:
    try:
        await screen.read(screen.floor.own_views.remove, name)
    except FloorctlError as error:
        screen.say_error(error)
        return False
    own.chosen = None
    screen.say(t("orders.own.said.removed", name=visible(name)))
    return True


async def ask_columns(screen: CockpitScreen, shown: Sequence[str]) -> tuple[str, ...] | None:
    """Ask for the columns of the list (empty: the usual ones); None: cancelled."""
    options = [Option(each, t(f"orders.column.{each}")) for each in ORDER_COLUMNS if each != "number"]
    how = t(
        "orders.own.ask.columns_how", columns=t("cli.list_comma").join(t(f"orders.column.{each}") for each in shown)
    )
    return await screen.ask(Pick(t("orders.own.ask.columns"), options, several=True, need_one=False, explain=how))
