"""``xl-kpi policies`` and ``xl-kpi policy ID``: complete, readable, the same every time."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from tests.command import run, run_json
from tests.written import GOOD, written
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.describe import PERIODS, Words, as_json, as_text, clauses, missing
from xl_kpi.policy.load import DEFAULT_POLICY, file_of, ids, load
from xl_kpi.policy.overview import COMPUTES


@pytest.fixture(scope="module")
def good() -> Policy:
    return written(GOOD)


# -- the commands -----------------------------------------------------------------------------------------------------

def test_policies() -> None:
    code, out, err = run("policies")
    assert (code, err) == (0, "")
    for policy_id in ids():
        assert policy_id in out
        assert load(policy_id).title in out


def test_policies_as_json() -> None:
    code, content = run_json("policies")
    assert code == 0
    assert [one["id"] for one in content["policies"]] == ids()
    for one in content["policies"]:
        assert set(one) == {"id", "title", "document", "in_force", "first_month", "review", "computes", "results",
                            "missing"}
        assert one["computes"] in COMPUTES
        assert one["results"]
    of_bozhen = next(one for one in content["policies"] if one["id"] == "bozhen-2016")
    assert of_bozhen["computes"] == "工资"
    assert of_bozhen["results"] == ["工资表（每月）", "季度评星（每季）"]
    assert "客服代表星级绩效工资（0、1、2、4、5）" in of_bozhen["missing"]


@pytest.mark.parametrize("policy_id", ids())
def test_policy(policy_id: str) -> None:
    code, out, err = run("policy", policy_id)
    assert (code, err) == (0, "")
    assert out == run("policy", policy_id)[1], "the same every time"
    headings = re.findall(r"^【(.*)】$", out, re.MULTILINE)
    policy = load(policy_id)
    of_outputs = [f"{PERIODS[one.period]}：{name}" for name, one in policy.outputs.items()]
    expected = ["参数", "读法", "输入（* 必填）", "规则", *of_outputs, *(["期限"] if policy.deadlines else []),
                *(["函数"] if policy.functions else []), "检查", "条款", "缺的参数"]
    assert headings == expected


@pytest.mark.parametrize("policy_id", ids())
def test_policy_as_json(policy_id: str) -> None:
    code, content = run_json("policy", policy_id)
    assert code == 0
    assert content["id"] == policy_id
    assert content == json.loads(json.dumps(as_json(load(policy_id))))


def test_unknown_policy_says_what_is_meant() -> None:
    code, out, err = run("policy", "bozhen-2061")
    assert (code, out) == (2, "")
    assert "没有制度 bozhen-2061，是不是 bozhen-2016" in err
    code, out, err = run("policy", "甲乙丙", "--json")
    assert (code, out) == (2, "")
    assert DEFAULT_POLICY in err, "nothing is like it: all are named"


# -- complete ---------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("policy_id", ids())
def test_json_has_everything(policy_id: str) -> None:
    policy, content = load(policy_id), as_json(load(policy_id))
    for group in ("parameters", "readings", "tables", "parts", "quantities", "refusals"):
        assert list(content[group]) == list(getattr(policy.written, group))
    for name, rule in policy.quantities.items():
        assert content["quantities"][name]["kind"] == rule.kind
        assert content["quantities"][name]["title"]
        assert content["quantities"][name]["clause"]
        assert content["quantities"][name]["words"]
    for name, reading in policy.readings.items():
        assert content["readings"][name]["default"] == next(iter(reading.values))
    for key in ("outputs", "payroll", "review", "checks", "notices", "source_defect", "clauses", "missing"):
        assert key in content
    for cited in content["clauses"].values():
        for where in cited:
            resolve(content, where)


def resolve(content: Any, where: str) -> Any:
    """What a path such as ``outputs.工资表.marks[2]`` or ``parameters.rep.star_pay`` stands for."""
    group, _, rest = where.partition(".")
    found = re.fullmatch(r"(\w+)\[(\d+)\]", group)
    if found:
        return content[found[1]][int(found[2]) - 1]
    if group in ("parameters", "readings", "parts", "quantities", "refusals", "deadlines"):
        return content[group][rest]
    name, _, tail = rest.rpartition(".") if group in ("tables", "outputs") else ("", "", rest)
    return resolve(content[group][name] if name else content[group], tail)


@pytest.mark.parametrize("policy_id", ids())
def test_text_has_everything(policy_id: str) -> None:
    policy, text = load(policy_id), "\n".join(as_text(load(policy_id)))
    for name, parameter in policy.parameters.items():
        assert f"  {name}　{parameter.title}（{parameter.unit}，{parameter.clause}）" in text
    for reading in policy.readings.values():
        assert reading.title in text
        assert all(label in text for label in reading.values.values())
    for table in policy.tables.values():
        assert table.sheet in text
    for rule in policy.quantities.values():
        assert rule.title in text
        assert rule.clause in text
    for defect in policy.source_defect:
        assert defect.text in text
    for output in policy.outputs.values():
        for column in output.columns:
            assert f"  {column.heading} ← " in text
    for name in missing(policy):
        assert f"  {name}\n" in f"{text}\n"


@pytest.mark.parametrize("policy_id", ids())
def test_rules_are_in_words(policy_id: str) -> None:
    """No sign or name of the grammar is left where HR reads; an id only where two have one title."""
    policy = load(policy_id)
    words = Words(policy)
    args = {arg for part in policy.written.parts.values() for arg in part.args}
    for rule in policy.quantities.values():
        said = " ".join(words.rule(rule))
        assert said
        bare = re.sub(r"\[[^\[\]]*\]|「[^」]*」", "", said)
        left = set(re.findall(r"[A-Za-z_]{2,}", bare)) - args - set(policy.written.parts)
        assert not left & {*policy.quantities, *policy.columns, "and", "or", "not", "if", "else", "present"}
        assert not re.search(r"==|!=|<=|>=|\*", bare)


def test_missing_is_what_nobody_stated() -> None:
    lacking = missing(load(DEFAULT_POLICY))
    assert "rep.star_pay[0]" in lacking
    assert "rep.star_pay[3]" not in lacking, "the document states it"
    assert "rep.five_star_once" in lacking
    assert "law.min_wage" not in lacking, "blank has a meaning"


# -- what is said -----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("name", "said"), [
    ("here", "入职日期 ≤ 当月末日"),
    ("punctual", "counts(迟到次数)"),
    ("praise", "事项 ＝ 「表扬」"),
    ("praised", "当月台账中 表扬记录 的行，有没有"),
    ("level", "得分 达到（≥）等级线 的最高一级；都达不到为 1"),
    ("last_level", "前 1 月的等级"),
    ("mean", "上季各月的得分，取平均"),
    ("mates", "同一班组里 在册 的人，人数"),
    ("best", "在册 且 当月表扬 的人中第一名：得分高的在前，再看工号小的在前"),
    ("days", "取大(入职日期, 当月首日)至当月末日的日历天数"),
    ("post_then", "当月末日那天的岗位"),
    ("award", "等级奖[等级]，若 准时 或 第一名；否则 不核算(「no_award」)，若 上月等级 ＞ 2；否则 0"),
    ("pay", "四舍五入(基本工资 × 在册天数 ÷ 30, 2) ＋ 奖金 ＋ 岗位津贴[当时岗位] ÷ 班组人数"),
])
def test_words(good: Policy, name: str, said: str) -> None:
    assert Words(good).rule(good.quantities[name]) == [said]


def test_words_of_a_reading(good: Policy) -> None:
    assert Words(good).choice(good.written.parts["counts"]) == [
        "按读法「迟到怎么判」", "一次也不行 → times ＝ 0", "两次以内不算 → times ≤ 2"]


def test_titles_that_several_have_are_followed_by_the_name() -> None:
    words = Words(load(DEFAULT_POLICY))
    assert words.title("迟到次数") == "迟到次数"
    assert words.title("本月得分") == "月度得分[本月得分]"


def test_clauses(good: Policy) -> None:
    found = clauses(good)
    assert found["三.1"] == ["readings.late", "parts.counts", "quantities.punctual"], "(A-1) is a remark"
    assert found["三.3"] == ["quantities.best", "outputs.工资表.marks[1]"]


def test_clauses_stand_as_on_the_page() -> None:
    """Those of the page in its order (not by code point: 四 before 二), then those of its packs."""
    found = list(clauses(load("s004-3-litong")))
    page = file_of("s004-3-litong").read_text("utf-8")
    headings = [line.removeprefix("## ").partition(" ——")[0] for line in page.splitlines() if line.startswith("## ")]
    own = [one for one in found if one in headings]
    assert len(own) > 5
    assert own == [one for one in headings if one in own] != sorted(own)
    assert found.index("花名册") > found.index(own[-1])


def test_text_of_a_small_policy(good: Policy) -> None:
    text = as_text(good)
    assert text[0] == "good　示例制度"
    assert text[1] == "2020-01-01 起执行；可核算 2020-01 及以后的月份"
    assert "  base　基本工资（元/月，二.1）　制度：3000" in text
    assert "  bonus　等级奖（元，二.2）　缺 1、2、3" in text
    at = text.index("  考勤：月份*、工号*、迟到次数、得分、说明、迟到小时")
    assert text[at + 1:at + 4] == [
        "    怎么填：一人一行", "    列：迟到次数 次（空 = 0），得分 分，迟到小时 小时", "    迟到次数：早退不算"]
    assert "    错误「日期不对」：入职日期 ＞ 入职日期 ＋ 1（一）" in text
    assert "  工资 ← 工资［元，必有，合计，计入应发，核算依据］" in text
    assert "  备注「第一名，{得分} 分」：第一名（三.3）" in text
    assert "  警告「班组 {班组} 只有 {班组人数} 人，基本工资 {基本工资}」：在册 且 班组人数 ＜ 2（一）" in text
    assert "  三.1：读法「迟到怎么判」、counts、准时" in text
    assert text[text.index("【缺的参数】") + 1] == "  bonus[1]"
