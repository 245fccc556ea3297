"""The ground the product stands on: metadata, what the wheel carries, the Makefile's promises."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from fnmatch import fnmatch
from pathlib import Path

import pytest

import xl_kpi

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# folder in the repository → what it is where it is installed
PACKAGES = {"xl_kpi": "xl_kpi", "udfs": "xl_kpi.udfs", "workbooks": "xl_kpi.workbooks"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def project_name(requirement: str) -> str:
    found = re.match(r"[A-Za-z0-9._-]+", requirement)
    assert found
    return found[0]


def test_xlwings_is_pinned_exactly() -> None:
    # Its add-in hardcodes the name of a DLL of the same version.
    assert any(re.fullmatch(r"xlwings==\d+\.\d+\.\d+", need) for need in PROJECT["project"]["dependencies"])


def test_notice_names_every_library() -> None:
    needs = PROJECT["project"]["dependencies"] + PROJECT["project"]["optional-dependencies"]["dev"]
    missing = [name for name in map(project_name, needs) if name.lower() not in text("NOTICE").lower()]
    assert not missing


def test_changelog_has_the_version() -> None:
    assert f"[{PROJECT['project']['version']}]" in text("CHANGELOG.md")


def test_every_data_file_is_packaged() -> None:
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    for folder, package in PACKAGES.items():
        for path in (ROOT / folder).rglob("*"):
            inside = path.relative_to(ROOT / folder).as_posix()
            if path.is_file() and path.suffix not in (".py", ".pyc"):
                assert any(fnmatch(inside, pattern) for pattern in patterns.get(package, ())), f"{folder}/{inside}"


def test_every_folder_with_python_is_a_package() -> None:
    # A folder without __init__.py works in the checkout and is missing from the wheel.
    found = set()
    for folder, package in PACKAGES.items():
        for path in (ROOT / folder).rglob("*.py"):
            assert (path.parent / "__init__.py").exists(), path.relative_to(ROOT)
            found.add(".".join((package, *path.parent.relative_to(ROOT / folder).parts)))
    assert set(PROJECT["tool"]["setuptools"]["packages"]) == found


@pytest.mark.parametrize("name", ["udfs", "workbooks"])
def test_no_folder_where_somebody_works_can_put_itself_in_the_place_of_ours(tmp_path: Path, name: str) -> None:
    """As long as these were names of the top level, Python took a file of that name that lay where it was started."""
    (tmp_path / f"{name}.py").write_text("raise SystemExit('planted')")
    code = f"import xl_kpi.{name}.{'pay' if name == 'udfs' else 'demo'}, xl_kpi.actions.new, xl_kpi.addin.formula"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("module", ["xlwings", "pandas", "xlsxwriter", "lxml", "chinese_calendar", "pydantic"])
def test_help_imports_nothing_heavy(module: str) -> None:
    code = f"import sys, xl_kpi.cli; sys.exit({module!r} in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_command_is_installed_beside_python() -> None:
    command = Path(sys.executable).with_name("xl-kpi.exe" if os.name == "nt" else "xl-kpi")
    done = subprocess.run([command, "--help"], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr


def test_make_targets() -> None:
    makefile = text("Makefile")
    for target in ("help", "test", "windows", "release", "addin", "demo", "lint", "bench", "fuzz", "docs", "clean"):
        assert re.search(rf"^[a-z ]*\b{target}\b[a-z ]*:", makefile, re.MULTILINE), target
        assert target == "help" or f"make {target} " in makefile


def test_ci_runs_make_test_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    commands = [line for line in script.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "exec make test </dev/null"]


def test_no_registry_is_named() -> None:
    files = (ROOT / "Makefile", ROOT / "pyproject.toml", ROOT / ".ci/run", *(ROOT / "tests/tools").glob("*.py"))
    for path in files:
        assert not re.search(r"https?://|index-url|find-links|pypi\.|mirror", path.read_text(encoding="utf-8")), path


def test_readme_shows_the_two_commands() -> None:
    assert "make demo" in text("README.md")
    assert "make test" in text("README.md")


def test_package_says_what_it_is() -> None:
    assert xl_kpi.__doc__
