"""What the compiler refuses, said of a page: the place that it was made by, and the words that stand there."""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from typing import Any

from xl_kpi.policy.indicators import Indicator, made
from xl_kpi.policy.page import Expanded
from xl_kpi.policy.page.source import WORD, PageError, Place
from xl_kpi.policy.page.words import CONSTANTS, FUNCTIONS, GRAINS, OVER, PERIODS, TYPES
from xl_kpi.rules.base import PolicyError
from xl_kpi.rules.calls import Call
from xl_kpi.rules.kinds import CALLS

# What a refusal of the compiler calls things, and what a page calls them.
WORDS = ((r"：「[^」]*」$", ""),                            # the expression, as the program has it
         (r"if 的条件", "“若”后面"), (r"if 和 else 的结果", "“若”的各个值"), (r"\bparts\.", ""),
         (r"只有 blank 或 refuse，", "只有 不适用 或 不核算，"), (r"blank 或 refuse 代替的", "不适用、不核算 代替的"),
         (r"\bpresent\(…\)", "有值(…)"), (r"\brefuse\b", "不核算"), (r"\brefusals\.", "“不核算” "),
         (r"\bnot 后面", "“非”后面"), (r"\band 的", "“且”的"), (r"\bor 的", "“或”的"), (r"\bin 的", "“属于”的"),
         (r"kind = \"over\"", "近月(…)、各月(…)"), (r"kind = \"events\"", "合计(表，…)"),
         (r"这一列要写 period = \"month\"、\"quarter\"、\"half\" 或 \"year\"",
          "这一列的后面要写 每月、每季、每半年 或 每年"),
         (r"不能写 period；", "不能写 每月、每季、每半年、每年；"),
         *((rf"grain = \"{grain}\" 的表", f"（{word}）的表") for word, grain in GRAINS.items()),
         (r"ignored = true", "不读"), (r"没有 keys", "没有键"), (r"grain = ", ""), (r"'([^'\s]*)'", r"\1"),
         *((rf"^{sign} 两边", f"{word} 两边") for sign, word in (("<=", "≤"), (">=", "≥"), ("==", "="), ("!=", "≠"))),
         (r"^max (\S+) 小于 min", r"最大=\1 小于 最小="))
# The keys of the content whose values a page writes in words.
VALUES = {"type": {engine: word for word, engine in reversed(TYPES.items())},
          "period": {engine: word for word, engine in PERIODS.items() if engine}}
ENGINE = {engine: word for words in (FUNCTIONS, CONSTANTS, OVER) for word, engine in words.items()} | {
    "True": "是", "False": "否", "blank": "不适用"}
QUOTED = {engine: word for word, engine in GRAINS.items()}


FROM_A_PACK = "?"           # what is wrong there is so because of the page, and told of the page if anything else is


def follows(error: PolicyError, found: Expanded) -> bool:
    """Is something only so because something else is wrong, and was left out?  Of what the page does not say whole
    but the clauses count."""
    said = str(error)
    return bool(found.unknown.intersection(WORD.findall(said))) or _incomplete(said)


def _incomplete(said: str) -> bool:
    """Does the content lack what a statement that is wrong would have given?"""
    return ".clause" not in said and bool(re.search(r"：缺少 \S+$| 不对：", said))


def in_order(errors: Sequence[PageError], found: Expanded) -> list[PageError]:
    """As they stand on the page and on those that it builds upon."""
    files = list(found.sources)
    return sorted(errors, key=lambda e: (files.index(e.place.file), e.place.line, e.place.column))


def on_page(error: PolicyError, found: Expanded) -> PageError:
    """A refusal that names a key of the content: with the place of the page that the key comes from, in its words."""
    file = next(iter(found.sources))
    said = str(error).removeprefix(f"{file}：")

    ends = [said[:at] for at, sign in enumerate(said) if sign in ".[： "] + [said]

    def named(keys: Container[str]) -> list[str]:
        return [key for key in ends if key in keys]

    places = found.where
    if not (keys := named(places)):                     # what an indicator is made into stands nowhere else
        places = {f"quantities.{quantity}": places[f"indicators.{name}"]
                  for name, one in found.raw.get("indicators", {}).items()
                  for quantity in made(name, Indicator.model_validate(one)).quantities}
        keys = named(places)
    if not keys:
        return PageError(Place(file, 1), _in_words(said, found))
    key = max(keys, key=len)
    rest = said[len(key):]
    what = "上面没有条款：先写一行 ## 条款" if rest.startswith(".clause") else re.sub(
        r"^(?:[.\[][^：]*)?：?", "", rest) or said
    group, _, name = key.partition(".")
    if key in found.where and group == "quantities":
        rule = found.raw[group].get(name, {})           # none: it is made of something else that is wrong
        what = re.sub(r"^([a-z_]+)(?:\.(\S+))? (?=应是)", lambda f: _argument(f[1], f[2], rule), what)
    place, text = places[key], _in_words(what, found)
    at = _place(error, found)
    if at is not None and at.file != place.file:            # of a pack: what is wrong is what asks for it
        return PageError(place, text, about=FROM_A_PACK)
    return PageError(at or place, text)


def _place(error: PolicyError, found: Expanded) -> Place | None:
    """Where the part of the expression stands that an error is about."""
    if error.at is None:
        return None
    text, line, before = error.at
    if line > 1:
        return None
    at = len(text.encode()[:max(before - 1, 0)].decode(errors="ignore"))         # it was read with a bracket before it
    places = found.places.get(text, [])
    return next((place for offset, place in places if offset >= at), places[-1][1] if places else None)


def _argument(field: str, item: str | None, rule: dict[str, Any]) -> str:
    """What a page writes for a field of a rule (an item of it: a grade)."""
    def like(call: Call) -> int:
        """How many fields of the rule a call writes."""
        fields = {*call.sets, *(field for one in call.arguments for field, _, item in [one.field.partition(".")]
                                if isinstance(rule.get(field), list) == bool(item))}
        return len(fields & rule.keys()) - sum(rule.get(key) != value for key, value in call.sets.items())

    for call in sorted((call for kind, call in CALLS.values() if kind == rule.get("kind")), key=like, reverse=True):
        for place, one in enumerate(call.arguments, 1):
            if field in (one.field.partition(".")[0], one.either):
                named = item if one.role in ("grades", "given") else one.named
                return f"{call.name}(…) 的“{named}=” " if named else f"{call.name}(…) 的第 {place} 项"
    return f"{field} "


def _in_words(text: str, found: Expanded) -> str:
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    for key, words in VALUES.items():
        for engine, word in words.items():
            text = text.replace(f'{key} = "{engine}"', word)
    text = re.sub(r'"(\w+)"', lambda f: QUOTED.get(f[1], f[0]), text)
    readings = found.raw.get("readings", {})
    text = re.sub(r"读法 (\w+) ?", lambda f: f"读法「{readings[f[1]]['title']}」" if f[1] in readings else f[0], text)
    names = ENGINE | found.names
    return re.sub(r"(?<![\w.])[^\W\d]\w*(?:\.\w+)*", lambda f: names.get(f[0], f[0]), text)
