"""What an alert says, in pieces: so that where room is short a number is there whole or not at all."""

import msgspec
from rich.cells import cell_len

from floorctl.i18n import t
from floorctl.text.safe import cut, visible

#: Fewer cells of what an order is about say nothing.
_LEAST_MATTER = 6


class Told(msgspec.Struct, frozen=True):
    """An alert in words: what it is about, the value now, the value when it was raised, whether all is well again."""

    title: str
    value: str = ""
    then: str = ""
    normal: bool = False
    #: What the order that it is about is about.
    matter: str = ""

    @property
    def shown(self) -> str:
        """All of it in one line, the most important first."""
        return "".join(self.pieces)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The same in pieces that may stand in lines of their own."""
        normal = " · " + t("alerts.normal_again") if self.normal else ""
        then = t("alerts.when_raised", value=self.then) if self.then not in ("", self.value) else ""
        value, matter = (f" {words}" if words else "" for words in (self.value, self.matter))
        return tuple(filter(None, (self.title, value, matter, normal, then)))

    def within(self, room: int) -> str:
        """As much of it as fits ``room`` cells: a value is there whole or not at all, only words are cut."""
        words = visible(self.shown)
        if cell_len(words) <= room:
            return words
        bare = msgspec.structs.replace(self, matter="")
        for told in (bare, msgspec.structs.replace(bare, then="")):
            words = visible(told.shown)
            rest = room - cell_len(words) - 1
            if self.matter and rest >= _LEAST_MATTER:
                return visible(msgspec.structs.replace(told, matter=cut(visible(self.matter), rest)).shown)
            if rest >= -1:
                return words
        kept = f" {visible(self.value)}" if self.value else ""
        kept += " " + t("alerts.normal_again") if self.normal else ""
        return cut(visible(self.title), room - cell_len(kept)) + kept
