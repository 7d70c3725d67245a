"""Build the site into build/site, strictly: a warning, a broken link or a reference to another host fails."""

import os
import shutil
import subprocess
import sys

from tools.docs_site.pages import ROOT, lay_out
from tools.docs_site.reading import faults

SITE = ROOT / "build" / "site"
#: Leads to the language of the browser; without scripts, to the choice.
_START = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><title>floorctl</title>
<script>location.replace((navigator.language.startsWith("zh") ? "zh-CN" : "en") + "/index.html")</script></head>
<body><p><a href="zh-CN/index.html">中文</a> · <a href="en/index.html">English</a></p></body></html>
"""


def main() -> int:
    """Build both languages; return 1 if anything is wrong with the pages."""
    lay_out()
    shutil.rmtree(SITE, ignore_errors=True)
    # The theme's advertisement of other programs is not wanted each time.
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    for config in ("mkdocs.yml", "mkdocs.zh-CN.yml"):
        build = [sys.executable, "-m", "mkdocs", "--quiet", "build", "--strict", "--config-file", config]
        done = subprocess.run(build, check=False, env=environment, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            print(done.stderr, file=sys.stderr)
            return done.returncode
    (SITE / "index.html").write_text(_START, "utf-8")
    found = list(faults(SITE))
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    print((SITE / "index.html").relative_to(ROOT))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
