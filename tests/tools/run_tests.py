"""``make test`` once the environment is there: every step runs even after one failed; the exit code tells.

The last lines repeat each step's outcome, count the tests that were skipped for want of LibreOffice, of Wine, of a
mount or of another user, and end with pytest's own summary.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Outcome:
    name: str
    ok: bool
    seconds: float
    last_line: str


def step(name: str, *command: str) -> Outcome:
    """Run one command, showing its output as it comes."""
    print(f"\n── {name}", flush=True)
    started, last = time.monotonic(), ""
    with subprocess.Popen(
        [sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            last = line.strip() or last
    return Outcome(name, process.returncode == 0, time.monotonic() - started, last)


class Aside:
    """A command that runs beside the next steps; its output is shown when it is waited for."""

    def __init__(self, name: str, *command: str):
        self._name, self._started = name, time.monotonic()
        self._output = tempfile.TemporaryFile()         # noqa: SIM115 (closed when it has been shown)
        self._process = subprocess.Popen([sys.executable, *command], cwd=ROOT, stdin=subprocess.DEVNULL,
                                         stdout=self._output, stderr=subprocess.STDOUT,
                                         env=os.environ | {"PYTHONIOENCODING": "utf-8"})

    def outcome(self) -> Outcome:
        print(f"\n── {self._name}", flush=True)
        code = self._process.wait()
        seconds = time.monotonic() - self._started
        self._output.seek(0)
        text = self._output.read().decode("utf-8", "replace")
        self._output.close()
        print(text, end="", flush=True)
        return Outcome(self._name, code == 0, seconds, text.strip().rpartition("\n")[2])


# What a machine may lack → how a skipped test's reason says so.
LACKING = {"Windows tests": "^Wine", "LibreOffice tests": "LibreOffice|soffice|uno",
           "tests on a small or read-only disk": "^mount:", "tests with Microsoft's validator": "^validator:",
           "tests as another user": "^another user"}


def skipped_tests(*reports: Path) -> dict[str, list[str]]:
    """Reasons of the skipped tests, by what they lacked."""
    reasons = [skip.get("message") or "" for report in reports if report.exists()
               for skip in ET.parse(report).getroot().iter("skipped")]
    return {what: [reason for reason in reasons if re.search(pattern, reason)] for what, pattern in LACKING.items()}


def main() -> int:
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="replace")     # type: ignore[union-attr]
    with tempfile.TemporaryDirectory() as folder:
        report, windows_report = Path(folder) / "pytest.xml", Path(folder) / "windows.xml"
        ruff = step("ruff", "-m", "ruff", "check", ".")
        mypy = step("mypy", "-m", "mypy")
        # damaged files and real kills: the same each time, and others each time
        seeds = ("--seed", "1", str(random.SystemRandom().randrange(2, 10**6)))
        aside = [Aside("fuzz", "-m", "tests.fuzz", "--count", "500", *seeds),
                 Aside("kills", "-m", "tests.kills", "--count", "10", *seeds),
                 # they mostly wait for Wine
                 Aside("windows", "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={windows_report}",
                       "tests/windows")]
        # a worker a core, each with a LibreOffice of its own
        pytest = step("pytest", "-m", "pytest", "-q", "-n", "auto", "--dist", "worksteal", f"--junitxml={report}",
                      "--ignore=tests/windows")
        fuzz, kills, windows = (one.outcome() for one in aside)
        wheel = step("wheel", "tests/tools/wheel_check.py")
        skipped = skipped_tests(report, windows_report)
    print()
    outcomes = [ruff, mypy, pytest, windows, fuzz, kills, wheel]
    for outcome in outcomes:
        print(f"{'ok    ' if outcome.ok else 'FAILED'} {outcome.name:8} {outcome.seconds:6.1f} s")
    for what, reasons in skipped.items():
        print(f"{what} skipped: {len(reasons)}" + (f" ({reasons[0]})" if reasons else ""))
    print(f"pytest: {pytest.last_line}", flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
