"""``make docs``: writes docs/hands.md, how hand-typed cells count, from the table that the tests run."""

from __future__ import annotations

import datetime as dt
import sys
import unicodedata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docs" / "hands.md"
INTRO = """# 手工填写怎么算

意思清楚的，怎么写都按人的意思读；有两种意思的绝不猜，列为错误，用到它的工资、星级在改好以前不算。
这一页由测试用的表生成（`make docs`），写在这里的每一格都由程序自己读过。

- **照读**：就是这样填的，不说什么。
- **提示**：读得懂，每列给一条提示，写明哪一格、读作什么、这一列共几处，不改也能用。
- **不读**：错误，指出哪一格、为什么。
- 看不见的字符（零宽空格、软连字符、方向符号等）一律不算；全角和半角一样。下面的“⏎”是单元格里的换行，“␣”是空格。
- 百分比格式、日期格式等按单元格的格式读；“数”是数字格，“文字”是文本格（以文本形式存储的数字）。
"""
NAMES = {" ": "␣", "\u3000": "␣（全角空格）", "\u00a0": "␣（不换行空格）", "\n": "⏎"}


def shown(typed: Any) -> str:
    """What is typed, as HR would see it, with what cannot be seen made visible."""
    if typed is None:
        return "（空）"
    if isinstance(typed, bool):
        return f"{str(typed).upper()}（逻辑值）"
    if isinstance(typed, dict):
        if "百分比" in typed:
            return f"{typed['百分比'] * 100:g}%（百分比格式）"
        return f"数 {typed['数']}，格式 `{typed['格式']}`"
    if isinstance(typed, dt.date):
        return f"{typed.isoformat()}（日期）"
    if isinstance(typed, int | float):
        return f"{typed}（数）"
    if not typed.strip():
        return "（空格）" if typed else "（空文字）"
    text = "".join(_character(typed, at) for at in range(len(typed)))
    number = typed.isascii() and typed.replace(".", "").isdecimal()
    return f"`{text}`".replace("|", "\\|") + "（文字）" * number


def _character(text: str, at: int) -> str:
    character = text[at]
    if unicodedata.category(character) == "Cf" or character == "\ufe0f":
        return f"〔U+{ord(character):04X}〕"
    outer = not text[:at].strip() or not text[at + 1:].strip()
    between = at > 0 and text[at - 1].isdigit() and text[at + 1:at + 2].isdigit()
    return NAMES[character] if character in NAMES and (character != " " or outer or between) else character


def lines() -> list[str]:
    from tests.hand.hands import groups, outcome

    found = [INTRO]
    for group in groups():
        found += [f"## {group['题']}\n"]
        if "说明" in group:
            found += [f"{group['说明']}\n"]
        found += ["| 填的 | 怎么算 |", "|---|---|"]
        for way in ("照读", "提示"):
            by_reading: dict[str, list[str]] = {}
            for typed, counts in group.get(way, []):
                by_reading.setdefault(str(counts), []).append(shown(typed))
            found += [f"| {'　'.join(texts)} | {counts}{'（提示）' if way == '提示' else ''} |"
                      for counts, texts in by_reading.items()]
        by_error: dict[str, list[str]] = {}
        for typed, _ in group["不读"]:
            text = next(text for level, text in outcome(group, typed).said if level == "error")
            by_error.setdefault(_reason(text, group), []).append(shown(typed))
        found += [f"| {'　'.join(texts)} | **不读**：{reason} |" for reason, texts in by_error.items()]
        found.append("")
    return found


def _reason(text: str, group: dict[str, Any]) -> str:
    """What is said about a cell, without the cell itself where many are said the same of."""
    said = text.rpartition("（")[0] if "parameter" in group["列"] else text        # without the clause
    for start in (f"「{group['题']}」", "「工号」", "「姓名」"):
        said = said.removeprefix(start)
    head, mark, rest = said.partition("」，")
    if mark and "填的是「" in head:
        return rest
    return said.replace("|", "\\|")


def page() -> str:
    return "\n".join(lines()).rstrip() + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    FILE.write_text(page(), "utf-8")
    print(FILE.relative_to(ROOT))
