"""Write a note for the next shift, from any screen."""

from floorctl.floor.handover.summary import shift_words
from floorctl.i18n import t
from floorctl.models.base import Ref
from floorctl.rules.handover.shifts import ShiftOf
from floorctl.screens.shell import acting
from floorctl.screens.shell.asking import AskingScreen


async def note(screen: AskingScreen, about: tuple[Ref, str] | None, shift: ShiftOf | None = None) -> bool:
    """Ask for a note to the next shift about ``about`` (None: nothing special); return whether it is written."""
    if not screen.may("handover.note"):
        return False
    title = t("handover.ask.note_free") if about is None else t("handover.ask.note", about=about[1])
    ref = None if about is None else about[0]
    text = await screen.ask_text(title, purpose="handover.note", subject="" if ref is None else f"{ref.kind} {ref.id}")
    if text is None:
        return False
    meant = shift if shift is not None else await screen.read(screen.floor.handovers.shift_meant)

    def write() -> ShiftOf:
        return screen.floor.handovers.written_into(screen.floor.handovers.note(text, ref, shift))

    def said(into: ShiftOf) -> str:
        if into == meant:
            return t("handover.said.noted")
        return t("handover.said.noted_later", shift=shift_words(meant), into=shift_words(into))

    return bool(await acting.run(screen, write, said=said))
