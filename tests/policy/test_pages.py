"""Policies as pages: those that ship, what is said about each way to be wrong, and that a page can only compute."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from xl_kpi.policy import page
from xl_kpi.policy.compiling.scope import walk
from xl_kpi.policy.load import FOLDER, load_file
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.expression import Parameter

HERE = Path(__file__).parent / "broken_pages"
GOOD = (HERE / "good.md").read_text("utf-8")
BROKEN: list[dict[str, Any]] = yaml.safe_load((HERE / "broken.yaml").read_text("utf-8"))
# The most lines that a policy's page may have, packs apart; 160 characters a line.
SIZES = {"s004-3-litong": 200, "s001-b-110-points": 350, "bozhen-2016": 800}


@pytest.fixture(autouse=True)
def nothing_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def said(text: str | bytes, folder: Path) -> str:
    """What the loader says about a page with this content; '' when it is in order."""
    if not (folder / "packs").exists():
        shutil.copytree(HERE / "packs", folder / "packs")
    file = folder / "good.md"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    try:
        load_file(file)
    except PolicyError as error:
        return str(error)
    return ""


def written_out(text: str) -> str:
    """【text|n】 is the text n times."""
    return re.sub(r"【([^|】]*)\|(\d+)】", lambda found: "".join(
        found[1].replace("#", str(k)) for k in range(int(found[2]))), text)


def changed(case: dict[str, Any]) -> str:
    assert GOOD.count(case["old"]) == 1, f"{case['name']}: what is to be replaced must stand there once"
    return GOOD.replace(case["old"], written_out(case["new"]))


def test_the_good_page_is_good(tmp_path: Path) -> None:
    assert said(GOOD, tmp_path) == ""
    half = GOOD.replace("不算：", "不算:").replace("不行：", "不行:")
    assert said(half, tmp_path) == "", "a half-width colon behind the value of a reading"
    assert said(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode(), tmp_path) == "", "as Notepad saves it"


@pytest.mark.parametrize("case", BROKEN, ids=lambda case: case["name"])
def test_what_is_said_about_a_broken_page(case: dict[str, Any], tmp_path: Path) -> None:
    lines = [line.removeprefix("good.md：") for line in said(changed(case), tmp_path).split("\n")]
    assert len(lines) == len(case["says"]), lines
    for line, expected in zip(lines, case["says"], strict=True):
        assert re.fullmatch(re.escape(expected).replace("…", ".*"), line), line
    assert all(re.match(r"(packs/坏\.md：)?第 \d+ 行", line) for line in lines), "each with its place"


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path) -> None:
    """Slips in the types and words of columns, statements that cannot be read, unknown names, keys, labels and tables,
    types, duplicates, columns of an output: each once, at its place, and nothing that only follows from another."""
    assert said((HERE / "several.md").read_text("utf-8"), tmp_path).split("\n") == [
        f"good.md：第 {line} 行第 {column} 列：{text}" for line, column, text in (
            (12, 10, "没有类型「日其」，是不是 日期；真是单位的写 数 单位=日其"),
            (15, 15, "这里是「=」，可以写 日期、−、数"),
            (18, 12, "列的后面不认识「必添」，是不是 必填；可以写 必填、可无、不读、变、每月、每季、每半年、每年、"
                     "空=0、最小=1、最大=100、单位=字/分、又名=甲、乙、无=办法"),
            (20, 12, "没有叫 销售客 的量、列、参数或选项，是不是 销售额"),
            (20, 28, "没有叫 没有的 的量、列、参数或选项"),
            (21, 19, "参数 系数 没有键 经理，有 客服、领班"),
            (22, 17, "“若”后面应是条件，岗位 是文字"),
            (23, 14, "没有叫 客户 的量、列、参数或选项，是不是 客服"),
            (27, 5, "提成 已经有了；要改写它，前面写“改”"),
            (28, 14, "没有表 台帐，有 花名册、业绩、其他项目、月度项目、人事变动"),
            (29, 30, "工资表里 + 和 - 的列要是元，津贴 没有写单位；只是列出来的不写 + 和 -"),
            (29, 34, "没有叫 奖金 的量或列"),
            (30, 14, "{早安} 填不上：没有叫 早安 的量、列或参数，是不是 早"))]


def test_without_a_pack_nothing_is_told_that_only_follows(tmp_path: Path) -> None:
    """Of a pack that is not there nobody knows what it makes known: names are not told, slips are."""
    text = """---
编号: card
周期: 每季
用: 名单 评分长
---
# 一张评分卡

## 一

    表 花名册 —— 一人一行。
      部门 文字 必添
    表 评分表
      评分人
      态度 分
      效率 事项
    改 参数 评分人权重{rater.weight} %：自评 缺，上级 缺；合计 100
    参数 谈话线 分：甲 5，甲 6
    每期：低 = 综合得分 < 谈话下限[自评] 且 记有(评分表，效率 = 无)
    每期：优 = 综合得分 > 90 若 低
    每期：数 分 = 各项合计(等级线，每项) + 加分(综合得分)
    备注 若 低 且 优：要面谈 {等级}
    备注 考核结果 若 低：低
"""
    assert said(text, tmp_path).split("\n") == [
        f"good.md：第 {line} 行第 {column} 列：{words}" for line, column, words in (
            (4, 7, "没有包 评分长，是不是 评分卡"),
            (11, 13, "列的后面不认识「必添」，是不是 必填；可以写 必填、可无、不读、变、每月、每季、每半年、每年、"
                     "空=0、最小=1、最大=100、单位=字/分、又名=甲、乙、无=办法"),
            (17, 18, "键 甲 写了两次"),
            (18, 30, "记有(…) 要单独写成一个量：名称 单位 = 记有(表，条件或式子)"),
            (19, 12, "写成“值 若 条件；值 若 条件；值”：还缺以上条件都不成立时的值"))]


def test_the_pack_of_pay_wants_a_sheet_of_pay(tmp_path: Path) -> None:
    """What is lacking is told where the pack is asked for, not where the pack stumbles over it."""
    page_text = "---\n编号: x\n用: 人 工资\n---\n# x\n\n## 一\n\n    输出 名册（每月，当月在册）：当月在册\n"
    assert said(page_text.replace("：当月在册\n", "：当月在册 月薪\n"), tmp_path).split("\n") == [
        "good.md：第 3 行第 4 列：用包 工资 的，要有一条“工资表 谁：…”；结果不是工资的，不用它",
        "good.md：第 9 行第 25 列：没有叫 月薪 的量或列"]
    assert "月薪" not in said(page_text.replace("人 工资", "人"), tmp_path)


def test_what_is_kept_tells_the_same_places(tmp_path: Path) -> None:
    """A page that can be read and is wrong all the same is kept; the second time it is told at the same places."""
    wrong = GOOD.replace("奖金 元 = 全勤奖 若 全勤；0", "奖金 元 = 全勤奖 若 得分；0")
    assert said(wrong, tmp_path) == said(wrong, tmp_path) == "good.md：第 38 行第 18 列：“若”后面应是条件，得分 是数"


ELSEWHERE = ("承和用一共最多", "连同包和承的制度有", "各张表一共有", "用包 工资 的")        # tested elsewhere


def test_every_message_has_a_case() -> None:
    """The longest run of fixed words of each refusal is said in some case."""
    everything = "\n".join(line for case in BROKEN for line in case["says"])
    without = []
    for file in sorted(Path(page.__file__).parent.glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not (isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                    "error", "unknown", "PageError")):
                continue
            fixed = [part.value for one in node.args for part in ast.walk(one)
                     if isinstance(part, ast.Constant) and isinstance(part.value, str)]
            longest = max((text for text in fixed if re.search(r"[\u4e00-\u9fff]", text)), key=len, default="")
            if longest and longest not in everything and not longest.startswith(ELSEWHERE):
                without.append(f"{file.name}:{node.lineno} {longest}")
    assert without == []


@pytest.mark.parametrize("ident", ["return.x", "is.a", "if.not.in", "奖.class", "a.None"])
def test_ids_of_parameters_may_hold_words_of_the_grammar(ident: str, tmp_path: Path) -> None:
    text = GOOD.replace("全勤奖{bonus} 元 = 200", f"全勤奖{{{ident}}} 元 = 200").replace(
        "评分权重{weights}", f"评分权重{{{ident}.weights}}")
    text = text.replace("奖金 元 = 全勤奖 若 全勤；0", "奖金 元 = 全勤奖 若 全勤 且 非 全勤奖 = 3；0")
    assert said(text, tmp_path) == ""
    rule = load_file(tmp_path / "good.md").quantities["奖金"]
    assert {node.name for root in rule.nodes.values() for node in walk(root) if isinstance(node, Parameter)} == {ident}


def test_names_of_the_cases_are_unique() -> None:
    names = [case["name"] for case in BROKEN]
    assert sorted(set(names)) == sorted(names)


@pytest.mark.parametrize("file", sorted(FOLDER.glob("**/*.md")), ids=lambda file: file.stem)
def test_pages_are_short(file: Path) -> None:
    lines = file.read_text("utf-8").splitlines()
    assert max(map(len, lines)) <= 160
    assert len(lines) <= SIZES.get(file.stem, 800)
