"""Make the data folder of a floor terminal on which one of everything waits, with the program of any checkout.

    python tools/terminal_data.py CHECKOUT FOLDER

``CHECKOUT`` is a clone of this repository at the commit whose data is wanted; its program runs in this Python. FOLDER
receives ``terminal.tar.xz``: the platform's database as it was when the terminal lost it (``platform.db``), the
terminal's data folder and its configuration (``terminal/``); and ``expected.json``: what that program itself says of
it afterwards, by its ``--json`` answers. ``tests/test_old_data.py`` opens it with the program of today.
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
import urllib.request
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

#: The passphrase of the data's key, so that the data opens on any machine.
PASSPHRASE = "ten lines answered at noon"
SEED = 7
SUPERVISOR, LEAD = "1001", "1002"
#: What is typed by a person and sent nowhere.
_HALF_DONE = """
import sys
from pathlib import Path
from floorctl.config import load
from floorctl.commands.passphrase import ask
from floorctl.floor import Floor
from floorctl.rules import form as forms
from floorctl.rules.quality import items
floor = Floor.open(load(Path(sys.argv[1])), ask=ask)
form = floor.form(sys.argv[2])
first, second = list(items(form.rubric))[:2]
form = forms.step(forms.step(form, first.id, 1), second.id, -1)
floor.save_form(forms.with_comment(form, second.id, "voice too low / 语速偏快"))
if hasattr(floor, "texts"):
    floor.texts.load()
    floor.texts.put(floor.texts.key("note", "2026-11-30"), "half a note: 停水片区 call back")
    floor.texts.put(floor.texts.key("callback", sys.argv[3]), "half a call-back note, 未接通")
    floor.texts.write()
floor.close()
"""


class Maker:
    """A platform and a terminal of one checkout, in a folder of their own."""

    def __init__(self, checkout: Path, folder: Path, port: int) -> None:
        self.checkout, self.folder, self.port = checkout, folder, port
        self.passwords: dict[str, str] = {}
        self.process: subprocess.Popen[str] | None = None
        self.half_scored = ""
        self.kept = folder / "terminal"
        self.kept.mkdir()
        secret = folder / "passphrase"
        secret.write_text(PASSPHRASE + "\n", "utf-8")
        self.env = {
            **os.environ, "PYTHONPATH": str(checkout), "HOME": str(folder), "LC_ALL": "C.UTF-8",
            "FLOORCTL_CONFIG": str(self.kept / "floorctl.toml"), "FLOORCTL_PASSPHRASE_FILE": str(secret),
        }  # fmt: skip
        (self.kept / "floorctl.toml").write_text(
            f'language = "en"\n[platform]\nurl = "http://127.0.0.1:{port}"\n'
            f'[terminal]\nname = "A-1"\ndata_dir = "{self.kept / "data"}"\nkey = "passphrase"\n',
            "utf-8",
        )

    def serve(self) -> None:
        """Start the platform and wait until it listens."""
        argv = [sys.executable, "-m", "floorctl", "platform", "serve", "--port", str(self.port), "--seed", str(SEED)]
        argv += ["--data", str(self.folder / "platform.db"), "--orders", "60", "--seats", "10", "--at", "15:40"]
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
        """Throw away most of the seeded history: the shape of the data counts, not its amount."""
        database = sqlite3.connect(self.folder / "platform.db")
        with database:
            database.execute("DELETE FROM entity WHERE kind IN ('interval', 'shift', 'handover') AND seq % 40 <> 0")
        database.close()

    def program(self, text: str, *argv: str) -> None:
        """Run ``text`` in the checkout's Python, given the configuration and ``argv``."""
        file = self.folder / "half_done.py"
        file.write_text(text, "utf-8")
        line = [sys.executable, str(file), self.env["FLOORCTL_CONFIG"], *argv]
        done = subprocess.run(line, env=self.env, cwd=self.checkout, check=False)
        if done.returncode:
            raise SystemExit(done.returncode)

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

    def login(self, number: str) -> None:
        """Sign in."""
        self.run("login", "--employee-no", number, "--password-stdin", stdin=self.passwords[number])

    def elsewhere(self, kind: str, target: tuple[str, str], data: dict[str, Any], base: int | None) -> None:
        """Somebody does something at another terminal."""
        session = self._post("session", {"employee_no": SUPERVISOR, "password": self.passwords[SUPERVISOR]}, {})
        command = {
            "id": str(uuid.uuid4()), "kind": kind, "target": {"kind": target[0], "id": target[1]}, "data": data,
            "made_at": datetime.now(UTC).isoformat(), "base_version": base,
        }  # fmt: skip
        said = self._post(
            "commands", command, {"Authorization": f"Bearer {session['token']}", "Idempotency-Key": command["id"]}
        )
        print("elsewhere", kind, said, flush=True)

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
    """A first sync, people signed in, acts of which some are applied, one refused, one in conflict; then the outage."""
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
    nobody = [each["id"] for each in maker.json("seats")["items"] if each["state"] == "signed_out"]
    working = [each["id"] for each in maker.json("seats")["items"] if each["state"] != "signed_out"]
    alerts = [each for each in maker.json("alerts")["items"] if each["state"] == "open" and each.get("steps")]
    # While the platform is there: applied, in conflict, refused.
    maker.run("urge", accepted[0], "--level", "1", "--note", "applied before the outage")
    maker.run("skills", nobody[0], "q-12333", "q-12345")
    maker.run("message", working[0], "--text", "applied before the outage")
    maker.run("order", accepted[0], "--reveal", "--json")
    maker.run("export", "orders", str(maker.folder / "orders.csv"))
    # A first outage, in which others do something with the same things: a conflict and a refusal.
    order = next(each for each in orders if each["number"] == callbacks[1])
    fact = maker.json("assess", "facts")["items"][0]
    maker.stop()
    maker.run("skills", nobody[1], "q-12333")
    maker.run("callback", callbacks[1], "no_answer")
    maker.run("assess", "remove", fact["id"], "--reason", "entered twice")
    maker.serve()
    seat = next(each for each in maker.json("seats")["items"] if each["id"] == nobody[1])
    maker.elsewhere("seat.skills", ("seat", nobody[1]), {"skills": ["q-12320"]}, seat["version"])
    maker.elsewhere("order.callback", ("order", order["id"]), {"outcome": "refused"}, order["version"])
    maker.elsewhere("fact.remove", ("fact", fact["id"]), {"reason": "entered twice"}, fact["version"])
    maker.run("sync", "--once", ends=(0, 3, 4))
    maker.stop()
    # The outage: one of everything waits. The floor has moved on since.
    by_state = maker.orders_by_state()
    accepted = [each for each in by_state["accepted"] if each in accepted]
    working = [each["id"] for each in maker.json("seats")["items"] if each["state"] != "signed_out"]
    nobody = [
        each["id"] for each in maker.json("seats")["items"] if each["state"] == "signed_out" or each["id"] in nobody
    ]
    maker.run("urge", accepted[2], accepted[3], "--level", "2", "--note", "停水三天，电话13812345678")
    maker.run("review", by_state["review"][-1], "--error", "区划错误")
    maker.run("dispatch", by_state["ready"][0], *departments)
    maker.run("callback", callbacks[0], "reached", "--satisfaction", "2")
    maker.run("problem", accepted[4], "承办单位推诿")
    maker.run("ack", alerts[0]["id"])
    maker.run("step", alerts[0]["id"], "phone_department", "--note", "值班室已接")
    maker.run("seat-state", working[-1], "not_ready", "--reason", "漏水")
    maker.run("skills", nobody[2], "q-12320", "q-12345")
    maker.run("message", working[1], working[2], "--text", "请注意停水话术")
    samples = [each for each in maker.json("inspect", "list")["items"] if each["state"] == "open"]
    samples = [each for each in samples if each["reason"] != "calibration"]
    maker.run("inspect", "score", samples[0]["id"], "--full")
    maker.run("inspect", "skip", samples[1]["id"], "--reason", "录音缺失")
    maker.run("handover", "note", "跟进东光中学")
    maker.run("handover", "give")
    maker.run("assess", "record", "public_praise", "--title", "停水处置受表扬")
    maker.half_scored = samples[-1]["id"]
    maker.program(_HALF_DONE, maker.half_scored, "o-" + callbacks[0])


#: What the program itself is asked about its data, for the answers that are kept beside it.
QUESTIONS = {
    "whoami": ["whoami"], "outbox": ["outbox", "list", "--limit", "1000"],
    "audit": ["audit", "list", "--limit", "1000"],
    "verify": ["audit", "verify"], "handover": ["handover", "show"], "samples": ["inspect", "list"],
    "orders": ["orders", "--limit", "100"], "alerts": ["alerts"], "seats": ["seats"], "facts": ["assess", "facts"],
}  # fmt: skip


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
        (target / "expected.json").write_text(json.dumps(said, ensure_ascii=False, indent=1) + "\n", "utf-8")
        with tarfile.open(target / "terminal.tar.xz", "w:xz") as kept:
            for name in ("platform.db", "terminal"):
                kept.add(Path(folder) / name, name)


if __name__ == "__main__":
    main()
