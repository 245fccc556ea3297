"""Row-wise expressions of a policy, parsed once and used three times.

Each node is a small class that can

- ``evaluate`` itself over an array of people, exactly;
- say which elements of its operands a result really ``demand``s (so that only what is used is asked for);
- ``explain`` itself for one person, in Chinese, with numbers;
- write itself as a native Excel ``formula``;
- say of what type it is (``type_of``), checked when a policy is loaded.
"""

from xl_kpi.rules.expression.arithmetic import SYMBOLS, Arithmetic, Function
from xl_kpi.rules.expression.choosing import Case, Default, If
from xl_kpi.rules.expression.conditions import Compare, Logic, Not, OneOf, Present
from xl_kpi.rules.expression.dates import DateFunction
from xl_kpi.rules.expression.leaves import Blank, Const, Nothing, Parameter, Ref, Refuse, number_text
from xl_kpi.rules.expression.loop import Each
from xl_kpi.rules.expression.node import (
    ANY,
    BOOL,
    DATE,
    NUMBER,
    TEXT,
    ChoicesOf,
    Env,
    ExpressionError,
    Node,
    TypeOf,
    rebuilt,
)
from xl_kpi.rules.expression.reader import FUNCTIONS, TOO_DEEP, Scope, parse
from xl_kpi.rules.expression.types import common, need

__all__ = [
    "ANY", "BOOL", "DATE", "FUNCTIONS", "NUMBER", "SYMBOLS", "TEXT", "TOO_DEEP", "Arithmetic", "Blank", "Case",
    "ChoicesOf", "Compare", "Const", "DateFunction", "Default", "Each", "Env", "ExpressionError", "Function", "If",
    "Logic", "Node", "Not", "Nothing", "OneOf", "Parameter", "Present", "Ref", "Refuse", "Scope", "TypeOf", "common",
    "need", "number_text", "parse", "rebuilt",
]
