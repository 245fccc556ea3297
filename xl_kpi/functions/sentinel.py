"""How a function for cells says that it has no value: what Python and VBA agree on.

Over COM only values travel, and an exception would end as text in the cell, which totals skip.  So in what comes back
to VBA a value alone, or an element of an array,
- ``SENTINEL`` becomes a real #N/A: refused, the reason can be asked for;
- ``DEFECT`` becomes #VALUE!: something went wrong that nobody foresaw.
"""

SENTINEL = "#XLKPI!"
DEFECT = "#XLKPI?"
