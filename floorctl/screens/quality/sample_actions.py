"""Acts on a sample: skip it, play its recording; and the words for when today's samples are done."""

from typing import TYPE_CHECKING

from floorctl.i18n import t
from floorctl.screens.shell import acting
from floorctl.screens.shell.screen import CockpitScreen
from floorctl.text.safe import cut, visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    from floorctl.floor.quality.views import SampleView


def all_done(left: "Sequence[tuple[str, int]]") -> str:
    """Return words for "all your samples are done", with what others have ``left`` to score (name, number)."""
    if not left:
        return t("quality.said.all_done")
    others = t("quality.and").join(
        t("quality.left", name=visible(name) or t("quality.nobody"), n=n) for name, n in left
    )
    return t("quality.said.mine_done", others=others)


async def skip(screen: CockpitScreen, view: "SampleView") -> bool:
    """跳过: skip the sample, after asking for the reason; return whether it was done."""
    if not screen.may("sample.skip"):
        return False
    if not await screen.read(screen.floor.scoring.can_skip, view.id):
        screen.say(t("quality.skip_scored"), severity="warning")
        return False
    title = t("quality.ask.skip", agent=cut(visible(view.agent_name), 20))
    reason = await screen.ask_text(title, purpose="sample.skip", subject=view.id, wants="reason")
    if reason is None:
        return False
    return bool(
        await acting.run(screen, screen.floor.scoring.skip_sample, view.id, reason, said=t("quality.said.skipped"))
    )


async def play(screen: CockpitScreen, view: "SampleView") -> None:
    """Play the recording in the configured player."""
    if await acting.run(screen, screen.floor.scoring.play, view.id):
        screen.say(t("quality.said.playing"))
