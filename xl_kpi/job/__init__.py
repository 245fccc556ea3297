"""The jobs: the month's pay, the quarter's review, 体检."""

from xl_kpi.job.lines import shown
from xl_kpi.job.run import findings, payroll, review

__all__ = ["findings", "payroll", "review", "shown"]
