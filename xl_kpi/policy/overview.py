"""What policies compute and what each still asks of the company: ``xl-kpi policies``, docs/policies.md."""

from __future__ import annotations

from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.describe import PERIODS, unstated

COMPUTES = ("工资", "金额", "等级", "得分")      # what a policy comes to, the most first


def computes(policy: Policy) -> str:
    """One of COMPUTES: pay with what is added and taken off; another amount of money; a grade; a score."""
    columns = [column for output in policy.outputs.values() for column in output.columns]
    made = [column for column in columns if column.quantity and column.quantity not in policy.columns]
    if any(column.part for column in columns):
        return "工资"
    if any(column.type == "money" for column in made):
        return "金额"
    return "等级" if any(column.type == "text" for column in made) else "得分"


def results(policy: Policy) -> list[str]:
    """Its outputs: 工资表（每月）."""
    return [f"{output.naming.title}（{PERIODS[output.period]}）" for output in policy.outputs.values()]


def asks(policy: Policy) -> list[str]:
    """The parameters that the company has to fill in, with their keys: 等级线（良好、优秀）."""
    found = []
    for parameter in policy.parameters.values():
        if not parameter.optional and (keys := unstated(parameter)):
            named = [str(key) for key in keys if key is not None]
            found.append(parameter.title + (f"（{'、'.join(named)}）" if named else ""))
        elif parameter.listed and not parameter.optional:
            found.append(f"{parameter.title}（项目由公司列）")
    return found


def readings(policy: Policy) -> list[str]:
    """Its readings with the default: 退货扣到多少：最多扣完提成."""
    return [f"{reading.title}：{reading.values[reading.default]}" for reading in policy.readings.values()]
