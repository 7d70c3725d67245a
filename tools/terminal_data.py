"""Make the data folder of a floor terminal on which one of everything waits, with the program of an older checkout.

    python tools/terminal_data.py CHECKOUT FOLDER

``CHECKOUT`` is a clone of this repository at the commit whose data is wanted, 67bd114 for 0.1.0; its program runs in
this Python, and what ``_HALF_DONE`` imports has to be in it. FOLDER receives, after some four minutes,
``terminal.tar.xz``: the platform's database as it was when the terminal lost it (``platform.db``), the terminal's data
folder without its cache, and its configuration (``terminal/``); and ``expected.json``: what that program itself says of
it afterwards, by its ``--json`` answers. ``tests/e2e/test_old_data.py`` opens it with the program as it is.
"""

import contextlib
import json
import os
import re
import signal
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.request
import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

SEED = 7
SUPERVISOR, LEAD = "1001", "1002"
COMMENT = "voice too low / 语速偏快"
#: What is typed by a person and sent nowhere; prints the lines that are kept, none where the program keeps none.
_HALF_DONE = """
import json, sys
from pathlib import Path
from floorctl.config import load
from floorctl.floor import Floor
from floorctl.rules import form as forms
from floorctl.rules.quality import items
floor = Floor.open(load(Path(sys.argv[1])))
form = floor.form(sys.argv[2])
first, second = list(items(form.rubric))[:2]
form = forms.step(forms.step(form, first.id, 1), second.id, -1)
floor.save_form(forms.with_comment(form, second.id, sys.argv[4]))
lines = json.loads(sys.argv[3]) if hasattr(floor, "texts") else []
if lines:
    floor.texts.load()
    for purpose, subject, line in lines:
        floor.texts.put(floor.texts.key(purpose, subject), line)
    floor.texts.write()
print(json.dumps(lines))
floor.close()
"""


class Maker:
    """A platform and a terminal of one checkout, in a folder of their own."""

    def __init__(self, checkout: Path, folder: Path, port: int) -> None:
        self.checkout, self.folder, self.port = checkout, folder, port
        self.passwords: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None
        self.half_scored = ""
        self.lines: Any = None
        self.kept = folder / "terminal"
        self.kept.mkdir()
        self.env = {
            **os.environ, "PYTHONPATH": str(checkout), "HOME": str(folder), "LC_ALL": "C.UTF-8",
            "FLOORCTL_CONFIG": str(self.kept / "floorctl.toml"),
        }  # fmt: skip
        (self.kept / "floorctl.toml").write_text(
            # The key lies beside the data, so that it opens on any machine.
            f'language = "en"\n[platform]\nurl = "http://127.0.0.1:{port}"\n'
            f'[terminal]\nname = "A-1"\ndata_dir = "{self.kept / "data"}"\nkey = "file"\n',
            "utf-8",
        )

    def serve(self) -> None:
        """Start the platform and wait until it listens."""
        argv = [sys.executable, "-m", "floorctl", "platform", "serve", "--port", str(self.port), "--seed", str(SEED)]
        argv += ["--data", str(self.folder / "platform.db"), "--orders", "90", "--seats", "16", "--at", "13:40"]
        self.process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True, env=self.env, cwd=self.checkout)
        listens = threading.Event()

        said = self.process.stderr

        def read() -> None:
            for line in said or ():
                if found := re.search(r"(\d{4})\s+(\S{6,})\s*$", line):
                    self.passwords[found[1]] = found[2]
                if "listening" in line:
                    listens.set()

        threading.Thread(target=read, daemon=True).start()
        if not listens.wait(60):
            raise SystemExit("the platform does not listen")

    def stop(self) -> None:
        """End the platform, its database closed."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self.process = None
        database = sqlite3.connect(self.folder / "platform.db")
        database.execute("PRAGMA journal_mode = DELETE")
        database.execute("VACUUM")
        database.close()

    def wait_for_history(self) -> None:
        """Wait until the platform has written the days before this one."""
        counts = [-1, -2]
        while len(set(counts[-2:])) > 1 or counts[-1] < 10_000:
            time.sleep(3)
            with contextlib.closing(sqlite3.connect(self.folder / "platform.db")) as database:
                counts += database.execute("SELECT count(*) FROM entity").fetchone()

    def trim(self) -> None:
        """Throw away most of the seeded history: the shape of the data counts, not its amount.

        Today's stays, and the shifts that follow: without theirs the platform signs its agents out.
        """
        database = sqlite3.connect(self.folder / "platform.db")
        day = f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m-%d}"
        with database:
            database.execute("DELETE FROM entity WHERE kind IN ('interval', 'handover') AND seq % 40 <> 0")
            database.execute("DELETE FROM entity WHERE kind = 'shift' AND substr(id, -10) < ?", (day,))
        database.close()

    def program(self, text: str, *argv: str) -> Any:
        """Run ``text`` with the checkout's program, given the configuration and ``argv``; the JSON that it prints."""
        file = self.folder / "half_done.py"
        file.write_text(text, "utf-8")
        line = [sys.executable, str(file), self.env["FLOORCTL_CONFIG"], *argv]
        done = subprocess.run(line, env=self.env, cwd=self.checkout, check=True, stdout=subprocess.PIPE)
        return json.loads(done.stdout)

    def run(self, *argv: str, stdin: str = "", ends: tuple[int, ...] = (0, 3)) -> str:
        """Run a command of the program; its standard output."""
        done = subprocess.run(
            [sys.executable, "-m", "floorctl", *argv],
            input=stdin,
            capture_output=True,
            text=True,
            env=self.env,
            cwd=self.checkout,
            timeout=120,
            check=False,
        )
        print(done.returncode, *argv, done.stderr.strip()[:160], flush=True)
        if done.returncode not in ends:
            raise SystemExit(done.stdout + done.stderr)
        return done.stdout

    def json(self, *argv: str) -> Any:
        """What a command answers with ``--json``."""
        return json.loads(self.run(*argv, "--json"))

    def orders_by_state(self) -> dict[str, list[str]]:
        """State → numbers of the orders in it."""
        found: dict[str, list[str]] = {}
        for order in self.json("orders", "--limit", "100")["items"]:
            found.setdefault(order["state"], []).append(order["number"])
        return found

    def seats(self) -> tuple[list[str], list[str]]:
        """The seats at which nobody sits, and those at which somebody does."""
        seats = self.json("seats")["items"]
        nobody = [each["id"] for each in seats if each["state"] == "signed_out"]
        return nobody, [each["id"] for each in seats if each["id"] not in nobody]

    def login(self, number: str) -> None:
        """Sign in."""
        self.run("login", "--employee-no", number, "--password-stdin", stdin=self.passwords[number])

    def elsewhere(self, kind: str, target: tuple[str, str], data: dict[str, Any], base: int | None) -> None:
        """Somebody does something elsewhere, once it is not refused: no seat is signed out during a call."""
        session = self._post("session", {"employee_no": SUPERVISOR, "password": self.passwords[SUPERVISOR]}, {})
        command_id = str(uuid.uuid4())
        command = {
            "id": command_id, "kind": kind, "target": {"kind": target[0], "id": target[1]}, "data": data,
            "made_at": datetime.now(UTC).isoformat(), "base_version": base,
        }  # fmt: skip
        headers = {"Authorization": f"Bearer {session['token']}", "Idempotency-Key": command_id}
        for _ in range(120):
            try:
                print("elsewhere", kind, self._post("commands", command, headers), flush=True)
            except urllib.error.HTTPError as error:
                said = error.read().decode()
                if error.code != HTTPStatus.UNPROCESSABLE_ENTITY:
                    break
                time.sleep(2)
            else:
                return
        raise SystemExit(f"{kind} elsewhere: {said}")

    def _post(self, where: str, document: object, headers: dict[str, str]) -> dict[str, Any]:
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/v1/{where}",
            json.dumps(document).encode(),
            {"Content-Type": "application/json", **headers},
        )
        with urllib.request.urlopen(request) as answer:
            found: dict[str, Any] = json.load(answer)
            return found


def fill(maker: Maker) -> None:
    """A first sync, people signed in, acts of which some are applied, one refused, two in conflict; then the outage."""
    maker.serve()
    maker.wait_for_history()
    maker.stop()
    maker.trim()
    maker.serve()
    maker.login(LEAD)
    maker.login(SUPERVISOR)
    maker.run("sync", "--once")
    orders = maker.json("orders", "--limit", "100")["items"]
    by_state = maker.orders_by_state()
    accepted, callbacks = by_state["accepted"], by_state["handled"]
    departments = sorted({each["lead_department_id"] for each in orders if each["lead_department_id"]})[:2]
    nobody, working = maker.seats()
    # While the platform is there: applied.
    maker.run("urge", accepted[0], "--level", "1", "--note", "applied before the outage")
    maker.run("skills", nobody[0], "q-12333", "q-12345")
    maker.run("message", working[0], "--text", "applied before the outage")
    maker.run("order", accepted[0], "--reveal", "--json")
    maker.run("export", "orders", str(maker.folder / "orders.csv"))
    # A first outage, in which others do something with the same things: two conflicts and a refusal.
    order = next(each for each in orders if each["number"] == callbacks[1])
    seat = next(each for each in maker.json("seats")["items"] if each["id"] == nobody[1])
    maker.stop()
    maker.run("skills", nobody[1], "q-12333")
    maker.run("callback", callbacks[1], "no_answer")
    maker.run("seat-state", working[0], "not_ready")
    maker.serve()
    maker.elsewhere("seat.skills", ("seat", nobody[1]), {"skills": ["q-12320"]}, seat["version"])
    maker.elsewhere("order.callback", ("order", order["id"]), {"outcome": "refused"}, order["version"])
    maker.elsewhere("seat.state", ("seat", working[0]), {"state": "signed_out"}, None)
    maker.run("sync", "--once", ends=(0, 3, 4))
    maker.stop()
    # The outage: one of everything waits, each on something that nothing is parked on. The floor has moved on since.
    by_state = maker.orders_by_state()
    accepted = [each for each in by_state["accepted"] if each in accepted]
    taken = {nobody[1], working[0]}
    nobody, working = ([each for each in seats if each not in taken] for seats in maker.seats())
    alert = next(each for each in maker.json("alerts")["items"] if each["state"] == "open" and each.get("steps"))
    maker.run("urge", accepted[2], accepted[3], "--level", "2", "--note", "停水三天，电话13812345678")
    maker.run("review", by_state["review"][-1], "--error", "区划错误")
    maker.run("dispatch", by_state["ready"][0], *departments)
    maker.run("callback", callbacks[0], "reached", "--satisfaction", "2")
    maker.run("problem", accepted[4], "承办单位推诿")
    maker.run("ack", alert["id"])
    maker.run("step", alert["id"], "phone_department", "--note", "值班室已接")
    maker.run("seat-state", working[0], "not_ready", "--reason", "漏水")
    maker.run("skills", nobody[0], "q-12320", "q-12345")
    maker.run("message", working[1], working[2], "--text", "请注意停水话术")
    samples = [each for each in maker.json("inspect", "list")["items"] if each["state"] == "open"]
    scored, skipped, half_scored = [each["id"] for each in samples if each["reason"] != "calibration"][:3]
    maker.run("inspect", "score", scored, "--full")
    maker.run("inspect", "skip", skipped, "--reason", "录音缺失")
    maker.run("handover", "note", "跟进东光中学")
    # Some versions ask why it is given long before the shift ends.
    asks_why = "--reason" in maker.run("handover", "give", "--help")
    maker.run("handover", "give", *(["--reason", "漏水停班"] if asks_why else []))
    fact = maker.json("assess", "facts")["items"][0]
    maker.run("assess", "remove", fact["id"], "--reason", "entered twice")
    maker.run("assess", "record", "public_praise", "--title", "停水处置受表扬")
    maker.half_scored = half_scored
    lines = [
        ("handover.note", "", "half a note: 停水片区 call back"),
        ("order.callback", "o-" + callbacks[2], "half a call-back note, 未接通"),
    ]
    maker.lines = maker.program(_HALF_DONE, half_scored, json.dumps(lines), COMMENT)


#: What the program itself is asked about its data, for the answers that are kept beside it.
QUESTIONS = {
    "whoami": ["whoami"], "outbox": ["outbox", "list", "--limit", "1000"],
    "audit": ["audit", "list", "--limit", "1000"],
    "verify": ["audit", "verify"], "handover": ["handover", "show"], "samples": ["inspect", "list"],
    "orders": ["orders", "--limit", "100"], "alerts": ["alerts"], "seats": ["seats"], "facts": ["assess", "facts"],
}  # fmt: skip


def without_cache(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """All but the cache, which is large, and which another release fetches again."""
    return None if Path(member.name).name.startswith("cache.db") else member


def main() -> None:
    """Make it."""
    checkout, target = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        maker = Maker(checkout, Path(folder), int(sys.argv[3]) if len(sys.argv) > 3 else 28345)
        try:
            fill(maker)
        finally:
            maker.stop()
        target.mkdir(parents=True, exist_ok=True)
        said = {name: maker.json(*argv) for name, argv in QUESTIONS.items()}
        said["draft"] = maker.json("inspect", "show", maker.half_scored)
        said["lines"] = maker.lines
        (target / "expected.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
        with tarfile.open(target / "terminal.tar.xz", "w:xz") as kept:
            for name in ("platform.db", "terminal"):
                kept.add(Path(folder) / name, name, filter=without_cache)


if __name__ == "__main__":
    main()
