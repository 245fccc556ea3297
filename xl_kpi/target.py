"""One result of a policy: an output for one of its periods.  It is what a command asks for and what is closed."""

from __future__ import annotations

from dataclasses import dataclass, field

from xl_kpi.hand.texts import squeezed
from xl_kpi.period import SIZES, AnyPeriod, Span
from xl_kpi.policy.compiled import Output, Policy
from xl_kpi.policy.names import AT
from xl_kpi.policy.words import near_to
from xl_kpi.problems import UsageError
from xl_kpi.results import Naming

PER = AT | {"quarter": "按季度"}
EXAMPLES = {"month": "2016-12", "quarter": "2016Q4", "half": "2016H2", "year": "2016", "span": "2016-07..2016-09"}


@dataclass(frozen=True)
class Target:
    """``name``: of the output; '' for the pay, as the record of its closing has it."""

    name: str
    period: AnyPeriod
    output: Output = field(compare=False, repr=False)

    @classmethod
    def of(cls, output: Output, period: AnyPeriod) -> Target:
        return cls(cls.name_of(output), period, output)

    @staticmethod
    def name_of(output: Output) -> str:
        return "" if output.role == "payroll" else output.name

    @property
    def naming(self) -> Naming:
        return self.output.naming

    @property
    def sheet(self) -> str:
        """The name of its sheet."""
        return self.naming.sheet(str(self.period))

    @property
    def sheets(self) -> tuple[str, ...]:
        return () if self.output.forms else self.naming.all(str(self.period))

    def __str__(self) -> str:
        return f"{self.name} {self.period}".strip()

    def at(self, period: AnyPeriod) -> Target:
        """The same output for another period."""
        return Target(self.name, period, self.output)

    # -- on the command line, without the program and the workbook

    @property
    def options(self) -> str:
        name = f'"{self.name}"' if " " in self.name else self.name
        return f"--of {name} --period {self.period}" if self.name else f"--month {self.period}"

    @property
    def command(self) -> str:
        """What makes it."""
        if self.output.role == "review":
            return f"review --quarter {self.period}"
        return f"{'result' if self.name else 'payroll'} {self.options}"


def target_of(policy: Policy, period: AnyPeriod, of: str = "", role: str = "") -> Target:
    """What is meant by a period and the name of an output; without a name the one output of such a period, or the one
    with the ``role``.  Raises UsageError."""
    if of:
        return Target.of(*_fitting(output_of(policy, of), period))
    fitting = _of_grain(policy, period)
    preferred = [output for output in fitting if role and output.role == role]
    if len(preferred or fitting) == 1:
        return Target.of(*_fitting((preferred or fitting)[0], period))
    if fitting:
        raise UsageError(f"{period} 有 {'、'.join(o.name for o in fitting)}，要写明是哪一个",
                         again=f"--of {fitting[0].name}")
    there = "、".join(f"{o.name}（{PER[o.period]}，如 {EXAMPLES[o.period]}）" for o in policy.outputs.values())
    raise UsageError(f"《{policy.title}》没有{PER[period.grain]}的结果；有 {there}")


def targets_of(policy: Policy, period: AnyPeriod, of: Output | None = None) -> list[Target]:
    """All outputs of such a period, or the one that is named.  Raises UsageError when there is none."""
    found = _of_grain(policy, period)
    if of is not None or len(found) < 2:
        return [target_of(policy, period, of.name if of else "")]
    return [Target.of(*_fitting(output, period)) for output in found]


def _of_grain(policy: Policy, period: AnyPeriod) -> list[Output]:
    """The outputs of such a period; where there is none those from–to, which any period can be."""
    outputs = list(policy.outputs.values())
    return [one for one in outputs if one.period == period.grain] or [one for one in outputs if one.period == "span"]


def asked(policy: Policy, text: str) -> Target:
    """What a person answered who was asked for a result: 2016-12, or with its name before it (年度考核 2016).
    Raises UsageError."""
    from xl_kpi.hand.days import read_any

    name, _, tail = text.strip().rpartition(" ")
    try:
        return target_of(policy, read_any(tail), name, "payroll")
    except ValueError as error:
        raise UsageError(str(error)) from None


def monthly(policy: Policy) -> bool:
    """Whether a month alone says what is meant: there is the pay, and nothing but what belongs to it."""
    return policy.main.role == "payroll" and all(output.role for output in policy.outputs.values())


def examples(policy: Policy) -> str:
    """How one answers."""
    return "、".join(f"{output.name} {EXAMPLES[output.period]}" for output in policy.outputs.values())


def output_of(policy: Policy, name: str) -> Output:
    """An output by its name, as it was typed.  Raises UsageError."""
    found = next((o for o in policy.outputs.values() if squeezed(o.name) == squeezed(name)), None)
    if found is None:
        raise UsageError(f"--of：《{policy.title}》没有 {name}{near_to(name, policy.outputs)}；"
                         f"有 {'、'.join(policy.outputs)}")
    return found


def _fitting(output: Output, period: AnyPeriod) -> tuple[Output, AnyPeriod]:
    """The output with the period in its own terms: 2016-07..2016-12 is 2016H2.  Raises UsageError."""
    months = period.months
    other = Span.of(months[0], months[-1]) if output.period == "span" else (
        period if period.grain == output.period else months[0].within(output.period))
    if other.months != months:
        raise UsageError(f"--period：{output.name} {PER[output.period]}，要写成 {EXAMPLES[output.period]} 的样子，"
                         f"给的是 {period}")
    return output, other


def on_sheet(policy: Policy, name: str) -> Target | None:
    """Whose sheet it is by its name; None: of no output and period.  What HR keeps of a month under a name of its own
    (备注_2016-11) belongs to the month's pay."""
    from xl_kpi.hand.days import read_any

    head, _, tail = name.rpartition("_")
    try:
        period = read_any(tail) if head else None
    except ValueError:
        return None
    if period is None or str(period) != tail:
        return None
    for output in policy.outputs.values():
        if output.period == period.grain and not output.forms and name in output.naming.all(tail):
            return Target.of(output, period)
    pay = policy.payroll
    return Target.of(pay, period) if pay is not None and period.grain == "month" else None


def before(target: Target, closed: list[AnyPeriod]) -> AnyPeriod | None:
    """The period that has to be closed next, when some are; None where it is not of that order (from–to)."""
    return closed[-1] + 1 if target.output.period in SIZES else None
