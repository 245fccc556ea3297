"""What the loader says about policy files: those that ship are in order, and each way to be wrong has its message."""

from __future__ import annotations

import ast
import importlib
import inspect
import pkgutil
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

import pytest

from tests.written import written
from xl_kpi import rules
from xl_kpi.policy import compiling
from xl_kpi.policy import load as loader
from xl_kpi.policy.load import ids, load, load_file
from xl_kpi.rules.base import PolicyError

HERE = Path(__file__).parent / "broken_policies"
GOOD = (HERE / "good.toml").read_text("utf-8")
BROKEN: list[dict[str, str]] = tomllib.loads((HERE / "broken.toml").read_text("utf-8"))["broken"]


def refusal(text: str | bytes, folder: Path) -> str:
    """What the loader says about a file good.toml with this content; blank when it is content."""
    file = folder / "good.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        written(file)
    except PolicyError as error:
        return str(error)
    return ""


def changed(case: dict[str, str]) -> str:
    if "old" not in case:
        return f"{GOOD}\n{case['new']}"
    assert GOOD.count(case["old"]) == 1, f"{case['name']}: what is to be replaced must stand there once"
    return GOOD.replace(case["old"], case["new"])


# -- the policies that ship -------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy_id", ids())
def test_policy_loads(policy_id: str) -> None:
    policy = load(policy_id)
    assert policy.id == policy_id
    assert policy.file == f"{policy_id}.md"


@pytest.mark.parametrize("policy_id", ids())
def test_a_name_beside_every_number(policy_id: str) -> None:
    """HR sees whose row it is: 姓名 stands right of 工号 in every table, and it may be missing but in the roster."""
    for name, table in load(policy_id).sheets.items():
        headings = [column.heading for column in table.columns]
        named = table.columns[headings.index("工号") + 1]
        assert (named.heading, named.type, named.ignored) == ("姓名", "name", False), name
        assert named.required == (table.grain == "roster") != named.optional


def test_unknown_policy_says_which_are_meant() -> None:
    with pytest.raises(PolicyError, match="没有制度 bozhen，是不是 bozhen-2016"):
        load("bozhen")
    with pytest.raises(PolicyError, match=r"没有制度 甲乙丙；有 .*bozhen-2016"):
        load("甲乙丙")


# -- one broken policy for each message -------------------------------------------------------------------------------

def test_good_policy_is_good(tmp_path: Path) -> None:
    assert refusal(GOOD, tmp_path) == ""
    assert refusal(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), tmp_path) == "", "as Notepad saves it"


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"])
def test_broken_policy(case: dict[str, str], tmp_path: Path) -> None:
    said = refusal(changed(case), tmp_path)
    expected = "\n".join(f"good.toml：{line}" for line in case["says"].strip("\n").split("\n"))
    assert re.fullmatch(re.escape(expected).replace("…", ".*"), said), said


def test_names_of_the_cases_are_unique() -> None:
    names = [case["name"] for case in BROKEN]
    assert sorted(set(names)) == sorted(names)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match=r"^no\.md：没有这个文件$"):
        load_file(tmp_path / "no.md")
    (tmp_path / "folder.md").mkdir()
    with pytest.raises(PolicyError, match=r"^folder\.md：打不开$"):
        load_file(tmp_path / "folder.md")
    (tmp_path / "gbk.md").write_bytes("---\n编号: gbk\n---\n# 甲\n".encode("gbk"))
    with pytest.raises(PolicyError, match=r"^gbk\.md：不是 UTF-8 编码，请另存为 UTF-8$"):
        load_file(tmp_path / "gbk.md")


def test_part_over_part_too_deep(tmp_path: Path) -> None:
    """Each expression is shallow, what they make of each other is not."""
    deep = "".join(f'[parts.p{i}]\nargs = ["x"]\nclause = "九"\nexpr = "p{i + 1}(x + 1)"\n' for i in range(400))
    text = GOOD.replace('"counts(lates)"', '"counts(p0(lates))"') + deep + (
        '[parts.p400]\nargs = ["x"]\nclause = "九"\nexpr = "x"\n')
    assert "嵌套太深" in refusal(text, tmp_path)


def test_lines_over_several_lines_with_comments(tmp_path: Path) -> None:
    """A comment ends at its line: what comes after it still counts."""
    text = GOOD.replace('"joined <= month_end"', '"""\njoined <= month_end   # 当月及以前\nand nobody\n"""')
    assert "没有叫 nobody" in refusal(text, tmp_path)


# -- that there is no message without a case --------------------------------------------------------------------------

def refusals(module: ModuleType) -> dict[int, str]:
    """The lines of a module where it refuses: first line of each statement → its text."""
    source = inspect.getsource(module)
    found = {}
    for node in ast.walk(ast.parse(source)):
        if not (isinstance(node, ast.Raise) or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Yield))):
            continue
        text = ast.get_source_segment(source, node) or ""
        if any("\u4e00" <= c <= "\u9fff" for c in text) or "TOO_DEEP" in text or "self.refused" in text:
            found[node.lineno] = text.splitlines()[0]
    return found


def lines_run(modules: list[ModuleType], texts: Iterator[str], folder: Path) -> set[tuple[str, int]]:
    """(file, line) of everything in the modules that runs while the texts are loaded."""
    files = {module.__file__ for module in modules}
    run: set[tuple[str, int]] = set()

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        if frame.f_code.co_filename not in files:
            return None
        run.add((frame.f_code.co_filename, frame.f_lineno))
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        for text in texts:
            refusal(text, folder)
    finally:
        sys.settrace(before)
    return run


# Tested above, in test_expression.py or in test_own_pages.py.
ELSEWHERE = ("字节，一份制度最多", "相乘、相除的数超过",
             "没有制度", "没有这个文件", "UTF-8", "打不开", "括号嵌套太深", "TOO_DEEP) from None", "写成 Excel 公式")


def test_every_message_has_a_case(tmp_path: Path) -> None:
    modules = [loader, *(importlib.import_module(one.name) for package in (compiling, rules)
                         for one in pkgutil.walk_packages(package.__path__, f"{package.__name__}."))]
    run = lines_run(modules, (changed(case) for case in BROKEN), tmp_path)
    without = [f"{module.__name__}:{line} {text}" for module in modules for line, text in refusals(module).items()
               if (module.__file__, line) not in run and not any(one in text for one in ELSEWHERE)]
    assert not without, "\n".join(without)


@pytest.mark.parametrize("policy_id", ids())
def test_every_reading_says_why_its_default_is_the_default(policy_id: str) -> None:
    assert [reading.title for reading in load(policy_id).readings.values() if not reading.why] == []


TOLD = {"text", "do", "fill", "row_do", "title", "why", "sheet", "heading", "signed"}


def texts_of(content: Any) -> Iterator[str]:
    """What HR reads of a policy, wherever it stands."""
    if isinstance(content, dict):
        for key, value in content.items():
            if key in TOLD and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(content, list):
        for value in content:
            yield from texts_of(value)


@pytest.mark.parametrize("policy_id", ids())
def test_nothing_that_people_read_is_a_rule(policy_id: str) -> None:
    """A line of a check that is out of its place ends up in a text."""
    found = list(texts_of(load(policy_id).written.model_dump(mode="json")))
    assert len(found) > 10
    assert [text for text in found if re.search(r"(?:有值|默认|各项\w*|取[大小])\(| 且 |\s@", text)] == []
