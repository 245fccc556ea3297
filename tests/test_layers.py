"""The one direction of the code: no module imports one that stands above it, and kinds of rules are known to none but
themselves."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from xl_kpi.rules.kinds import KINDS

ROOT = Path(__file__).resolve().parent.parent
# From below to above, as README's table has them the other way round; what stands in one line may know each other.
LAYERS = (
    ("problems", "money", "rmb", "progress", "calendar_cn", "exits", "period", "hand"),
    ("results", "comparison", "differing"),
    ("rules",),
    ("policy",),
    ("target",),
    ("facts", "engine", "explanation"),
    ("sheets",),
    ("workbook",),
    ("tables",),
    ("card",),
    ("parameters", "passwords"),
    ("plausible",),
    ("job",),
    ("forms",),
    ("closing", "opened"),
    ("functions", "imagined"),
    ("udfs", "workbooks"),
    ("actions", "trial"),
    ("group",),
    ("addin",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
LEVEL = {name: level for level, names in enumerate(LAYERS) for name in names}


def modules() -> Iterator[tuple[Path, list[str]]]:
    """Every module, and its name in parts."""
    for folder, inside in (("xl_kpi", []), ("udfs", ["udfs"]), ("workbooks", ["workbooks"])):
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = [*inside, *path.relative_to(ROOT / folder).with_suffix("").parts]
            if parts not in (["__init__"],):
                yield path, parts


def imported(path: Path) -> Iterator[tuple[int, str]]:
    """(line, module) of everything of the program that a module imports, wherever the import stands."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "xl_kpi":
            names = [node.module] if "." in node.module else [f"xl_kpi.{alias.name}" for alias in node.names]
            yield from ((node.lineno, name) for name in names)
        elif isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names if alias.name.startswith("xl_kpi."))


def test_every_part_has_its_layer() -> None:
    parts = {parts[0] for _, parts in modules()}
    assert parts == set(LEVEL), "a new part gets its line in LAYERS, and in README's table"


@pytest.mark.parametrize("layer", [name for names in LAYERS for name in names])
def test_no_import_runs_upward(layer: str) -> None:
    upward = [f"{path.relative_to(ROOT)}:{line}: {name}" for path, parts in modules() if parts[0] == layer
              for line, name in imported(path) if LEVEL[name.split(".")[1]] > LEVEL[layer]]
    assert upward == []


# -- kinds ------------------------------------------------------------------------------------------------------------

def outside_of_kinds() -> Iterator[tuple[Path, ast.AST]]:
    for path, parts in modules():
        if parts[:2] != ["rules", "kinds"]:
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                yield path, node


def test_nobody_imports_a_kind() -> None:
    """But for the registry; and for what writes rules as the author of a policy does."""
    registry, author = {"KINDS", "CALLS", "AnyRule"}, ROOT / "xl_kpi/policy/indicators.py"
    known = [f"{path.relative_to(ROOT)}:{node.lineno}" for path, node in outside_of_kinds()
             if path != author and isinstance(node, ast.ImportFrom)
             and (node.module or "").startswith("xl_kpi.rules.kinds")
             and (node.module != "xl_kpi.rules.kinds" or not {alias.name for alias in node.names} <= registry)]
    assert known == []


def test_nobody_asks_for_a_kind_by_its_name() -> None:
    asked = []
    for path, node in outside_of_kinds():
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            said = {one.value for side in sides for one in ast.walk(side) if isinstance(one, ast.Constant)}
            kinds = {one.attr for one in sides if isinstance(one, ast.Attribute)} & {"kind"}
            if kinds and said & set(KINDS):
                asked.append(f"{path.relative_to(ROOT)}:{node.lineno}")
    assert asked == []
