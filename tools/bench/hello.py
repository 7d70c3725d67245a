"""The floor of every Textual program: one that says hello, and counts the keys that are pressed."""

from textual.app import App, ComposeResult
from textual.events import Key
from textual.widgets import Static


class Hello(App[None]):
    """Says hello."""

    _pressed = 0

    def on_key(self, _event: Key) -> None:
        """Say how many there were."""
        self._pressed += 1
        self.query_one(Static).update(f"<{self._pressed}>")

    def compose(self) -> ComposeResult:
        """One widget."""
        yield Static("Hello from the floor of every peer")


if __name__ == "__main__":
    Hello().run()
