"""The rows of the sheet 参数 for a policy: every parameter and reading, what is stated filled in, the rest blank."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, get_args

from xl_kpi.workbooks.looks import Choices, Look

from xl_kpi.parameters import COLUMNS, TEXTS, Percent
from xl_kpi.policy.compiled import Policy
from xl_kpi.policy.model import DAY, Key, Parameter, Source
from xl_kpi.policy.words import cited

NAME = "制度参数"           # the defined name over the table, for the functions in cells
LISTED_ROWS = 3             # blank rows of a parameter whose keys the company lists
SPARE_ROWS = 30             # it reaches so far below: HR adds rows with a later 生效日期
NOTE = ("黄色的格还没有填：没有默认值，用到时程序会指出缺哪一格。只改“值”和“来源”；"
        "“读法”是制度没写清的地方，从下拉列表里选。从某月起改用新值的，整行复制到最下面，改“值”和“生效日期”。")
_TEXTS = {"company": "印在{}和附表的标题里，如 某某有限公司", "department": "印在{}的标题下面，如 客户服务部"}
_HEADINGS = {column.name: column.heading for column in COLUMNS}
_LOOKS: dict[str, dict[str, Any]] = {       # in the order in which HR reads: what, which, how much
    "title": {"align": "left", "wrap": True, "widest": 28},
    "key": {"widest": 20, "wrap": True},
    "value": {"number_format": "General", "align": "right", "least": 24, "widest": 24, "wrap": True},
    "unit": {},
    "day": {"number_format": "yyyy-mm-dd", "least": 12},
    "fill": {"align": "left", "wrap": True, "least": 46, "widest": 46},
    "clause": {"align": "left", "wrap": True, "least": 16, "widest": 18},
    "source": {"choices": Choices(tuple(source for source in get_args(Source) if source != "缺"))},
    "role": {},
    "parameter": {"align": "left", "widest": 20, "faint": True},
}
FROZEN = 3
LOOKS = [Look(_HEADINGS[name], required=any(c.required for c in COLUMNS if c.name == name), **look)
         for name, look in _LOOKS.items()]
VALUE = list(_LOOKS).index("value")

Values = Mapping[str, Mapping[str, str] | str]


def rows(policy: Policy, values: Values | None = None, source: str = "",
         texts: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Every parameter and reading: what the policy states, else what ``values`` gives (with this ``source``).

    ``values``: parameter → its value, or key → value.  ``texts``: ``company`` and ``department``.
    """
    result: list[dict[str, Any]] = [
        {"参数": "policy", "值": policy.id, "名称": "采用的制度", "怎么填": f"不用改：{policy.title}"},
        *({"参数": name, "值": (texts or {}).get(name), "名称": TEXTS[name],
           "怎么填": how.format(policy.main.naming.title)}
          for name, how in _TEXTS.items())]
    for name, parameter in policy.parameters.items():
        stated = {_key(key): value for key, value in parameter.stated_values().items()}
        if stated and policy.written_on:        # they stand on the sheets that say the rules
            continue
        chosen = (values or {}).get(name, {})
        ours = {"": chosen} if isinstance(chosen, str) else chosen
        for key in [_key(key) for key in parameter.keys] or [""] * (LISTED_ROWS if parameter.listed else 1):
            value = stated.get(key, ours.get(key))
            result.append({
                "参数": name, "值": _number(parameter, value) if value else None, "键": key, "名称": parameter.title,
                "岗位": parameter.role, "单位": parameter.unit, "条款": cited(parameter.clause),
                "来源": parameter.source if key in stated else source if value else "",
                "怎么填": parameter.fill or _how(parameter, key in stated)})
    for name, reading in policy.readings.items():
        result.append({
            "参数": f"reading.{name}", "值": reading.values[reading.default], "名称": reading.title, "单位": "读法",
            "条款": cited(reading.clause), "来源": source,
            "怎么填": "任选一种：" + "；".join(reading.values.values()) + (f"。{reading.why}" if reading.why else "")})
    return result


def _number(parameter: Parameter, value: str) -> Decimal | str:
    """A percent of at most 1 stands in percent format: bare it could be a share.  A date stands as it is written."""
    if parameter.unit == DAY:
        return value
    number = Decimal(value)
    return Percent(value) if parameter.unit == "%" and abs(number) <= 1 else number


def _how(parameter: Parameter, stated: bool) -> str:
    if parameter.listed:
        return f"由公司列出：一项一行，键写这一项的名称，单位是{parameter.unit}；不够的行复制到下面"
    if parameter.unit == DAY and not stated:
        return "制度没有给出，由公司定；填日期"
    return "制度写明的，照用；公司另有规定的才改" if stated else f"制度没有给出，由公司定；填数，单位是{parameter.unit}"


def _key(key: Key | None) -> str:
    return "" if key is None else str(key)


def to_fill(policy: Policy, row: Mapping[str, Any]) -> bool:
    """Is a row's blank 值 something that HR has to decide?"""
    parameter = policy.parameters.get(row["参数"])
    return row["参数"] in _TEXTS or (parameter is not None and not parameter.optional)


def readings(policy: Policy) -> dict[str, Choices]:
    """参数 → the Chinese labels to choose from."""
    return {f"reading.{name}": Choices(tuple(reading.values.values())) for name, reading in policy.readings.items()}
