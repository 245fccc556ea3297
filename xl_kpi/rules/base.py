"""What every kind of quantity shares: the fields that a policy writes, and the quantity that is run."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, ClassVar, Generic, Protocol, Self, TypeVar

import numpy as np
from pydantic import BaseModel, ConfigDict

from xl_kpi.period import SIZES
from xl_kpi.rules.calls import Call
from xl_kpi.rules.expression import ANY, ChoicesOf, Env, Node, TypeOf
from xl_kpi.rules.expression.node import At
from xl_kpi.rules.form import OnForm
from xl_kpi.rules.periods import UNITS, Grain, Period, unfit
from xl_kpi.rules.values import OK, Value


class PolicyError(ValueError):
    """A policy file that cannot be used; the text says the file, the key's path and what is allowed.  ``at``: where
    in which expression (``Node.at``); ``errors``: each thing that is wrong, where they are several."""

    def __init__(self, text: str, at: At | None = None, errors: Sequence[PolicyError] = ()):
        super().__init__(text)
        self.at, self.errors = at, list(errors) or [self]

    @classmethod
    def of(cls, errors: Sequence[PolicyError]) -> PolicyError:
        """All of them, each once."""
        return cls("\n".join(dict.fromkeys(map(str, errors))), errors=errors)


# -- what a policy writes ---------------------------------------------------------------------------------------------

class Rule(BaseModel):
    """A quantity as it is written.  ``title`` and ``clause`` are what HR reads; ``period`` is how often it exists."""

    model_config = ConfigDict(extra="forbid", defer_build=True)
    # Fields that hold expressions: "person" are read over people, "row" over the rows of ``of_table``.
    expressions: ClassVar[dict[str, str]] = {}

    kind: str
    title: str = ""
    unit: str = ""
    clause: str = ""
    period: Grain = "month"
    note: str = ""
    rows: str = ""                  # the table whose rows the quantity is about, when it is not about people

    @property
    def of_table(self) -> str:
        """The table over whose rows expressions are read."""
        return ""


class ExprOrCases(Protocol):
    expr: str
    reading: str
    cases: dict[str, str]


ExprOrCasesT = TypeVar("ExprOrCasesT", bound=ExprOrCases)


def expr_or_cases(rule: ExprOrCasesT) -> ExprOrCasesT:
    """For a model: one expression, or one for each value of a reading.  Raises ValueError."""
    if bool(rule.expr) == bool(rule.reading) or bool(rule.reading) != bool(rule.cases):
        raise ValueError("要么写 expr，要么写 reading 和 cases")
    return rule


class Making(Protocol):
    """What a quantity may ask while a policy is compiled.  ``field`` is one of its own, '' the quantity itself."""

    def fail(self, field: str, text: object) -> PolicyError: ...
    def expression(self, field: str, text: str, rows: str = "", key: str = "",
                   bound: dict[str, Node] | None = None) -> Node: ...
    def cases(self, rule: Any, rows: str = "") -> Node: ...
    def table(self, field: str, name: str) -> Any: ...
    def parameter_keys(self, field: str, name: str, listed: bool = False) -> list[int | str]: ...
    def reading_values(self, field: str, name: str) -> list[str]: ...
    def on_roster(self, name: str) -> str: ...
    def grain(self, name: str) -> str: ...
    def choices(self, name: str) -> list[str] | None: ...


class Words(Protocol):
    """What a policy calls things, for describing a rule."""

    def title(self, name: str) -> str: ...
    def expression(self, text: str) -> str: ...
    def choice(self, rule: Any) -> list[str]: ...
    def sheet(self, table: str) -> str: ...
    def is_date(self, name: str) -> bool: ...
    def reading(self, name: str) -> str: ...


class Here(Env, Protocol):
    """The surroundings of one quantity at one period, over all people or a block of them."""

    period: Period
    ids: list[str]

    def value_at(self, name: str, period: Period) -> Value: ...
    def need_at(self, name: str, period: Period, mask: np.ndarray) -> None: ...
    def rows(self, table: str) -> Any: ...
    def roster_as_of(self, column: str, days: np.ndarray) -> Value: ...
    def need_as_of(self, column: str, days: np.ndarray, mask: np.ndarray) -> None: ...
    def at(self, period: Period) -> Here: ...
    def holding(self, period: Period, state: Value) -> Here: ...
    def elsewhere(self, period: Period) -> Here: ...
    def keys(self, parameter: str) -> list[Any]: ...
    def listed(self, parameter: str) -> bool: ...


# -- what is run ------------------------------------------------------------------------------------------------------

R = TypeVar("R", bound=Rule)


class Quantity(Generic[R]):
    """A quantity of a compiled policy: what was written (``rule``), its expressions (``nodes``: field → node), the
    ``type`` of its values (number, date, bool, choice).

    A kind is a subclass: how it is evaluated, what it asks for, how it explains itself, of what type it is, and how it
    is called.  Nothing outside of its module knows a kind by name.
    """

    written: ClassVar[type[Rule]] = Rule
    calls: ClassVar[tuple[Call, ...]] = ()
    # What a field must be; what is not named here must have a type.
    types: ClassVar[dict[str, str]] = {}
    may_be_blank: ClassVar[tuple[str, ...]] = ()            # … but for these
    # A local quantity gives a person's value from that person's values alone: it may be evaluated block by block.
    local: ClassVar[bool] = True
    by_row: ClassVar[bool] = False              # it may be about the rows of a table
    reads_rows: ClassVar[bool] = False          # it reads rows or dated changes, not values of a person and period
    needs_period: ClassVar[bool] = False
    workdays = False                            # it counts workdays itself

    def __init__(self, name: str, rule: R, nodes: dict[str, Node]):
        self.name, self.rule, self.nodes = name, rule, nodes
        self.kind, self.title, self.unit, self.clause = rule.kind, rule.title, rule.unit, rule.clause
        self.period, self.rows = rule.period, rule.rows
        self.type = ANY

    def rated_by(self, table: str) -> list[Any]:
        """Of what is made of the scores in a table's rows: the levels that these are told apart by, who rates the
        last."""
        return []

    # -- compiling --------------------------------------------------------------------------------------------------

    @classmethod
    def made(cls, name: str, rule: R, making: Making) -> Self:
        """The quantity of a rule.  Raises PolicyError."""
        cls.check(rule, making)
        nodes = {}
        for field in rule.expressions:
            value = getattr(rule, field)
            if not value and type(rule).model_fields[field].default != "":
                raise making.fail(field, "不能是空的")
            texts = value if isinstance(value, dict) else {"": value} if value else {}
            for key, text in texts.items():
                where = f"{field}.{key}" if key else field
                nodes[where] = making.expression(
                    where, text, rule.of_table if rule.expressions[field] == "row" else "")
        return cls(name, rule, nodes)

    @classmethod
    def check(cls, rule: R, making: Making) -> None:
        """What its fields have to be beyond their model, before its expressions are read."""

    def agree(self, making: Making) -> None:
        """What can be said of it when every name is known."""

    def wanted(self, field: str) -> str:
        """Of what type a field must be, '' where any will do."""
        return self.types.get(field, ANY)

    def type_of(self, of: TypeOf) -> str:
        """Of what type its values are."""
        raise NotImplementedError

    def choices(self, of: ChoicesOf) -> list[str] | None:
        """The labels of its values, None where they are not known beforehand."""
        return None

    # -- what it is made of -----------------------------------------------------------------------------------------

    def references(self) -> list[tuple[str, str]]:
        """(field, name) of every quantity or input named outside of expressions."""
        return []

    def periods(self, period: Period) -> list[tuple[str, Period]]:
        """The operands at other periods than ``period``: (name, period)."""
        return []

    def here(self) -> list[Node]:
        """The expressions over people that are read at the quantity's own period."""
        return list(self.nodes.values())

    def elsewhere(self, period: Period) -> list[tuple[Node, Period]]:
        """The expressions that are read at other periods."""
        return []

    @property
    def expression(self) -> Node | None:
        """The expression that it is, where it is nothing more."""
        return None

    def native_parts(self) -> list[Node] | None:
        """What Excel has to be able to say for it to be said there; None: it never is."""
        return [self.expression] if self.expression is not None else None

    def native(self, env: Here, settle: Callable[[Node], Node]) -> Node | None:
        """What it is as Excel can say it, None where that cannot be said now.  ``settle``: an expression with the
        readings chosen and the values of parameters."""
        return self.expression

    def on_form(self, form: OnForm) -> Node | None:
        """What it is on a form, as far as that can be said over what people write there; None: they write it itself.
        Raises ExpressionError."""
        return form.of(self.expression) if self.expression is not None and not self.rows else None

    @property
    def counts(self) -> bool:
        """Whether it counts what happened: left blank, nothing did."""
        return False

    # -- running ----------------------------------------------------------------------------------------------------

    def evaluate(self, env: Here) -> Value:
        raise NotImplementedError

    def demand(self, env: Here, used: np.ndarray) -> None:
        """Ask for what the elements ``used`` need but do not have."""
        raise NotImplementedError

    # -- saying -----------------------------------------------------------------------------------------------------

    def explain(self, env: Here, i: int) -> str:
        """One Chinese sentence: how the value of person ``i`` came about."""
        raise NotImplementedError

    def because(self, env: Here, i: int) -> str:
        """What decided a yes, down to the records; '' where that says no more than the yes itself."""
        return self.explain(env, i)

    def facts(self, env: Here, i: int) -> list[str]:
        """What a yes rests on in the end, each once: records with their dates, and comparisons."""
        return []

    def why_not(self, env: Here, i: int) -> str:
        """What decided a no, '' where it is not one thing."""
        return ""

    def records(self, env: Here, i: int) -> str:
        """The records that its amount is the sum of, '' where it is no such sum."""
        return ""

    def words(self, words: Words) -> list[str]:
        """The rule in words: one line, or a line and one for each value of a reading."""
        raise NotImplementedError


def check_window(window: Any, making: Making, own: str = "month", grain: str = "month") -> None:
    """Refuse a window that ends before it begins, or that cannot be seen from a period."""
    if isinstance(window, list) and window[0] > window[1]:
        raise making.fail("months", "第一个月要在最后一个月之前，如 [-2, 0]")
    if why := unfit(window, own, grain):
        raise making.fail("months", why)


def table_of_rows(rule: Any, making: Making) -> Any:
    """The table whose rows a rule looks at: any number a person, of days or of periods no longer than its own."""
    table = making.table("table", rule.table)
    if table.grain not in ("events", "items"):
        raise making.fail("table", f'{rule.table} 不是 grain = "events" 或 "items" 的表')
    longest = max((SIZES[c.type] for c in table.columns if c.type in SIZES and not c.ignored), default=0)
    if SIZES.get(rule.period, longest) < longest:
        own = UNITS[rule.period]
        raise making.fail("table", f"{rule.table} 的行不是按{own}的，按{own}的量看不到它们")
    return table


def check_repeats(rule: Any, making: Making) -> None:
    """Refuse what goes from one period to the next and is of none that does."""
    if rule.period not in SIZES:
        raise making.fail("", "要写明是每月、每季、每半年还是每年的")


def check_summands(rule: Any, making: Making) -> None:
    """Refuse a sum, a mean and the like of nothing."""
    if rule.how in ("sum", "mean", "min", "max", "streak") and not rule.of:
        raise making.fail("", f'how = "{rule.how}" 要写 of')


def lacking(value: Value, used: np.ndarray, size: int) -> np.ndarray:
    """The elements among ``used`` that have no value."""
    return used & (value.states(size) != OK)


def all_stated(making: Making, choices: list[str], nodes: Iterable[Node]) -> None:
    """Raises PolicyError when one of the nodes has a label that is not among the ``choices`` that were stated."""
    for node in nodes if choices else ():
        for label in node.choices(making.choices) or ():
            if label not in choices:
                raise making.fail("choices", f"缺少 {label}")


def named(pairs: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """The (field, name) that name something."""
    return [(field, name) for field, name in pairs if name]
