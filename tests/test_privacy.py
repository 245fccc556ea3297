"""Pay is personal data: no network.  And the program knows no policy: rules and words are data."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from xl_kpi.policy import load as loader

ROOT = Path(__file__).resolve().parents[1]
SOURCES = sorted((ROOT / "xl_kpi").rglob("*.py"))
POLICIES = sorted(path for path in (ROOT / "xl_kpi" / "policies").iterdir() if path.suffix == ".md")

# ---------------------------------------------------------------------------------------------------- no network

# Runs the command with every event of the interpreter watched: a socket, a name look-up, a program started.
WATCHED = """
import sys
def watch(event, arguments):
    if event.split(".")[0] in ("socket", "urllib", "http", "ftplib", "smtplib", "subprocess") \\
            or event in ("os.system", "os.exec", "os.posix_spawn", "os.fork", "os.startfile", "webbrowser.open"):
        print("forbidden:", event, file=sys.stderr)
        sys.stderr.flush()
        import os
        os._exit(99)
sys.addaudithook(watch)
from xl_kpi.cli import main
sys.exit(main(sys.argv[1:]))
"""


def watched(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", WATCHED, *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False,
                          env=None, stdin=subprocess.DEVNULL)


def test_the_watch_sees_a_socket(tmp_path: Path) -> None:
    code = WATCHED.replace("from xl_kpi.cli import main", "import socket; socket.socket()")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 99
    assert "forbidden: socket" in done.stderr


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = watched("demo", folder / "out", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def book(demo: Path) -> Path:
    from tests.tools.wheel_check import find_book

    return find_book(demo)


@pytest.mark.parametrize("arguments", [
    ("check", "--month", "2016-12"),
    ("review", "--quarter", "2016Q4", "--json"),
    ("payroll", "--month", "2016-12", "--json"),
    ("payroll", "--month", "2016-12", "-o", "out.xlsx"),
    ("explain", "--month", "2016-12", "--id", "005"),
    ("slips", "--month", "2016-12", "--out", "slips"),
])
def test_no_network_and_no_other_program(book: Path, tmp_path: Path, arguments: tuple[str, ...]) -> None:
    command, *rest = arguments
    done = watched(command, book, *rest, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_result_is_left(book: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in book.parent.iterdir()}
    done = watched("payroll", book, "--month", "2016-12", "-o", "out.xlsx", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out.xlsx"]
    assert {path: path.read_bytes() for path in book.parent.iterdir()} == before


NETWORK_MODULES = {"socket", "ssl", "http", "urllib.request", "ftplib", "smtplib", "requests", "httpx", "aiohttp",
                   "xmlrpc", "asyncio", "socketserver", "webbrowser", "logging"}


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_for_networks_or_logs_is_imported(path: Path) -> None:
    names = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names.add(node.module or "")
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    found = {name for name in names if name in NETWORK_MODULES or name.split(".")[0] in NETWORK_MODULES}
    assert not found


# ------------------------------------------------------------------------------------- no policy in Python files

NAMES_ONE = {"xl_kpi/policy/load.py", "workbooks/demo.py"}      # the default policy, and the demo company's
EVERYWHERE = [*SOURCES, *sorted((ROOT / "udfs").rglob("*.py")), *sorted((ROOT / "workbooks").rglob("*.py"))]


@pytest.mark.parametrize("path", EVERYWHERE, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_module_names_a_policy(path: Path) -> None:
    text = path.read_text("utf-8")
    found = [page.stem for page in POLICIES if "-" in page.stem and page.stem in text]
    assert path.relative_to(ROOT).as_posix() in NAMES_ONE or found == []


# What every policy shares by WORKBOOK.md: the person, the columns of a payroll sheet that the program fills, the
# sheet 参数.  Everything else belongs to a policy and stands in its file only.
SHARED = {
    "工号", "姓名", "备注", "序号", "签字", "合计", "应发合计", "扣款合计", "实发合计", "人数", "应发", "扣款", "参数",
    "月份", "季度", "项目", "金额", "计入", "说明", "期间", "生效日期", "原值", "新值", "日期",
    "制度", "公司", "示例", "法律", "是", "否",
    "成立",             # a word for 是 in any question (成立 / 不成立), and a column of one policy
    "值", "键", "名称", "岗位", "单位", "条款", "来源", "怎么填",
    # what the program itself says of every policy: what a column counts, how a rule rounds, a level of 体检
    "次数", "天数", "四舍五入", "舍去小数", "进一", "警告", "结果",
    "试用期",           # what is typed into a column of dates by hand
    # the statement of a page, and a button that any policy with a review has
    "工资表", "季度评星",
}


@cache
def terms() -> frozenset[str]:
    """The words that are a policy's own: of three characters or more, and of one page and those that continue it only.
    Shorter ones, and what pages that have nothing to do with each other say, are ordinary Chinese (等级, 试用期)."""
    families: dict[str, set[str]] = {}
    for policy in POLICIES:
        found = loader.expanded(policy)
        family = [file for file in found.sources if not file.startswith("packs/")][-1]      # what it goes back to
        for word in words(found.raw):
            families.setdefault(word, set()).add(family)
    return frozenset(word for word, of in families.items() if len(of) == 1 and len(word) >= 3) - SHARED


def words(policy: dict[str, Any]) -> Iterator[str]:
    """The words of a policy: sheets, headings, choices, titles, names of parameters, readings and quantities."""
    for table in policy.get("tables", {}).values():
        yield table["sheet"]
        for column in table["columns"]:
            yield column["heading"]
            yield from column.get("choices", [])
    for name, output in policy.get("outputs", {}).items():
        if not output.get("role"):      # the pay and the review have buttons, and these their labels
            yield name
        for column in output.get("columns", []):
            yield column["heading"]
    for name, parameter in policy.get("parameters", {}).items():
        yield name
        yield parameter["title"]
        yield from (str(key) for key in parameter.get("keys", []) if isinstance(key, str))
    for name, reading in policy.get("readings", {}).items():
        yield f"reading.{name}"
        yield reading["title"]
        yield from reading["values"].values()


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """The string constants of a file, without its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
            yield node.lineno, node.value


def own_words(path: Path) -> list[tuple[int, str]]:
    """The strings of a file that are a policy's own words; long words betray themselves inside a sentence too."""
    long = [term for term in terms() if len(term) >= 5]
    return [(line, text) for line, text in strings(path)
            if text in terms() or any(term in text for term in long)]


def test_a_word_of_a_policy_is_seen(tmp_path: Path) -> None:
    text = '"""打字速度"""\n\nONE = ["打字速度", "等级"]\nTWO = "问月度考核_客服代表"\n'
    (tmp_path / "one.py").write_text(text, "utf-8")
    assert sorted(own_words(tmp_path / "one.py")) == [(3, "打字速度"), (4, "问月度考核_客服代表")]


# The languages in which policies are written, pages and sheets: a policy may call a label as the language calls a thing
# (名次, 权重).
LANGUAGE = [ROOT / "xl_kpi" / "policy" / "page", ROOT / "xl_kpi" / "rules" / "kinds", ROOT / "xl_kpi" / "card"]


@pytest.mark.skipif(not POLICIES, reason="no policy yet")
@pytest.mark.parametrize("path", [path for path in SOURCES if path.parent not in LANGUAGE],
                         ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_word_of_a_policy(path: Path) -> None:
    assert own_words(path) == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_policy_is_named(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    allowed = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and [ast.unparse(target) for target in node.targets] == ["DEFAULT_POLICY"]
    }
    ids = {policy.stem for policy in POLICIES} | {policy.stem.split("-")[0] for policy in POLICIES}
    ids -= {one for one in ids if (ROOT / "xl_kpi" / one).is_dir()}         # a word of the program too
    found = [
        (node.lineno, node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in allowed
        and any(name in node.value.lower() for name in ids)
    ]
    assert not found


def test_only_one_module_has_the_default_policy() -> None:
    assert sum("DEFAULT_POLICY =" in path.read_text(encoding="utf-8") for path in SOURCES) <= 1
