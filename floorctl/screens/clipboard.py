"""What goes to the clipboard and what did not fit from it: for as long as the person who copied has the terminal."""

from floorctl.screens.drafting import Drafting


class Clipboard(Drafting):
    """An app that keeps what of a paste did not fit into its line, for the next line."""

    def __init__(self) -> None:
        super().__init__()
        #: What was pasted and did not fit: ``Ctrl+V`` puts it into the next line.
        self.rest_of_paste = ""

    def forget_copied(self) -> None:
        """The terminal is locked: what was copied or pasted is not for who unlocks it."""
        self.rest_of_paste = self._clipboard = ""
