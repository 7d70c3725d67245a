"""The text of an alert in pieces, so that where space is short a number is shown completely or not at all."""

import msgspec
from rich.cells import cell_len

from floorctl.i18n import t
from floorctl.text.safe import cut, visible

#: Cells below which the order's subject is too short to be useful.
_LEAST_MATTER = 6


class AlertText(msgspec.Struct, frozen=True):
    """An alert in words: its subject, the value now, the value when it was raised, whether it is normal again."""

    title: str
    value: str = ""
    then: str = ""
    normal: bool = False
    #: What the alert's order is about.
    matter: str = ""

    @property
    def shown(self) -> str:
        """The whole text on one line, the most important part first."""
        return "".join(self.pieces)

    @property
    def pieces(self) -> tuple[str, ...]:
        """The same in pieces, which may be placed on lines of their own."""
        normal = " · " + t("alerts.normal_again") if self.normal else ""
        then = t("alerts.when_raised", value=self.then) if self.then not in ("", self.value) else ""
        value, matter = (f" {words}" if words else "" for words in (self.value, self.matter))
        return tuple(filter(None, (self.title, value, matter, normal, then)))

    def within(self, room: int) -> str:
        """Return as much as fits ``room`` cells: values are shown completely or not at all, only words are cut."""
        words = visible(self.shown)
        if cell_len(words) <= room:
            return words
        bare = msgspec.structs.replace(self, matter="")
        for shorter in (bare, msgspec.structs.replace(bare, then="")):
            words = visible(shorter.shown)
            rest = room - cell_len(words) - 1
            if self.matter and rest >= _LEAST_MATTER:
                return visible(msgspec.structs.replace(shorter, matter=cut(visible(self.matter), rest)).shown)
            if rest >= -1:
                return words
        kept = f" {visible(self.value)}" if self.value else ""
        kept += " " + t("alerts.normal_again") if self.normal else ""
        return cut(visible(self.title), room - cell_len(kept)) + kept
