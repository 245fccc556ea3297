"""``make docs``: writes docs/functions.md from the functions' own help, as the function wizard shows it."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "functions.md"
INTRO = """# 单元格函数

装好加载项后，任何工作簿里都能用。这一页由函数自己的帮助生成（`make docs`），与函数向导里的相同。

- 每个参数可以是一个值，也可以是一列；各列行数相同，一个值配所有的行，结果随之是一列
  （Excel 2016、2019 选好一列再按 Ctrl+Shift+Enter 输入）。
- 一行的参数全是空白，结果是空白；别的必填参数空着，结果是错误值，不会当作 0。
- 算不出来的单元格是真正的错误值，合计因此也是错误值；原因用 `KPI_REASON` 看，或者用「解释选中项」。
- 方括号里的参数可以不填。金额精确到分，四舍五入。
- 单元格的格式函数看不到：百分数直接填百分数（5% 填 5），写成 0.05 的会被拒绝。
- Python 程序里 `from xl_kpi.udfs import …` 后直接调用也可以：给值、列表、numpy 数组或 pandas 的列和表；
  算不出来的是异常 `Refused`，写着原因。
"""


def lines() -> list[str]:
    """The page, line by line."""
    from xl_kpi.udfs.declare import HELP

    from xl_kpi import udfs

    found = [INTRO]
    for module, title in TITLES.items():
        found.append(f"## {title}\n")
        for one in (one for name, one in HELP.items() if getattr(udfs, name).__module__ == f"xl_kpi.udfs.{module}"):
            shown = [name.lstrip("*") + ("…" if name.startswith("*") else "") for name in one.arguments]
            shown = [f"[{name}]" if name in one.optional else name for name in shown]
            found += [f"### {one.name}({', '.join(shown)})\n", f"{one.text}\n"]
            if one.arguments:
                found += ["| 参数 | 说明 |", "|---|---|"]
                found += [f"| `{name.lstrip('*')}` | {text} |" for name, text in one.arguments.items()]
                found.append("")
    return found


POLICIES = """## 哪份制度有哪些函数

按各份制度的函数，用的制度没有这样的规定时，说明没有，并列出它有的。“部分”：有的读法要用到更多的数，用 `KPI_CALC`。
`KPI_CALC`、`KPI_PARAM` 对每份制度都有；自己的制度和自己的指标卡用按钮或命令。
"""


def of_policies() -> list[str]:
    """Which function works for which policy."""
    from xl_kpi.udfs.declare import HELP

    from xl_kpi import udfs
    from xl_kpi.policy.load import ids, load

    names = [name for name in HELP if getattr(udfs, name).__module__ == "xl_kpi.udfs.policies" and name != "KPI_CALC"]
    lines = [POLICIES, f"| 制度 | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for policy in map(load, ids()):
        cells = []
        for name in names:
            titles = [f"{function.title}{'（部分）' * (function.partly and name == key)}"
                      for key, function in policy.functions.items() if key.partition("[")[0] == name]
            cells.append("、".join(titles).replace("|", "\\|"))
        if any(cells):
            lines.append(f"| {policy.id} | {' | '.join(cells)} |")
    return lines


TITLES = {"scores": "出勤和得分", "stars": "星级", "pay": "工资", "policies": "按各份制度",
          "tools": "参数、大写和原因"}


def page() -> str:
    return "\n".join([*lines(), *of_policies()]).rstrip() + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    FILE.parent.mkdir(exist_ok=True)
    FILE.write_text(page(), "utf-8")
    print(FILE.relative_to(ROOT))
