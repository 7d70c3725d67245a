"""卡单: deciding what orders wait for (a return, an extension, a redo) in two keys: `g`, then a digit."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from floorctl.i18n import t, term
from floorctl.rules.orders.stuck import reason
from floorctl.screens.orders.conference import confer
from floorctl.screens.shell import acting
from floorctl.screens.shell.naming import IN_QUESTION, in_a_row
from floorctl.screens.shell.order_questions import titles, views_of
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.durations import clock_words, lasting
from floorctl.text.safe import cut, visible
from floorctl.text.times import when
from floorctl.widgets.ask import Option, Pick
from floorctl.widgets.stuck import asked_by

if TYPE_CHECKING:
    from floorctl.floor.floor import Floor
    from floorctl.floor.views import OrderView

#: What an order waits for → what is decided on it.
_QUESTIONS = {
    "extension": "extension", "return": "return", "dispute": "return", "redo": "redo", "supervision": "redo",
}  # fmt: skip
_COMMANDS = {"extension": "order.extend", "return": "order.return", "redo": "order.redo"}
_ANSWERS = {"extension": ("grant", "refuse"), "return": ("uphold", "send_back"), "redo": ("redo", "leave")}
_NOTE = "note"
#: Most characters of a department's reason in a question.
_REASON_CELLS = 160


async def decide(screen: CockpitScreen, order_ids: Sequence[str]) -> bool:
    """Ask for the decision on what the orders wait for, all on the same, and take it.

    A handled or closed order that waits for nothing can be sent to be done again. Returns whether anything was decided.
    """
    if not order_ids or not screen.may("order.return"):  # the same roles as for an extension and a redo
        return False
    views = await screen.read(views_of, screen.floor, order_ids)
    if not views:
        screen.say(t("orders.gone"), severity="warning")
        return False
    kinds = sorted({_question(view) for view in views})
    if len(kinds) > 1:
        words = t("cli.list_comma").join(_kind_words(each) for each in kinds)
        screen.say(t("stuck.mixed", kinds=words), severity="warning")
        return False
    (kind,) = kinds
    if not kind:
        screen.say(t("stuck.nothing"), severity="warning")
        return False
    if not screen.may(_COMMANDS.get(kind, "order.redo")):
        return False
    return await (_redo_by_hand(screen, views) if kind == "handled" else _decide(screen, views, kind))


def _question(view: "OrderView") -> str:
    """Return what is to be decided: extension, return or redo; handled: a redo by hand; "": nothing."""
    if view.stuck is not None:
        return _QUESTIONS[view.stuck.kind]
    return "handled" if view.order.state in ("handled", "closed") else ""


def _kind_words(kind: str) -> str:
    return term("command", _COMMANDS[kind]) if kind in _COMMANDS else t(f"stuck.kind.{kind or 'none'}")


async def _decide(screen: CockpitScreen, views: Sequence["OrderView"], kind: str) -> bool:
    orders = {view.id: view.order for view in views}
    title = t(f"stuck.ask.{kind}", orders=titles(screen, orders))
    explain = [*_asked(views, screen.floor), *await _costs(screen, views, kind), t("stuck.ask.once")]
    if kind == "redo":
        explain.pop()
    options = _options(views, kind)
    note = ""
    while True:
        noted = [t("stuck.ask.noted", note=visible(note))] if note else []
        chosen = await screen.ask(Pick(title, options, deliberate=True, explain="\n".join([*explain, *noted])))
        if chosen is None:
            return False
        if chosen != (_NOTE,):
            break
        note = await _ask_note(screen, _COMMANDS[kind], orders, note)
    (answer,) = chosen
    if answer == "confer":
        return await confer(screen, [view.id for view in views])
    if answer == "leave":
        act: Callable[[str], object] = screen.floor.decisions.leave
    elif answer == "redo":
        act = _redo_act(screen.floor, views, note)
    elif kind == "return":
        act = partial(screen.floor.decisions.decide_return, upheld=answer == "uphold", note=note or None)
    else:
        act = partial(screen.floor.decisions.decide_extension, granted=answer == "grant", note=note or None)
    return await _each(screen, views, act, answer)


async def _each(screen: CockpitScreen, views: Sequence["OrderView"], act: Callable[[str], object], answer: str) -> bool:
    numbers = {view.id: view.order.number for view in views}

    def called(ids: Sequence[str]) -> str:
        row, _ = in_a_row([visible(numbers[each]) for each in ids], IN_QUESTION, " ")
        return row

    done = await acting.run_each(
        screen,
        act,
        [*numbers],
        said=lambda ids: t(f"stuck.said.{answer}", n=len(ids)),
        called=called,
        is_sent=answer != "leave",
    )
    return bool(done)


def _options(views: Sequence["OrderView"], kind: str) -> list[Option]:
    proposed = {view.stuck.proposed for view in views if view.stuck is not None}
    until = [when(view.stuck.until, view.stuck.since) for view in views if view.stuck and view.stuck.until]
    options = []
    for answer in _ANSWERS[kind]:
        hints = [t("stuck.ask.until", time=until[0])] if answer == "grant" and len(views) == 1 and until else []
        supervised = answer == "redo" and proposed == {"supervise"}
        if proposed == {answer} or supervised:
            hints.append(t("stuck.ask.proposed"))
        word = term("proposal", "supervise" if supervised else answer)
        options.append(Option(answer, word, " · ".join(hints)))
    if kind == "return" and len(views) == 1:
        hint = t("stuck.ask.proposed") if proposed == {"confer"} else ""
        options.append(Option("confer", term("proposal", "confer"), hint))
    return [*options, Option(_NOTE, t("stuck.ask.note_option"), key="0")]


def _asked(views: Sequence["OrderView"], floor: "Floor") -> list[str]:
    """Return who asks for the decision on one order, until when, and why; of several nothing."""
    if len(views) != 1 or (stuck := views[0].stuck) is None:
        return []
    now = floor.now()
    words = [visible(asked_by(views[0])), t("stuck.since", time=lasting((now - stuck.since).total_seconds()))]
    if clock := clock_words(stuck.due_at, now):
        words.append(clock)
    why = cut(visible(reason(views[0].order)), _REASON_CELLS)
    return [" · ".join(words), *([why] if why else [])]


async def _costs(screen: CockpitScreen, views: Sequence["OrderView"], kind: str) -> list[str]:
    if kind != "return":
        return []
    costs = await screen.read(screen.floor.decisions.cost_of_upholding, [view.id for view in views])
    return [cost.words for cost in costs] or [t("stuck.ask.no_cost")]


async def _ask_note(screen: CockpitScreen, command: str, orders: Iterable[str], note: str) -> str:
    text = await screen.ask_text(
        t("stuck.ask.note"), purpose=command, subject=" ".join(sorted(orders)), value=note, required=False, wants="note"
    )
    return note if text is None else text


def _redo_act(floor: "Floor", views: Sequence["OrderView"], note: str) -> Callable[[str], object]:
    """Return the act that sends an order to be done again, with the citizen's answer as the reason."""
    by_id = {view.id: view for view in views}

    def act(order_id: str) -> object:
        view = by_id[order_id]
        satisfaction = term("satisfaction", str(view.order.satisfaction))
        key = "stuck.redo_reason_note" if note else "stuck.redo_reason"
        supervised = view.stuck is not None and view.stuck.proposed == "supervise"
        return floor.decisions.redo(order_id, t(key, satisfaction=satisfaction, note=note), supervised=supervised)

    return act


async def _redo_by_hand(screen: CockpitScreen, views: Sequence["OrderView"]) -> bool:
    orders = {view.id: view.order for view in views}
    question = t("stuck.ask.reason", orders=titles(screen, orders))
    words = await screen.ask_text(question, purpose="order.redo", subject=" ".join(sorted(orders)), wants="reason")
    if words is None:
        return False
    return await _each(screen, views, lambda order_id: screen.floor.decisions.redo(order_id, words), "redo")
