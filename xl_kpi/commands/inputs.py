"""What the arguments of a command mean."""

from __future__ import annotations

import argparse
import datetime as dt
import re
from collections.abc import Callable
from typing import TypeVar

from xl_kpi.hand.days import read_any
from xl_kpi.hand.texts import normal, squeezed
from xl_kpi.opened import Opened
from xl_kpi.period import AnyPeriod, Month, Quarter
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.problems import UsageError
from xl_kpi.target import Target, output_of, target_of

_P = TypeVar("_P", Month, Quarter, AnyPeriod)
_YEARLESS = re.compile(r"(\d{1,2}|[一二三四五六七八九十]{1,2})月份?|[01]?\d|[Qq][1-4]|第?[1-4一二三四]季度?")


def month_of(text: str) -> Month:
    return _period(text, "--month", Month.parse, "2016-12")


def quarter_of(text: str) -> Quarter:
    return _period(text, "--quarter", Quarter.parse, "2016Q4")


def period_asked(arguments: argparse.Namespace) -> AnyPeriod | None:
    """The period of --period, --month or --quarter.  Raises UsageError."""
    if getattr(arguments, "period", None) is not None:
        return _period(arguments.period, "--period", read_any, "2016-12")
    if getattr(arguments, "month", None) is not None:
        return month_of(arguments.month)
    return quarter_of(arguments.quarter) if getattr(arguments, "quarter", None) is not None else None


def this_month(policy: Policy) -> Month:
    """The month that it is, once the policy is in force."""
    today = dt.date.today()
    return max(Month.of(today.year, today.month), Month.parse(policy.first_month or "1901-01"))


def output_asked(arguments: argparse.Namespace, opened: Opened) -> Output | None:
    """The output of --of.  Raises UsageError."""
    return None if arguments.of is None else output_of(opened.policy, arguments.of)


def target_asked(arguments: argparse.Namespace, opened: Opened) -> Target:
    """What --of and --period (or --month, which is a period and means the pay) ask for.  Raises UsageError."""
    period = period_asked(arguments)
    if period is None:
        raise UsageError("要写明期间，如 2016-12、2016Q4、2016", again="--period 2016-12")
    role = "payroll" if getattr(arguments, "month", None) is not None else ""
    return target_of(opened.policy, period, arguments.of or "", role)


def opened_with_forms(arguments: argparse.Namespace, output: Callable[[Opened], Output | None],
                      period: AnyPeriod | None) -> Opened:
    """BOOK, read together with the forms of --forms.  ``output``: what is to be filled in, whose tables are not read
    from forms.  Raises Refusal, UsageError, HostError."""
    opened = Opened.file(arguments.book)
    if getattr(arguments, "beside", None) is None:
        return opened
    from xl_kpi.actions.form_read import with_forms
    from xl_kpi.commands.asking import password_of

    made = output(opened)
    skip = {form.table for form in made.forms} if made is not None else set()
    return with_forms(opened, arguments.beside, skip, period, password_of)


def _period(text: str, option: str, parse: Callable[[object], _P], example: str) -> _P:
    """Raises UsageError."""
    if _YEARLESS.fullmatch(squeezed(text)):
        raise UsageError(f"{option}：“{text}”没有写年份，请写成 {example} 的样子")
    try:
        return parse(text)
    except ValueError as error:
        raise UsageError(f"{option}：{error}") from None


def person_of(text: str, opened: Opened) -> str:
    """The 工号 that is meant: itself, or the name of one person only.  Raises UsageError for a name of several."""
    wanted = normal(text)
    if wanted in opened.names:
        return wanted
    named = [person for person, name in opened.names.items() if person and squeezed(name) == squeezed(text)]
    if len(named) > 1:
        raise UsageError(f"--id：叫{text}的有 {len(named)} 人，请写工号：{'、'.join(named)}")
    return named[0] if named else wanted
