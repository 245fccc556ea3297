"""Every name can be written in an expression and means one thing; parameters and readings are found by theirs."""

from __future__ import annotations

import datetime as dt
import keyword
import re
import unicodedata

from xl_kpi.period import Month
from xl_kpi.policy.compiling.context import Compiling
from xl_kpi.policy.model import DAY
from xl_kpi.policy.names import CONSTANTS
from xl_kpi.policy.words import plain
from xl_kpi.rules.expression import FUNCTIONS


def names(c: Compiling) -> None:
    """Every name can be written in an expression and means one thing."""
    policy = c.policy
    taken = dict.fromkeys(FUNCTIONS, "函数") | {"blank": "关键词"} | dict.fromkeys(
        CONSTANTS, "期间的日期")
    for group, kind in (("parameters", "参数"), ("parts", "共用规则"), ("quantities", "量")):
        for name in getattr(policy, group):
            with c.telling():
                words = name.split(".") if group == "parameters" else [name]
                check_name(c, f"{group}.{name}", name, words, taken)
                taken[name] = kind
    for table_name, table in policy.tables.items():
        for column in table.columns:
            with c.telling():
                check_name(c, f"tables.{table_name}.columns.{column.name}", column.name, [column.name], taken)
                taken[column.name] = f" {table_name} 的列"


def check_name(c: Compiling, path: str, name: str, words: list[str], taken: dict[str, str]) -> None:
    alone = len(words) == 1                     # the words of a dotted id may be Python's
    if not all(word.isidentifier() and not (alone and keyword.iskeyword(word))
               and unicodedata.normalize("NFKC", word) == word for word in words):
        raise c.fail(path, "名称只用字母、汉字、数字和下划线，不以数字开头，不能是 if、and、in 这样的词")
    if name in taken:
        raise c.fail(path, f"{name} 已经是{taken[name]}的名称，换一个")


def titles(c: Compiling) -> None:
    """In the sheet 参数 parameters and readings are found by id or title, the values of a reading by label."""
    policy, taken = c.policy, {"policy": "policy"}
    for group, named in (("parameters", policy.parameters), ("readings", policy.readings)):
        for name, one in named.items():
            with c.telling():
                for text in dict.fromkeys((name, one.title)):
                    key = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
                    if key in taken:
                        raise c.fail(f"{group}.{name}", f"「{text}」与 {taken[key]} 的名称重复；"
                                                           "参数表按名称找参数，每个都要不同")
                for text in (name, one.title):
                    taken[re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))] = f"{group}.{name}"
    for name, reading in policy.readings.items():
        with c.telling():
            words = [word for value, label in reading.values.items() for word in dict.fromkeys((value, label))]
            for word in words:
                if not word.strip() or words.count(word) > 1:
                    what = f"「{word}」写了两次" if word.strip() else "不能是空的"
                    raise c.fail(f"readings.{name}.values", what)


def parameters(c: Compiling) -> None:
    if c.policy.first_month:
        try:
            Month.parse(c.policy.first_month)
        except ValueError:
            c.tell("first_month", f"没有 {c.policy.first_month} 这个月")
    for name, parameter in c.policy.parameters.items():
        with c.telling():
            keys, path = parameter.keys, f"parameters.{name}"
            if len({type(key) for key in keys}) > 1:
                raise c.fail(f"{path}.keys", "要么都是整数，要么都是文字")
            for key in keys:
                if keys.count(key) > 1 or key == "":
                    raise c.fail(f"{path}.keys", f"键 {key} 写了两次" if key != "" else "键不能是空的")
            for at, text in parameter.stated_values().items():
                where = f"{path}.stated" + (f".{at}" if at is not None else "")
                if parameter.unit == DAY:
                    try:
                        dt.date.fromisoformat(text)
                    except ValueError:
                        raise c.fail(where, f"{plain(text)} 应是日期，如 2016-11-03") from None
                elif not re.fullmatch(r"-?[0-9]+(\.[0-9]{1,4})?", text):
                    raise c.fail(where, f"{plain(text)} 应是数，最多四位小数")
