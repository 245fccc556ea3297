"""The place for a value in a text that holds its label too: 姓名：＿＿, 总分（　　）, ＿＿年＿＿月工资表."""

from __future__ import annotations

import re

from xl_kpi.hand.texts import squeezed
from xl_kpi.period import AnyPeriod, Half, Month, Quarter, Year

_BLANK = r"[\s_＿﹍.…]"
_ENDS = ":：(（[【_＿ \t\r\n\u3000"
_OPEN, _CLOSE = "(（[【", ")）]】"
# what comes after a value in one cell: the next label with its colon, or a wide gap
_NEXT = re.compile(r"[\s_＿]{2,}|[\s\u3000]+(?=[^\s:：()（）_＿]{1,10}[\s\u3000]*[:：])|[\r\n]")
_UNIT = re.compile(rf"^(?P<gap>{_BLANK}+)(?P<unit>元|分|%|％|次|天|小时|星|级|名|人)\s*$")
_Y, _P = rf"{_BLANK}*", rf"{_BLANK}*第?{_BLANK}*"
_PERIODS: tuple[tuple[type[AnyPeriod], re.Pattern[str], str], ...] = (
    (Month, re.compile(rf"{_Y}年{_Y}月(?!{_Y}日)"), "{0.year}年{0.number}月"),
    (Quarter, re.compile(rf"{_Y}年{_P}季度?"), "{0.year}年第{0.number}季度"),
    (Half, re.compile(rf"{_Y}年{_BLANK}+半年度?"), "{0.year}年{1}半年"),
    (Year, re.compile(rf"{_BLANK}+年度?(?!{_Y}[月第])"), "{0.year}年度"),
)


def slot(text: str, label: str) -> tuple[int, int, str] | None:
    """(from, to, what stands there now) of the value of ``label`` in a text; None: it has no such place."""
    wanted = label.strip(_ENDS)
    wanted = wanted.rstrip(_CLOSE) if not any(c in wanted for c in _OPEN) else wanted
    found = re.search(r"[\s\u3000]*".join(re.escape(c) for c in wanted if not c.isspace()), text) if wanted else None
    if found is None:
        return None
    at = found.end()
    rest = text[at:]
    if bracket := re.match(rf"[\s\u3000]*[:：]?[\s\u3000]*([{re.escape(_OPEN)}])", rest):
        start = at + bracket.end()
        end = text.find(_CLOSE[_OPEN.index(bracket[1])], start)
        if end >= 0:
            return start, end, text[start:end].strip(" \t\u3000_＿")
    colon = re.match(r"[\s\u3000]*[:：]", rest)
    start = at + (colon.end() if colon else 0)
    if colon is None and not re.match(_BLANK, rest):
        return None
    return _open_slot(text, start)


def _open_slot(text: str, start: int) -> tuple[int, int, str]:
    """The slot that begins at ``start`` and has no bracket to end it."""
    rest = text[start:]
    lead = re.match(r"[\s_＿]*", rest)
    assert lead is not None
    value = rest[lead.end():]
    if re.match(r"[^\s:：()（）_＿]{1,10}[\s\u3000]*[:：]", value) or not value:       # blank up to the next label
        end = start + lead.end()
        return start, end, ""
    if unit := _UNIT.match(rest):                   # ____分
        return start, start + unit.end("gap"), ""
    stop = _NEXT.search(value)
    end = start + lead.end() + (stop.start() if stop else len(value))
    return start, end, text[start:end].strip(" \t\u3000_＿")


def put(text: str, place: tuple[int, int, str], value: str) -> str:
    """The text with a value in its slot."""
    start, end, _ = place
    gap = "  " if end < len(text) and text[end] not in _CLOSE and not text[end].isspace() and _is_label(
        text[end:]) else ""
    return text[:start] + value + gap + text[end:]


def _is_label(rest: str) -> bool:
    return re.match(r"[^\s:：()（）_＿]{1,10}[\s\u3000]*[:：]", rest) is not None


def blank_period(text: str, period: AnyPeriod) -> str:
    """A title with its blank period filled in (　　年　月工资表); '' when it has none of that kind, or two."""
    for kind, pattern, words in _PERIODS:
        if not isinstance(period, kind):
            continue
        found = [m for m in pattern.finditer(text) if not re.search(r"\d\s*$", text[:m.start()])]
        if len(found) != 1 or re.search(r"日期|时间|制表|填表|入职|离职", squeezed(text[:found[0].start()])[-4:]):
            return ""
        start, end = found[0].span()
        said = words.format(period, "上下"[period.number - 1] if isinstance(period, Half) else "")
        return f"{text[:start]}{said}{text[end:]}"
    return ""
