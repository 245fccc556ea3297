"""xl-kpi: appraisal rules of a customer-service department turned into scores, stars and pay."""

from pathlib import Path

# ``xl_kpi.udfs`` and ``xl_kpi.workbooks`` are names of ours, so that no udfs.py or workbooks.py in a folder where
# somebody works is ever taken for them.  In the wheel they lie in here, in the repository beside this folder.
_HERE = Path(__file__).resolve().parent
if not (_HERE / "udfs").is_dir():
    __path__.append(str(_HERE.parent))
