"""Evaluates a policy's quantities over people and periods; knows no workbook and no policy."""

from xl_kpi.engine.lacks import ChangeLack, InputLack, Lack, ParameterLack, RowLack, RuleRefused
from xl_kpi.engine.run import Run
from xl_kpi.engine.said import decimals_text, text_of, title_of
from xl_kpi.engine.views import NodeKey, RowView, View, month_of

__all__ = [
    "ChangeLack", "InputLack", "Lack", "NodeKey", "ParameterLack", "RowLack", "RowView", "RuleRefused", "Run", "View",
    "decimals_text", "month_of", "text_of", "title_of",
]
