"""``make demo POLICY=ID``: the standard workbook of a policy filled in with the first case of its table that is
computed, and a copy of it with the result."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.cased import CASED, asked, fill_book, period_of, read_cases  # noqa: E402
from xl_kpi.cli import main as command  # noqa: E402
from xl_kpi.policy.load import DEFAULT_POLICY, load  # noqa: E402


def case_of(policy_id: str) -> dict[str, Any]:
    """The first case that gives somebody a result."""
    return next(case for case in read_cases(policy_id) if set(map(str, case.get("期望", {}).values())) - {"无"})


def make(policy_id: str, folder: Path) -> int:
    """Both workbooks, and what is in them; the exit code of the command that failed, else 0."""
    case, folder = case_of(policy_id), folder.resolve()
    name = f"示例_{policy_id}_{period_of(case).months[-1].within('year')}"
    book, result = folder / f"{name}.xlsx", folder / f"{name}_结果.xlsx"
    folder.mkdir(parents=True, exist_ok=True)
    for path in (book, result):                 # made by this script before
        path.unlink(missing_ok=True)
    if code := command(["new", str(book), "--policy", policy_id]):
        return code
    fill_book(case, load(policy_id), book)
    return command(["result", str(book), *asked(case), "-o", str(result)])


def main(arguments: list[str]) -> int:
    policy_id, folder = arguments
    if policy_id == DEFAULT_POLICY:
        return command(["demo", folder])
    if policy_id not in CASED:
        print(f"没有制度 {policy_id}；有 {'、'.join([DEFAULT_POLICY, *CASED])}", file=sys.stderr)
        return 2
    return make(policy_id, Path(folder))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
