"""A terminal that two people have signed in at, one after the other."""

from pathlib import Path

from floorctl.floor import passwords
from floorctl.floor.floor import Floor
from floorctl.floor.terminal import open_terminal
from floorctl.screens.shell.sign_in import SignIn
from tests.build import NOWHERE, config
from tests.quality_stage import CHIEF, ME, QualityStage
from tests.screens.looking import CockpitPilot, at_rest, press, until
from tests.stage import Stage
from tests.sync.storage import session


def known(stage: Stage, number: str, password: str, person: str = ME) -> None:
    """Let somebody have signed in here within the week, so that the platform is not needed for them."""
    passwords.remember(stage.journal, number, password, session("supervisor", person), NOWHERE)


class TwoPeople(QualityStage):
    """Samples to score, no platform to ask, and two people who signed in here within the week."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        known(self, "1001", "mine", ME)
        known(self, "1000", "theirs", CHIEF)

    def open_floor(self) -> Floor:
        usual = super().open_floor()
        usual.close()
        return open_terminal(config(self.folder, url=NOWHERE), clock=usual.clock)


async def unlock(pilot: CockpitPilot, number: str, password: str) -> None:
    """Lock the terminal by key and unlock it as the person with this number."""
    await pilot.press("ctrl+l")
    await until(pilot, lambda: isinstance(pilot.app.screen, SignIn))
    await press(pilot, [*number, "enter", *password, "enter"])
    await until(pilot, lambda: not pilot.app.is_locked)
    await at_rest(pilot)
