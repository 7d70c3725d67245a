"""Take the pictures of a floor of 2,000 seats in docs/screens, in three sizes: ``make screenshots`` does it too."""

import asyncio
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from msgspec import structs

from floorctl.screens.app import CockpitApp
from tests.platforms import PlatformProcess
from tools.screenshots import FOLDER, SIZES, at_home, quiet_alarms, signed_in_floor, wait_for

_SEATS = 2_000


async def main() -> None:
    """Take them in Chinese, as a hotline of that size has it."""
    with tempfile.TemporaryDirectory() as folder:
        size = ("--seats", str(_SEATS), "--orders", "2000")
        platform = PlatformProcess(Path(folder) / "platform.db", *size, "--at", "10:20", "--seed", "12345")
        platform.start(seconds=90)
        floor = await asyncio.to_thread(signed_in_floor, platform, Path(folder) / "data")
        try:
            await wait_for(floor, "live")
            await asyncio.sleep(8)
            quiet_alarms(floor)
            floor = replace(floor, config=structs.replace(floor.config, language="zh-CN"))
            for columns, rows in SIZES:
                app = CockpitApp(floor)
                async with app.run_test(size=(columns, rows)) as pilot:
                    await pilot.pause(2)
                    picture = app.export_screenshot(title=f"floorctl · {_SEATS:,} · {columns}×{rows}")
                name = f"large-floor-live-zh-CN-{columns}x{rows}"
                (FOLDER / f"{name}.svg").write_text(at_home(picture), "utf-8")
                print(name, file=sys.stderr)
        finally:
            floor.close()
            platform.stop()


if __name__ == "__main__":
    asyncio.run(main())
