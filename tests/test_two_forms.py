"""While a policy still stands in both forms, page and TOML say the same, but for what is listed here."""

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
}
BOTH = [path.stem for path in FOLDER.glob("*.md") if path.with_suffix(".toml").exists()]


@pytest.mark.parametrize("policy_id", BOTH)
def test_both_forms_say_the_same(policy_id: str) -> None:
    found = differences(load_file(FOLDER / f"{policy_id}.toml"), load_file(FOLDER / f"{policy_id}.md"))
    assert sorted(found) == sorted(PERMITTED.get(policy_id, []))
