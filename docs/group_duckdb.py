"""What a group's table says, asked in DuckDB.

    xl-kpi group … --table 表.parquet
    python docs/group_duckdb.py 表.parquet

DuckDB reads the file as it lies there; money is exact (DECIMAL), as in the workbooks.
"""

import sys

import duckdb

table = duckdb.read_parquet(sys.argv[1]) if sys.argv[1].endswith(".parquet") else duckdb.read_csv(sys.argv[1])
amounts = duckdb.sql("""
    SELECT *, CAST(value AS DECIMAL(18, 2)) AS amount FROM "table" WHERE type = 'money'
""")
print(duckdb.sql("""
    SELECT department, workbook, period, count(DISTINCT person) AS people, sum(amount) AS pay
    FROM amounts WHERE quantity = '实发合计' GROUP BY ALL ORDER BY pay DESC
"""))
print(duckdb.sql("""
    SELECT policy, quantity, sum(amount) AS total FROM amounts GROUP BY ALL ORDER BY policy, total DESC
"""))
