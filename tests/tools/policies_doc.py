"""``make docs``: writes docs/policies.md, what each policy computes, what it asks of the company, and its readings."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "policies.md"
INTRO = """# 自带的制度

这一页由各份制度生成（`make docs`）。看一份的全文：`xl-kpi policy 编号`；
照它新建工作簿：`xl-kpi new 工作簿.xlsx --policy 编号`。

- 要公司填的：原文丢失或者没有写的，工作表“参数”里没有默认值；没有填就不核算，并说明缺哪一项。
- 读法：条文有几种解释的，默认的一种写在这里；在“参数”里改。
- 原文矛盾：每次核算都告诉 HR。
"""


def page() -> str:
    """The page."""
    from xl_kpi.policy.load import ids, load
    from xl_kpi.policy.overview import COMPUTES, asks, computes, readings, results

    policies = [load(one) for one in ids()]
    lines = [INTRO, "| 编号 | 制度 | 算到 | 结果 | 要公司填的 | 读法 | 原文矛盾 |", "|---|---|---|---|--:|--:|--:|"]
    lines += [f"| [{p.id}](#{p.id}) | {p.title} | {computes(p)} | {'、'.join(results(p))} | {len(asks(p)) or ''} | "
              f"{len(p.readings) or ''} | {len(p.source_defect) or ''} |"
              for kind in COMPUTES for p in policies if computes(p) == kind]
    for p in policies:
        lines += [f"\n## {p.id}\n", f"{p.title}。结果：{'、'.join(results(p))}。\n"]
        for title, told in (("要公司填的", asks(p)), ("读法（默认）", readings(p)),
                            ("原文矛盾", [f"{one.text}（{one.clause}）" for one in p.source_defect])):
            if told:
                lines += [f"{title}：\n", *(f"- {_plain(one)}" for one in told), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _plain(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    FILE.write_text(page(), encoding="utf-8")
