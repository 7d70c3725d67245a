"""The floor of every Textual program: one that says hello."""

from textual.app import App, ComposeResult
from textual.widgets import Static


class Hello(App[None]):
    """Says hello."""

    def compose(self) -> ComposeResult:
        """One widget."""
        yield Static("Hello from the floor of every peer")


if __name__ == "__main__":
    Hello().run()
