"""The jobs: the result of an output, 体检."""

from xl_kpi.job.lines import shown
from xl_kpi.job.run import findings, payroll, read_by, result, review

__all__ = ["findings", "payroll", "read_by", "result", "review", "shown"]
