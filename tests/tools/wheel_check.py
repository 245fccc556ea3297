"""Build the wheel, install it into an empty environment outside the checkout, and use it there as a user would."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("pyproject.toml", "README.md", "LICENSE", "NOTICE", "xl_kpi", "udfs", "workbooks")


def run(*command: str | Path, cwd: Path, expect: tuple[int, ...] = (0,)) -> str:
    """Run a command away from the checkout; its standard output."""
    # PYTHONPATH would let the checkout shine through.
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    environment["PYTHONIOENCODING"] = "utf-8"
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode not in expect:
        print(done.stdout, done.stderr, sep="\n")
        shown = " ".join(Path(part).name if isinstance(part, Path) else part for part in command)
        raise SystemExit(f"exit {done.returncode}: {shown}")
    return done.stdout


def build(folder: Path) -> Path:
    """Built from a copy: an old ``build/`` in the checkout must not find its way into the wheel."""
    source = folder / "source"
    source.mkdir()
    for name in SOURCES:
        origin = ROOT / name
        if origin.is_dir():
            shutil.copytree(origin, source / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(origin, source / name)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--disable-pip-version-check", "--no-deps", "-w", folder, source,
        cwd=folder)
    [wheel] = folder.glob("*.whl")
    return wheel


def check_contents(wheel: Path) -> None:
    """Everything that is no Python file in the packages' folders travels too, and nothing else does."""
    inside = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    outside = {
        ("" if package == "xl_kpi" else "xl_kpi/") + path.relative_to(ROOT).as_posix()
        for package in ("xl_kpi", "udfs", "workbooks")
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and not path.name.startswith(".")
    }
    if inside != outside:
        raise SystemExit(f"missing in the wheel: {sorted(outside - inside)}; too much: {sorted(inside - outside)}")
    print(f"{wheel.name}: {len(inside)} files")


def try_commands(bin_folder: Path, folder: Path) -> None:
    command = bin_folder / "xl-kpi"
    place = run(bin_folder / "python", "-c", "import xl_kpi; print(xl_kpi.__file__)", cwd=folder).strip()
    if Path(place).is_relative_to(ROOT):
        raise SystemExit(f"the checkout was imported: {place}")
    run(command, "demo", "示例 公司", cwd=folder)
    book = find_book(folder / "示例 公司")
    run(command, "check", book, "--month", "2016-12", "--quarter", "2016Q4", cwd=folder)
    review = json.loads(run(command, "review", book, "--quarter", "2016Q4", "--json", cwd=folder))
    payroll = json.loads(run(command, "payroll", book, "--month", "2016-12", "--json", cwd=folder))
    run(command, "payroll", book, "--month", "2016-11", "-o", folder / "out.xlsx", cwd=folder)
    if not (folder / "out.xlsx").stat().st_size:
        raise SystemExit("payroll -o wrote an empty file")
    # the add-in comes along built; its builder does not
    run(command, "addin", "build", "-o", folder / "xl-kpi.xlam", cwd=folder, expect=(3,))
    if b"customUI" not in Path(place).with_name("addin").joinpath("xl-kpi.xlam").read_bytes():
        raise SystemExit("there is no add-in to install")
    run(command, "new", "客服部2016.xlsx", cwd=folder)
    checks = json.loads(run(command, "doctor", "--json", cwd=folder, expect=(0, 3)))["checks"]
    if not checks or str(Path.home()) in json.dumps(checks):
        raise SystemExit(f"doctor found {checks}")
    found = run(bin_folder / "python", "-c", "from xl_kpi.udfs import MONTHLY_PAY as f; print(f(2000, 3, 85, True))",
                cwd=folder)
    if found.strip() != "3220.0":
        raise SystemExit(f"MONTHLY_PAY gave {found}")
    pay = {line["工号"]: line["实发合计"] for line in payroll["lines"]}
    if pay.get("005") != "3220.00" or pay.get("001") != "4700.00":
        raise SystemExit(f"the document's examples came out as {pay.get('005')} and {pay.get('001')}")
    print(f"in an empty environment: {len(review['reviews'])} reviewed, {len(pay)} paid, 3220.00 and 4700.00 as stated")


def find_book(folder: Path) -> Path:
    """The demo company's own workbook: the one with a roster."""
    for book in sorted(folder.glob("*.xlsx")):
        if "花名册" in zipfile.ZipFile(book).read("xl/workbook.xml").decode():
            return book
    raise SystemExit(f"the demo left no standard workbook in {[path.name for path in folder.iterdir()]}")


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="xl-kpi-") as name:
        folder = Path(name).resolve()
        wheel = build(folder)
        check_contents(wheel)
        venv.create(folder / "env", with_pip=True)
        bin_folder = folder / "env" / ("Scripts" if os.name == "nt" else "bin")
        run(bin_folder / "python", "-m", "pip", "install", "-q", "--disable-pip-version-check", wheel, cwd=folder)
        work = folder / "work"
        work.mkdir()
        try_commands(bin_folder, work)


if __name__ == "__main__":
    main()
