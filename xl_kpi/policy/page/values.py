"""Parameters and readings."""

from __future__ import annotations

import re
from typing import Any

from lark import Token

from xl_kpi.policy.page import tree
from xl_kpi.policy.page.context import Context
from xl_kpi.policy.page.expressions import Named, number
from xl_kpi.policy.page.source import Block
from xl_kpi.policy.page.words import SOURCES
from xl_kpi.policy.words import near_to

MOST_KEYS = 500             # of a parameter


def parameter(x: Context, s: tree.ParameterStatement) -> None:
    name, block = str(s.name), s.block
    if not s.unit:
        raise block.error(f"{name} 的后面先写单位（元、分、%、日期、倍 …）：参数 名称 单位 = 值，"
                          "或 参数 名称 单位：键 值，键 值", s.name)
    x.counted_in(block, s.unit, s.name)
    engine = s.id or name
    x.new_id(s, "parameters", engine)
    one: dict[str, Any] = {"title": s.title or name, "unit": s.unit, "clause": block.clause()}
    keys: list[Any] = []
    stated: dict[str, str] = {}
    for tokens, value in s.stated:
        for token in tokens:
            text = str(token).strip('"“”')
            keys.append(int(text) if re.fullmatch(r"0|[1-9][0-9]{0,5}", text) else text)
            if value is not None:
                stated[text] = value
    if len(keys) > MOST_KEYS:
        raise block.error(f"有 {len(keys)} 个键，最多 {MOST_KEYS} 个", s.name)
    for place, token in enumerate(token for tokens, _ in s.stated for token in tokens):
        if keys[place] in keys[:place]:
            raise block.error(f"键 {keys[place]} 写了两次", token)
        if type(keys[place]) is not type(keys[0]):
            raise block.error(f"键要么都是整数，要么都是文字：{keys[0]} 和 {keys[place]}", token)
    for value in (*stated.values(), s.amount):
        number(block, value, s.name)
    if keys and s.amount:
        raise block.error("有键的参数写“：键 值”，没有键的写“= 值”", s.name)
    if keys:
        one["keys"] = keys
        x.labels |= {key for key in keys if isinstance(key, str)}
    if stated or s.amount:
        one |= {"stated": stated or s.amount, "source": "制度"}
    with x.pieces() as pieces:
        for flag in s.flags:
            with pieces.one():
                _parameter_flag(x, block, one, flag)
    if s.fill:
        one["fill"] = s.fill
    x.once(s, s.name, x.people, Named("parameter", engine, s.unit, keys, listed=one.get("listed", False)))
    x.parameters[name] = x.people.pop(name)
    x.raw["parameters"][engine] = one
    x.where[f"parameters.{engine}"] = block.place(4)


def _parameter_flag(x: Context, block: Block, one: dict[str, Any], flag: Token) -> None:
    word, _, value = str(flag).strip().partition(" ")
    value = value.strip()
    if word == "递增" and not value:
        one["rising"] = True
    elif word == "可空" and not value:
        one["optional"] = True
    elif word == "公司列" and not value:
        if "keys" in one or "stated" in one:
            raise block.error("键由公司列出的参数，不写键和值", flag)
        one["listed"] = True
    elif word == "合计" and re.fullmatch(r"\d{1,6}", value):
        one["total"] = int(value)
    elif word == "岗位" and value:
        one["role"] = value
    elif word in SOURCES and not value:
        if "stated" not in one:
            raise block.error(f"没有写值，不能写来源 {word}", flag)
        one["source"] = word
    else:
        known = ["递增", "可空", "公司列", "合计 100", "岗位 客服代表", *SOURCES]
        raise block.error(f"参数的后面不认识「{str(flag).strip()}」{near_to(str(flag).strip(), known)}；"
                          f"可以写 {'、'.join(known)}", flag)


def labels(x: Context, s: tree.LabelsStatement) -> None:
    """A set of labels under a name, for 属于 and for the types of columns."""
    if "" in s.labels or len(s.labels) > MOST_KEYS:
        raise s.block.error(f"写法是：选项 名称：甲|乙|丙，最多 {MOST_KEYS} 个", s.name)
    x.once(s, s.name, x.people, Named("labels", ""))
    x.sets[str(s.name)] = s.labels
    x.labels |= set(s.labels)


def used(x: Context, s: tree.LabelsStatement) -> None:
    """Labels are used by a column or a rule."""
    if not any(str(s.name) in one.block.words for one in x.statements if one is not s):
        raise s.block.error(f"没有任何规则或列用到选项 {s.name}", s.name)


def reading(x: Context, s: tree.ReadingStatement) -> None:
    declare_reading(x, s.block, s.head, [(one, str(one).strip()) for one in s.options], s.block.clause(), s.why)


def declare_reading(x: Context, block: Block, head: Token, options: list[tuple[Token, str]], clause: str,
                    why: str) -> str:
    """Declare a reading: its title, its id behind it, its values, why its default is the default."""
    title, _, ident = str(head).strip().rpartition(" ")
    if not title or not re.fullmatch(r"[A-Za-z]\w*", ident):
        title, ident = str(head).strip(), re.sub(r"\W", "_", str(head).strip())
    if ident in x.raw["readings"]:
        raise block.error(f"读法 {ident} 已经有了", head)
    values: dict[str, str] = {}
    for token, text in options:
        value, _, said = text.partition(" ")
        if value in values:
            raise block.error(f"读法「{title}」的 {value} 写了两次", token)
        values[value] = said.strip() or value
    if len(values) < 2:
        raise block.error(f"读法「{title}」至少要有两个取值：每行一个，“取值 说明：式子”", head)
    x.raw["readings"][ident] = {"title": title.strip(), "clause": clause, "values": values} | (
        {"why": why} if why else {})
    x.titles[title.strip()] = ident
    x.where[f"readings.{ident}"] = block.place(head)
    return ident
