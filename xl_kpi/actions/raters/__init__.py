"""Raters' sheets: who rates whom on which columns, handed out as small workbooks and collected again."""

from xl_kpi.actions.raters.collected import collect
from xl_kpi.actions.raters.forms import forms
from xl_kpi.actions.raters.handed_out import hand_out

__all__ = ["collect", "forms", "hand_out"]
