"""Drawing mutants: one small change each, at places spread over the program by chance and a seed."""

import ast
import random
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import unified_diff
from itertools import islice
from pathlib import Path

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

#: What is drawn from, and how many of each 150: the rules, the way to the platform and back, what is seen and typed.
PARTS: dict[str, tuple[int, tuple[str, ...]]] = {
    "rules": (40, ("floorctl/rules/**/*.py",)),
    "sync": (
        40,
        tuple(f"floorctl/sync/{each}.py" for each in ("engine/push", "engine/pull", "overlay", "journal/*", "cache/*")),
    ),
    "screens": (40, ("floorctl/screens/**/*.py",)),
    "commands": (30, ("floorctl/cli/**/*.py",)),
}

#: A place in a file: line from 1, column from 0.
Position = tuple[int, int]


@dataclass(frozen=True)
class Mutant:
    """One change of one file: ``diff`` makes it, in the tree that it was drawn from or in one that is much like it."""

    part: str
    path: str
    operator: str
    diff: str

    def told(self) -> str:
        """The first line that it takes away, and the one that it puts there."""
        lines = self.diff.splitlines()[2:]
        before, after = (next((line[1:].strip() for line in lines if line[0] == sign), "") for sign in "-+")
        return f"{before}  →  {after}"


def _operators() -> list[str]:
    """Those that need no more than a place."""
    return sorted(name for name in operator_names() if not get_operator(name).arguments())


def draw(tree: Path, seed: int) -> list[Mutant]:
    """As many mutants of each part as ``PARTS`` says, in an order that is by chance too.

    Each place has the same chance, however many operators can change it.
    """
    chance = random.Random(seed)
    drawn: list[Mutant] = []
    for part, (count, patterns) in PARTS.items():
        paths = sorted({path for pattern in patterns for path in tree.glob(pattern)})
        places = [(path, each) for path in paths for each in _places(path.read_text("utf-8")).values()]
        made = (_made(tree, part, path, *chance.choice(at)) for path, at in chance.sample(places, len(places)))
        drawn += islice((each for each in made if each.diff), count)
    chance.shuffle(drawn)
    return drawn


def _made(tree: Path, part: str, path: Path, operator: str, occurrence: int) -> Mutant:
    before, name = path.read_text("utf-8"), str(path.relative_to(tree))
    after = mutate_code(before, get_operator(operator)(), occurrence)
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    return Mutant(part, name, operator, "".join(unified_diff(old, new, f"a/{name}", f"b/{name}")))


def _places(source: str) -> dict[tuple[Position, Position], list[tuple[str, int]]]:
    """Every place that can be changed, with the operators that can and which of their places it is."""
    nodes = list(ast_nodes(get_ast(source)))
    without = list(_without_effect(ast.parse(source)))
    found: dict[tuple[Position, Position], list[tuple[str, int]]] = {}
    for name in _operators():
        operator = get_operator(name)()
        positions = (position for node in nodes for position in operator.mutation_positions(node))
        for occurrence, (first, last) in enumerate(positions):
            if not any(begin <= first and last <= end for begin, end in without):
                found.setdefault((first, last), []).append((name, occurrence))
    return found


def _without_effect(tree: ast.Module) -> Iterator[tuple[Position, Position]]:
    """Annotations: what stands there is for readers and the type checker alone."""
    for node in ast.walk(tree):
        annotations = [getattr(node, "annotation", None), getattr(node, "returns", None)]
        for each in annotations:
            if isinstance(each, ast.expr) and each.end_lineno is not None and each.end_col_offset is not None:
                yield (each.lineno, each.col_offset), (each.end_lineno, each.end_col_offset)
