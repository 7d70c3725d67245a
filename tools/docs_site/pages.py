"""Lay out the Markdown of the project as the site's pages: a tree a language, with links that hold there.

The pages are written to be read beside the code: they link to ``../README.md``, and to the other language by its file
name. On the site each language is a tree of its own in which a page has one name, the README is its start, and the
language switch at the top takes the place of the line that links to the other language.
"""

import re
import shutil
from pathlib import Path
from posixpath import normpath

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "build" / "site-pages"
LANGUAGES = ("en", "zh-CN")
_CHINESE = ".zh-CN.md"
#: Pages that do not lie in docs/ → what they are called on the site.
_OUTSIDE = {"README": "index", "CHANGELOG": "changes", "CONTRIBUTING": "contributing"}
#: Other files that pages link to, by their path in the project.
_FILES = {"floorctl/data/openapi.yaml": "openapi.yaml", "LICENSE": "LICENSE.txt"}
_ONLY_ENGLISH = "> 本页只有英文。\n\n"
_LINK = re.compile(r"(\]\()([^)\s]+)(\))")
_FENCE = re.compile(r"(^```.*?^```[^\n]*$)", re.MULTILINE | re.DOTALL)
#: A line's end between Chinese characters, which a browser would show as a blank.
_CHINESE_GOES_ON = re.compile(r"(?<=[\u3001-\u9fff\uff01-\uff5e”])\n *(?=[\u3001-\u9fff\uff01-\uff5e“])")
#: The line under a title that leads to the other language and to the list of documents.
_LINE_OF_LINKS = re.compile(r"\A(# [^\n]*\n)\n\[(?:中文|English|中文说明|All documents|全部文档)\]\([^\n]*\n")


def sources() -> dict[str, dict[str, Path]]:
    """Name of a page on the site → language → its Markdown."""
    found: dict[str, dict[str, Path]] = {}
    listed = [path for path in (ROOT / "docs").glob("*.md") if path.name != "README.md"]
    listed += [path for name in _OUTSIDE for path in ROOT.glob(f"{name}*.md")]
    for path in sorted(listed):
        language = "zh-CN" if path.name.endswith(_CHINESE) else "en"
        stem = path.name.removesuffix(_CHINESE).removesuffix(".md")
        found.setdefault(_OUTSIDE.get(stem, stem), {})[language] = path
    return found


def lay_out(folder: Path = PAGES) -> None:
    """Write the tree of each language under ``folder``, in place of what is there."""
    shutil.rmtree(folder, ignore_errors=True)
    pages = sources()
    for language in LANGUAGES:
        tree = folder / language
        tree.mkdir(parents=True)
        for name, by_language in pages.items():
            path = by_language.get(language, by_language["en"])
            text = _on_the_site(path, language, pages)
            missing = language not in by_language
            (tree / f"{name}.md").write_text(_marked(text) if missing else text, "utf-8")
        shutil.copytree(ROOT / "docs" / "screens", tree / "screens")
        for picture in (ROOT / "docs").glob("*.svg"):
            shutil.copy(picture, tree)
        for file, name in _FILES.items():
            shutil.copy(ROOT / file, tree / name)
        shutil.copy(Path(__file__).with_name("iframe-worker.js"), tree)


def _marked(text: str) -> str:
    """The page with a line under its title that says that it is in English."""
    title, _, rest = text.partition("\n\n")
    return f"{title}\n\n{_ONLY_ENGLISH}{rest}"


def _on_the_site(path: Path, language: str, pages: dict[str, dict[str, Path]]) -> str:
    """The text of a page with its links as they hold in the tree of ``language``."""
    text = _LINE_OF_LINKS.sub(r"\1", path.read_text("utf-8"))
    names = {source: (name, by) for name, by_language in pages.items() for by, source in by_language.items()}

    def link(found: re.Match[str]) -> str:
        target, hash_, anchor = found[2].partition("#")
        if not target or re.match(r"[a-z]+:", target):
            return found[0]
        file = Path(normpath(path.parent / target))
        return f"{found[1]}{_place(file, language, names, pages, anchor)}{hash_}{anchor}{found[3]}"

    return "".join(
        part if part.startswith("```") else _CHINESE_GOES_ON.sub("", _LINK.sub(link, part))
        for part in _FENCE.split(text)
    )


def _place(
    file: Path, language: str, names: dict[Path, tuple[str, str]], pages: dict[str, dict[str, Path]], anchor: str
) -> str:
    """Where a file of the project is on the site, seen from a page in ``language``."""
    if file == ROOT / "docs" / "README.md":
        return "index.md"
    if file in names:
        name, written_in = names[file]
        here = pages[name].get(language, pages[name]["en"])
        # An anchor is a heading, which has other words in the other language.
        return f"{name}.md" if here == file or not (anchor or language == "en") else f"../{written_in}/{name}.html"
    relative = file.relative_to(ROOT).as_posix()
    return _FILES.get(relative, relative.removeprefix("docs/"))
