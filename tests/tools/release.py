"""``make release``: a folder from which HR installs without a network, and what is in it by its SHA-256.

The wheels are for 64-bit Windows and the versions of Python below.  With the path of python.org's embeddable zip
(64-bit) as a second argument, Python comes along in the folder ``python``, its licence in it, and nothing has to be
installed first; whoever hands the folder out has to see that the zip is the genuine one.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from tests.tools.wheel_check import build

ROOT = Path(__file__).resolve().parents[2]
FILES = Path(__file__).with_name("release_files")
PYTHONS = ("3.11", "3.12", "3.13")
PIP = (sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check")


def windows_wheels(wheels: Path, wheel: Path, python: str) -> None:
    """What pip needs to install our wheel on Windows without a network."""
    # pip evaluates what is wanted on Windows only for the system that it runs on
    subprocess.run([*PIP, "-d", wheels, "--only-binary=:all:", "--platform", "win_amd64", "--python-version", python,
                    "--implementation", "cp", str(wheel), "pywin32", "tzdata", "pip"], check=True)


def release(target: Path, embeddable: Path | None, pythons: tuple[str, ...] = PYTHONS) -> None:
    """Make the folder anew."""
    shutil.rmtree(target, ignore_errors=True)
    wheels = target / "wheels"
    wheels.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(build(Path(folder)), wheels)
    [wheel] = wheels.glob("xl_kpi-*.whl")
    for python in pythons:
        windows_wheels(wheels, wheel, python)
    if embeddable is not None:
        with zipfile.ZipFile(embeddable) as files:
            files.extractall(target / "python")
    finish(target)


def finish(target: Path) -> None:
    """All but the wheels: the installer, the add-in to look at, what there is to read, and the checksums."""
    for source in FILES.iterdir():
        text = source.read_text(encoding="utf-8")
        # a batch file is read in the system's code page; ASCII is the same in all of them
        target.joinpath(source.name).write_bytes(text.replace("\n", "\r\n").encode(
            "ascii" if source.suffix == ".bat" else "utf-8-sig"))
    for name in ("README.md", "SECURITY.md", "LICENSE", "NOTICE", "xl_kpi/addin/xl-kpi.xlam"):
        shutil.copy(ROOT / name, target)
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(target).as_posix()}"
             for path in sorted(target.rglob("*")) if path.is_file() and path.name != "SHA256SUMS"]
    (target / "SHA256SUMS").write_text("\n".join([*lines, ""]), encoding="utf-8")


if __name__ == "__main__":
    release(Path(sys.argv[1]).resolve(), Path(sys.argv[2]) if len(sys.argv) > 2 else None)
