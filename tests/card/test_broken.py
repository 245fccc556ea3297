"""One broken input for each thing that is said of the sheets of an indicator card: sheet, cell, words."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from tests.card.sheets import pay, people, rules, write
from tests.command import run_json
from xl_kpi import card

A, B = {"指标": "甲", "权重": 60, "怎么得分": "打分"}, {"指标": "乙", "权重": 40, "怎么得分": "打分"}
FULL = {"指标": "甲", "满分": 20}
BANDS = {**FULL, "怎么得分": "分档", "单位": "分钟"}
STEPS = {**FULL, "怎么得分": "目标加减", "单位": "%", "目标": 90, "每": 1, "扣": 2, "不足一步": "舍去"}
TOP, LOW = {"等级": "好", "从": 60}, {"等级": "差", "到": 60}

BROKEN: list[tuple[str, dict[str, Any], list[str]]] = [
    ("weights of 105 %", {"指标": [A, {**B, "权重": 45}]}, ["指标 D3 指标的权重合计 105%，不是 100%"]),
    ("one weight missing", {"指标": [A, {**B, "权重": None}]}, ["指标 D3 「乙」没有写权重，别的指标有"]),
    ("neither weight nor points", {"指标": [{"指标": "甲", "怎么得分": "打分"}]},
     ["指标 E2 「甲」没有写权重，也没有写满分"]),
    ("no points", {"指标": [{**FULL, "满分": 0, "怎么得分": "打分"}]}, ["指标 E2 「甲」的满分是 0"]),
    ("no indicator", {"指标": []}, ["指标  一个指标也没有"]),
    ("the same indicator twice", {"指标": [A, {**B, "指标": "甲"}]}, ["指标 A3 指标「甲」写了两次（A2、A3）"]),
    ("an indicator without a way", {"指标": [A, {**B, "怎么得分": None}]}, ["指标 F3 「乙」没有写怎么得分"]),
    ("a way that there is not", {"指标": [A, {**B, "怎么得分": "目标加減"}]},
     ["指标 F3 「怎么得分」不能填「目标加減」；是不是「目标加减」"]),
    ("a name that no page can hold", {"指标": [A, {**B, "指标": "乙：丙"}]}, ["指标 A3 指标「乙：丙」里有 ："]),
    ("a name without a letter", {"指标": [A, {**B, "指标": "12"}]}, ["指标 A3 指标「12」里没有字"]),
    ("a name of ours", {"指标": [A, {**B, "指标": "工号"}]}, ["指标 A3 指标「工号」与数据表或结果表自己的列同名"]),
    ("a long note", {"指标": [A, {**B, "说明": "长" * 201}]}, ["指标 B3 「说明」有 201 个字"]),
    ("a further row of nothing", {"指标": [{"得分": 5}, A, B]}, ["指标 A2 「指标」是空的，上面也没有指标"]),
    ("a weight in a further row", {"指标": [{**BANDS, "从": 5, "得分": 20}, {"到": 5, "得分": 0, "权重": 10}]},
     ["指标 D3 「指标」是空的，是「甲」的下面一行，不写「权重」"]),
    ("what the way does not need", {"指标": [{**A, "目标": 5}, B]}, ["指标 I2 「甲」是打分，用不到「目标」"]),
    ("bands without any", {"指标": [BANDS]}, ["指标 P2 「甲」是分档，一档也没有"]),
    ("a band without points", {"指标": [{**BANDS, "从": 5}, {"到": 5, "得分": 0}]}, ["指标 S2 「甲」的这一行没有得分"]),
    ("a band above the full points", {"指标": [{**BANDS, "从": 5, "得分": 25}, {"到": 5, "得分": 0}]},
     ["指标 S2 「甲」的得分 25 不在 0 到满分 20 之间"]),
    ("a gap between bands", {"指标": [{**BANDS, "从": 5, "得分": 20}, {"到": 4, "得分": 0}]},
     ["指标 P2 「甲」有空档：4 到 5 之间（如 4.5）没有得分"]),
    ("bands that overlap", {"指标": [{**BANDS, "从": 5, "得分": 20}, {"到": 6, "得分": 0}]},
     ["指标 P2 「甲」有两档重叠（第 3 行和第 2 行，从 5 起）"]),
    ("a band the wrong way round", {"指标": [{**BANDS, "从": 5, "到": 3, "得分": 20}, {"到": 5, "得分": 0}]},
     ["指标 Q2 「甲」从 5 到 3，到不比从大"]),
    ("bands that end above", {"指标": [{**BANDS, "从": 5, "到": 9, "得分": 20}, {"到": 5, "得分": 0}]},
     ["指标 Q2 「甲」最高的一档到 9 为止，9 和更高的没有得分"]),
    ("bands that end below", {"指标": [{**BANDS, "从": 5, "得分": 20}, {"从": 2, "到": 5, "得分": 0}]},
     ["指标 P3 「甲」最低的一档从 2 起，再低的没有得分"]),
    ("bands that leave out nought", {"指标": [{**BANDS, "从": 0, "到": 1, "得分": 20, "含哪头": "到"}, {"从": 1,
                                                                                              "得分": 0}]},
     ["指标 P2 「甲」最低的一档从 0 起，再低的没有得分"]),
    ("no unit", {"指标": [{**BANDS, "单位": None, "从": 5, "得分": 20}, {"到": 5, "得分": 0}]},
     ["指标 H2 「甲」没有写实际值的单位"]),
    ("no target", {"指标": [{**STEPS, "目标": None}]}, ["指标 I2 「甲」是目标加减，没有写「目标」"]),
    ("a step of nothing", {"指标": [{**STEPS, "每": 0}]}, ["指标 J2 「甲」的每一步是 0"]),
    ("steps of no points", {"指标": [{**STEPS, "扣": None}]}, ["指标 L2 「甲」是目标加减，加、扣都没有写"]),
    ("a negative deduction", {"指标": [{**STEPS, "扣": -2}]}, ["指标 L2 「甲」的扣 -2 是负数"]),
    ("a part of a step", {"指标": [{**STEPS, "不足一步": "去掉"}]}, ["指标 M2 「不足一步」不能填「去掉」"]),
    ("data that cannot be read", {"指标": [{**STEPS, "单位": None, "取数": "甲/乙/丙"}]},
     ["指标 G2 「甲」的取数「甲/乙/丙」读不懂"]),
    ("data of our columns", {"指标": [{**STEPS, "取数": "姓名"}]},
     ["指标 G2 「甲」的取数「姓名」与数据表自己的列同名"]),
    ("a ratio of one number", {"指标": [{**FULL, "怎么得分": "比率", "取数": "销售额"}]},
     ["指标 I2 「甲」的取数只有一个数，没有目标，不知道除以什么"]),
    ("a ratio of three", {"指标": [{**FULL, "怎么得分": "比率", "取数": "甲/乙", "目标": 5}]},
     ["指标 I2 「甲」的取数已经是两个数相除，用不到目标"]),
    ("a ratio to nothing", {"指标": [{**FULL, "怎么得分": "比率", "取数": "销售额", "目标": 0}]},
     ["指标 I2 「甲」的目标是 0，不能作除数"]),
    ("one name, two units", {"指标": [{**STEPS, "取数": "率"}, {**STEPS, "指标": "乙", "取数": "率", "单位": "次"}]},
     ["指标 H3 「率」在「甲」和「乙」里单位不同"]),
    ("occurrences of nothing", {"指标": [{**FULL, "怎么得分": "按次扣分"}]},
     ["指标 L2 「甲」是按次扣分，没有写「扣」"]),
    ("one description", {"指标": [{**FULL, "怎么得分": "等级描述", "描述": "好", "得分": 20}]},
     ["指标 R2 「甲」是等级描述，至少要有两个描述"]),
    ("the same description twice", {"指标": [{**FULL, "怎么得分": "等级描述", "描述": "好", "得分": 20}, {"描述": "好",
                                                                                           "得分": 1}]},
     ["指标 R3 描述「好」写了两次（R2、R3）"]),
    ("a rater without a name", {"评分人": [{"权重": 100}]}, ["评分人 A2 「评分人」是空的"]),
    ("a rater without a weight", {"评分人": [{"评分人": "上级"}]}, ["评分人 B2 评分人「上级」没有写权重"]),
    ("raters of 90 %", {"评分人": [{"评分人": "上级", "权重": 60}, {"评分人": "同事", "权重": 30}]},
     ["评分人 B3 评分人的权重合计 90%，不是 100%"]),
    ("raters of nothing", {"指标": [{**FULL, "怎么得分": "按次扣分", "扣": 1}], "评分人": [{"评分人": "上级",
                                                                              "权重": 100}]},
     ["评分人  有评分人，没有一个指标是打分的，用不到评分人"]),
    ("a weight that may be a share", {"评分人": [{"评分人": "上级", "权重": 0.6}, {"评分人": "同事", "权重": 99.4}]},
     ["评分人 B2 「权重」"]),
    ("a gap between grades", {"等级": [{"等级": "好", "从": 90}, {"等级": "差", "到": 89}]},
     ["等级 B2 「等级」有空档：89 到 90 之间（如 89.5）没有等级"]),
    ("grades that overlap", {"等级": [{"等级": "好", "从": 80}, {"等级": "差", "到": 90}]},
     ["等级 B2 「等级」有两档重叠（第 3 行和第 2 行，从 80 起）"]),
    ("the same grade twice", {"等级": [TOP, {**LOW, "等级": "好"}]}, ["等级 A3 等级「好」写了两次（A2、A3）"]),
    ("an event of two grades", {"等级": [TOP, LOW, {"等级": "丙", "出现的事项": "违纪"}, {"等级": "丁",
                                                                              "出现的事项": "违纪"}]},
     ["等级 E5 出现的事项「违纪」写了两次（E4、E5）"]),
    ("an event that is an indicator", {"指标": [{**FULL, "怎么得分": "按次扣分", "扣": 1}], "等级": [TOP, {**LOW,
                                                                                              "出现的事项": "甲"}]},
     ["等级 E3 事项「甲」已经是按次的指标"]),
    ("no factor", {"等级": [{**TOP, "系数": 1}, LOW], "计薪": pay(计薪方式="等级系数", 基数=100)},
     ["等级 D3 计薪用等级系数，「差」没有系数"]),
    ("a negative factor", {"等级": [{**TOP, "系数": 1}, {**LOW, "系数": -1}], "计薪": pay(计薪方式="等级系数",
                                                                                  基数=100)},
     ["等级 D3 「差」的系数是负数"]),
    ("factors of no grade", {"计薪": pay(计薪方式="等级系数", 基数=100)},
     ["等级  计薪用等级系数，工作表 等级 里一个等级也没有"]),
    ("no name", {"计薪": pay(考核名称=None)}, ["计薪 A3 没有写考核名称（没有「考核名称」一行）"]),
    ("a name with a colon", {"计薪": pay(考核名称="客服：季度")}, ["计薪 B2 考核名称里有引号、冒号这样的符号"]),
    ("no period", {"计薪": pay(周期="")}, ["计薪 B3 没有写周期"]),
    ("a period that there is not", {"计薪": pay(周期="每季度")}, ["计薪 B3 周期没有「每季度」，是不是 每季"]),
    ("a way to pay that there is not", {"计薪": pay(计薪方式="等级系树")},
     ["计薪 B4 计薪方式没有「等级系树」，是不是 等级系数"]),
    ("an item that there is not", {"计薪": [*pay(), {"项目": "基准份", "值": 80}]},
     ["计薪 A5 不认识项目「基准份」，是不是 基准分"]),
    ("an item without a name", {"计薪": [*pay(), {"值": 80}]}, ["计薪 A5 「项目」是空的"]),
    ("an item twice", {"计薪": [*pay(), {"项目": "周期", "值": "每月"}]}, ["计薪 A5 项目「周期」写了两次（A3、A5）"]),
    ("no base", {"计薪": pay(计薪方式="得分比例")}, ["计薪 A4 计薪方式是得分比例，没有写基数（没有「基数」一行）"]),
    ("what the way to pay does not need", {"计薪": pay(基准分=80)}, ["计薪 B5 计薪方式是不计薪，用不到基准分"]),
    ("a base that is no number", {"计薪": pay(计薪方式="得分比例", 基数="三千多")}, ["计薪 B5 基数「三千多」不是数"]),
    ("a negative number", {"计薪": pay(计薪方式="按分浮动", 每分金额=-1, 起算分=80)}, ["计薪 B5 每分金额「-1」不能用"]),
    ("a standard of nothing", {"计薪": pay(计薪方式="得分÷基准分", 基数=100, 基准分=0)},
     ["计薪 B6 基准分是 0，不能作除数"]),
    ("a pool without a rule", {"计薪": pay(计薪方式="奖金池", 分配依据="人头")}, ["计薪 B5 分配依据没有「人头」"]),
]


def told(tmp_path: Path, changed: dict[str, Any]) -> list[str]:
    sheets = {"指标": [A, B], "评分人": [], "等级": [], "计薪": pay(), **changed}
    path = write(tmp_path / "例2016.xlsx", rules(**sheets), {"花名册": people("A1")})
    code, found = run_json("check", path)
    assert code == 1
    return [f"{one['sheet']} {one['cell']} {one['text']}" for one in found["problems"] if one["level"] == "error"]


@pytest.mark.parametrize(("changed", "said"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_is_said(tmp_path: Path, changed: dict[str, Any], said: list[str]) -> None:
    found = told(tmp_path, changed)
    assert len(found) == len(said), found
    for text, expected in zip(found, said, strict=True):
        assert text.startswith(expected), text


def test_everything_at_once(tmp_path: Path) -> None:
    found = told(tmp_path, {
        "指标": [A, {**B, "权重": 45}, {**A, "怎么得分": "分档", "权重": 15}], "等级": [{**TOP, "从": 61}, LOW],
        "评分人": [{"评分人": "上级", "权重": 90}], "计薪": pay(周期="每周")})
    assert any("120%" in text for text in found)
    assert {text.split()[0] for text in found} == {"指标", "等级", "评分人", "计薪"}


def test_a_sheet_that_is_gone(tmp_path: Path) -> None:
    sheets = rules()
    del sheets["等级"]
    code, found = run_json("check", write(tmp_path / "例2016.xlsx", sheets, {"花名册": people("A1")}))
    assert code == 1
    assert "没有工作表 等级" in found["problems"][0]["text"]


def test_a_value_of_the_card_in_the_parameters(tmp_path: Path) -> None:
    path = write(tmp_path / "例2016.xlsx", rules(), {"花名册": people("A1", 绩效基数=1)},
                 [{"参数": "指标权重", "键": "服务态度", "值": 30}])
    code, found = run_json("check", path)
    assert code == 1
    said = "\n".join(one["text"] for one in found["problems"])
    assert "指标权重（指标）写在工作表 指标、评分人、等级、计薪 里，参数表里不再写" in said


def test_an_indicator_without_its_column(tmp_path: Path) -> None:
    path = write(tmp_path / "例2016.xlsx", rules(指标=[A, B], 评分人=[], 等级=[], 计薪=pay()), {
        "花名册": people("A1"), "考核数据": [{"季度": "2016Q4", "工号": "A1", "甲": 90}]})
    code, found = run_json("check", path, "--period", "2016Q4")
    assert code == 1
    assert "没有「乙」一列" in " ".join(one["text"] for one in found["problems"])


def test_every_message_has_its_case() -> None:
    """The longest run of fixed words of each message of the card is said in some case."""
    everything = "\n".join(line for _, _, lines in BROKEN for line in lines)
    without = []
    for node in ast.walk(ast.parse(Path(card.__file__).with_name("card.py").read_text("utf-8"))):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name not in ("wrong", "_lacks", "Problem", "problem"):
            continue
        assert isinstance(node, ast.Call)
        place = {"wrong": 2, "_lacks": 3}.get(name, 1)
        if len(node.args) <= place:
            continue
        fixed = [part.value for part in ast.walk(node.args[place])
                 if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        longest = max((text for text in fixed if re.search(r"[\u4e00-\u9fff]{2}", text)), key=len, default="")
        if longest and longest not in everything:
            without.append(f"{node.lineno} {longest}")
    assert without == []
