"""While a policy still stands in both forms, page and TOML say the same, but for what is listed here."""
# ruff: noqa: E501

from __future__ import annotations

import pytest
from same_policy import differences

from xl_kpi.policy.load import FOLDER, load_file

PERMITTED = {
    "s004-3-litong": [
        # the readings stand with the rule that they decide, and cite its clause
        "reading points_to_money.clause: '影响因素 (L-06)' → '绩效等级 (L-06)'",
        "reading score_cap.clause: '绩效等级 (L-05)' → '绩效等级 / 影响因素 (L-05)'",
        # what a pack has cites the pack's clause, and says how much
        "checks, texts: [('实发合计是负数', '核对扣款')] → [('实发合计 {} 是负数', '核对扣款')]",
        "on_roster → 当月在册.clause: '对象' → '花名册'",
        "other_deductions → 其他扣款.clause: '影响因素 / 其他项目、月度项目' → '其他项目、月度项目'",
        "whole_month → 整月在册.clause: '对象' → '花名册'",
    ],
    "s001-b-110-points": [
        # a label that a rule can give is declared
        "grade → 等级.choices: [] → ['A', 'B', 'C', 'D', 'E']",
        # the sheet filled in each month stands before the ledger
        "order of the sheets: ['花名册', '人事变动', '考核台账', '月度考核', '其他项目', '月度项目'] → ['花名册', '人事变动', '月度考核', '考核台账', '其他项目', '月度项目']",
        # the reading stands with the rule that it decides, and cites its clause
        "reading float_floor.clause: '四.2 (B-04)' → '四.1 / 四.2 (B-04)'",
        "start_points → 起点分.clause: '评定标准 2' → '评定标准 2 (总分合成)'",
        # what the packs have: their clauses, the sum of both kinds of further items as a quantity of its own, how much
        "checks, texts: [('实发合计是负数', '核对扣款')] → [('实发合计 {} 是负数', '核对扣款')]",
        "deductions → 扣款合计.clause: '其他项目、月度项目' → '四.1 / 人员管理'",
        "deductions → 扣款合计.expr: Arithmetic(op='+', left=Ref(name='item_deductions'), right=Ref(name='wide_deductions')) → Ref(name='其他扣款')",
        "net → 实发合计.clause: '四.1' → '四.1 / 人员管理'",
        "quantities that nothing reached: ['item_deductions', 'wide_deductions'] → ['其他项目的扣款', '月度项目的扣款', '其他扣款']",
    ],
    "bozhen-2016": [
        # a clause that is only the source's own number is called 未写明, as HR reads it
        "calendar_days → 在册日历天数.clause: 'U-38' → '未写明 (U-38)'",
        "days_on_roster_first → 折算首日.clause: 'U-38' → '未写明 (U-38)'",
        "days_on_roster_last → 折算末日.clause: 'U-38' → '未写明 (U-38)'",
        "function MONTHLY_PAY 「全勤，在册折算填了 1，看不出是不是整月在册」.clause: 'U-38' → '未写明 (U-38)'",
        "function MONTHLY_PAY 「月中入职、离职不折算，却填了在册折算」.clause: 'U-38' → '未写明 (U-38)'",
        "function PERFORMANCE_PAY 「月中入职、离职不折算，却填了在册折算」.clause: 'U-38' → '未写明 (U-38)'",
        "month_workdays → 当月工作日.clause: 'U-38' → '未写明 (U-38)'",
        "paid_days → 在册计薪日.clause: 'U-38' → '未写明 (U-38)'",
        "part_share → 部分在册折算.clause: 'U-38' → '未写明 (U-38)'",
        "outputs.工资表 「当月没有得分，按 0 分」.clause: 'U-61' → '未写明 (U-61)'",
        "outputs.工资表 「当月部分在册」.clause: 'U-38' → '未写明 (U-38)'",
        "share → 在册折算.clause: 'U-38' → '未写明 (U-38)'",
        "workdays → 在册工作日.clause: 'U-38' → '未写明 (U-38)'",
        # what the document does not say: 岗位工资 is money
        "own_post_pay → 本人岗位工资.unit: '' → '元'",
        # the reading stands with the rule that it decides, and cites its clause
        "reading rep_probation.clause: '四.6.3 (U-35)' → '四.6.3 / 四.4.2.3②e (U-35)'",
        # what the packs have: their clauses, the sum of both kinds of further items as a quantity of its own
        "deductions → 扣款合计.clause: '其他项目、月度项目' → '四.1 / 五.1 (U-39)'",
        "deductions → 扣款合计.expr: Arithmetic(op='+', left=Ref(name='item_deductions'), right=Ref(name='wide_deductions')) → Ref(name='其他扣款')",
        "net → 实发合计.clause: '四.1 / 五.1' → '四.1 / 五.1 (U-39)'",
        "on_roster → 当月在册.clause: '三 (U-38)' → '花名册'",
        "quantities that nothing reached: ['item_deductions', 'wide_deductions'] → ['其他项目的扣款', '月度项目的扣款', '其他扣款']",
        "table 花名册 「离职日期早于入职日期」.clause: '三' → '花名册'",
        "whole_month → 整月在册.clause: 'U-38' → '花名册'",
    ],
}
BOTH = [path.stem for path in FOLDER.glob("*.md") if path.with_suffix(".toml").exists()]


@pytest.mark.parametrize("policy_id", BOTH)
def test_both_forms_say_the_same(policy_id: str) -> None:
    found = differences(load_file(FOLDER / f"{policy_id}.toml"), load_file(FOLDER / f"{policy_id}.md"))
    assert sorted(found) == sorted(PERMITTED.get(policy_id, []))
