"""Walks through the cockpit at random and says what it finds: ``make explore ARGS="--seconds 600 --seeds 10"``.

Each finding is printed with the fewest steps that lead to it, as a test that can be pasted. Ends with 1 where there is
any.
"""

import argparse
import logging
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from tests.explorer.asked_for import load_all_screens
from tests.explorer.findings import LONGEST, Count, Finding, explore
from tests.explorer.world import World
from tests.speedups import hash_cheaply, parse_style_sheets_once


def _seeds_of(arguments: argparse.Namespace) -> list[int]:
    return [arguments.seed + at for at in range(arguments.seeds)]


def _explored(seed: int, seconds: float, longest: int) -> tuple[int, Count, float, list[Finding]]:
    """The findings from one seed."""
    logging.raiseExceptions = False
    load_all_screens()
    parse_style_sheets_once()
    hash_cheaply()
    count, began = Count(), time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        template = World(Path(folder) / "template")
        found = list(explore(template, seed, seconds=seconds, longest=longest, count=count))
    return seed, count, time.perf_counter() - began, found


def _told(seed: int, count: Count, took: float, found: list[Finding]) -> None:
    rate = f"{count.steps / max(took, 0.1):.0f} steps/s"
    print(f"seed {seed}: {count.walks} walks, {count.steps} steps, {rate}, {len(found)} findings", flush=True)
    for finding in found:
        print(f"\n{finding}", flush=True)


def main() -> int:
    """Explore; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=120, help="how long in all, beside what shrinking takes")
    parser.add_argument("--seed", type=int, default=1, help="the first seed")
    parser.add_argument("--seeds", type=int, default=2, help="how many seeds")
    parser.add_argument("--steps", type=int, default=LONGEST, help="the most steps of a walk")
    parser.add_argument("--processes", type=int, default=2)
    arguments = parser.parse_args()
    seeds = _seeds_of(arguments)
    processes = max(1, min(arguments.processes, len(seeds)))
    each = arguments.seconds * processes / len(seeds)
    tasks = [(seed, each, arguments.steps) for seed in seeds]
    findings = 0
    if processes == 1:
        for task in tasks:
            result = _explored(*task)
            findings += len(result[3])
            _told(*result)
    else:
        with multiprocessing.get_context("spawn").Pool(processes, maxtasksperchild=1) as pool:
            for waiting in [pool.apply_async(_explored, task) for task in tasks]:
                result = waiting.get()
                findings += len(result[3])
                _told(*result)
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
