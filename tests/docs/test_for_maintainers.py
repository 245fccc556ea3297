"""What is written for who takes this over is true: paths exist, recipes name what is there, the catalogue is
current."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tests.tools import messages_doc, policies_doc
from xl_kpi.cli import build_parser
from xl_kpi.policy.load import ids
from xl_kpi.rules.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("docs/architecture.md", "CONTRIBUTING.md", "README.md")
TOP = ("xl_kpi/", "udfs/", "workbooks/", "tests/", "docs/", "README.md", "CONTRIBUTING.md", "CHANGELOG.md")


def named_paths(text: str) -> list[str]:
    """What stands between backquotes and begins as a path of the repository; <id> and the like stand for anything."""
    return [one for one in re.findall(r"`([^`\s]+)`", text) if one.startswith(TOP)]


@pytest.mark.parametrize("page", PAGES)
def test_every_path_that_is_named_exists(page: str) -> None:
    named = named_paths((ROOT / page).read_text("utf-8"))
    assert len(named) > 5
    assert [path for path in named if not list(ROOT.glob(re.sub(r"<[^>]*>", "*", path.rstrip("/"))))] == []


def test_a_path_that_is_not_there_is_found() -> None:
    assert named_paths("see `xl_kpi/nowhere.py`, `x = 1` and `make docs`") == ["xl_kpi/nowhere.py"]


def test_make_targets_of_the_recipes_exist() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    said = {one for page in PAGES
            for one in re.findall(r"\bmake ([a-z]+)\b *(?:#|`|$)", (ROOT / page).read_text("utf-8"), re.M)}
    assert said
    assert said <= targets


def test_hooks_are_local_and_there() -> None:
    content = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text("utf-8"))
    hooks = [hook for repo in content["repos"] for hook in repo["hooks"]]
    assert {repo["repo"] for repo in content["repos"]} == {"local"}
    assert {hook["language"] for hook in hooks} == {"system"}
    said = [word for hook in hooks for word in hook["entry"].split() if word.startswith("tests/")]
    assert said
    assert [word for word in said if not (ROOT / word).exists()] == []


def test_the_table_of_policies_is_current() -> None:
    assert policies_doc.FILE.read_text("utf-8") == policies_doc.page(), "make docs"


# -- the catalogue of messages ----------------------------------------------------------------------------------------

def test_the_catalogue_is_current() -> None:
    assert messages_doc.FILE.read_text("utf-8") == messages_doc.page(), "make docs"


def test_codes_tell_messages_apart() -> None:
    by_code: dict[str, set[str]] = {}
    for one in (*messages_doc.of_code(), *messages_doc.of_policies()):
        by_code.setdefault(one.code, set()).add(one.template)
    assert [texts for texts in by_code.values() if len(texts) > 1] == []


@pytest.mark.parametrize(("words", "level", "home"), [
    ("没有要{what}的人", "错误", "xl_kpi/job/run.py"), ("设有打开密码，不能读取", "错误", "xl_kpi/workbook/package.py"),
    ("没有找到 Excel", "—", "xl_kpi/addin/doctor.py"), ("没有可以撤销的", "告知", "xl_kpi/addin/ribbon.py"),
    ("最近一次变动的新值与", "", "xl_kpi/tables/changes.py"), ("单位是小时、天或次", "", "xl_kpi/tables/melt.py"),
])
def test_messages_are_found_however_they_are_made(words: str, level: str, home: str) -> None:
    """Given to Problem, to a function of the module, to a box, in a table, in a name."""
    part = messages_doc.FILE.read_text("utf-8").partition(f"## {home}\n")[2].partition("\n## ")[0]
    words = words.replace("{what}", "")
    found = [line for line in part.splitlines() if all(word in line for word in re.split(r"[{}]", words) if word)
             or words in re.sub(r"\{[^}]*\}|〔[^〕]*〕", "", line)]
    assert found, words
    assert not level or any(f"| {level} |" in line for line in found), found


def test_every_message_has_one_home() -> None:
    homes: dict[str, set[str]] = {}
    for one in messages_doc.of_code():
        if messages_doc.words(one.template) >= 4:
            homes.setdefault(one.template, set()).add(one.home)
    twice = {text: sorted(where) for text, where in homes.items() if len(where) > 1}
    assert twice == {}


# -- the recipes ------------------------------------------------------------------------------------------------------

def test_every_policy_has_cases_and_every_table_of_cases_a_policy() -> None:
    assert sorted(path.stem for path in (ROOT / "tests" / "cases").glob("*.yaml")) == ids()


def test_every_kind_has_cases() -> None:
    assert set(KINDS) - {path.stem for path in (ROOT / "tests" / "rules").rglob("*.yaml")} == set()


def test_every_command_has_a_module() -> None:
    from xl_kpi.commands import MODULES, command_of

    assert all(callable(command_of(name)) for name in MODULES)
    assert "payroll" in build_parser().format_help()
