"""The functions for cells, thin: arguments in, one call of ``xl_kpi.functions``, answer out.

This package is the one name under ``UDF_MODULES``.  It imports xlwings (for the decorators) and nothing heavy.
"""

from xl_kpi.udfs.pay import EXPLAIN_PAY, FULL_ATTENDANCE_BONUS, MONTHLY_PAY, PERFORMANCE_PAY, STAR_PAY
from xl_kpi.udfs.policies import AWARD_RANK, FLOAT_PAY, GRADE, INDICATOR_SCORE, POOL_SHARE, RATER_SCORE, SCORE_PAY
from xl_kpi.udfs.scores import FULL_ATTENDANCE, QUARTER_SCORE, WEIGHTED_SCORE
from xl_kpi.udfs.stars import STAR_IN_FORCE, STAR_LEVEL, STAR_REVIEW
from xl_kpi.udfs.tools import KPI_CALC, KPI_PARAM, KPI_REASON, KPI_VERSION, RMB_UPPER

__all__ = [
    "AWARD_RANK", "EXPLAIN_PAY", "FLOAT_PAY", "FULL_ATTENDANCE", "FULL_ATTENDANCE_BONUS", "GRADE",
    "INDICATOR_SCORE", "KPI_CALC", "KPI_PARAM", "KPI_REASON", "KPI_VERSION", "MONTHLY_PAY", "PERFORMANCE_PAY",
    "POOL_SHARE", "QUARTER_SCORE", "RATER_SCORE", "RMB_UPPER", "SCORE_PAY", "STAR_IN_FORCE", "STAR_LEVEL",
    "STAR_PAY", "STAR_REVIEW", "WEIGHTED_SCORE",
]
