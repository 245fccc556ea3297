"""How a function for cells says that it refuses: what Python and VBA agree on.

xlwings can hand only values to Excel, and puts the message of an exception into the cell as text, which totals skip.
So in what comes back to the VBA wrapper
- ``SENTINEL`` (a value alone, or an element of an array) becomes a real #N/A;
- an exception of the class ``EXCEPTION`` becomes #N/A too: a whole call refused;
- any other exception (a defect, no Python, no DLL) becomes #VALUE!.
"""

SENTINEL = "#XLKPI!"
EXCEPTION = "xl_kpi.functions.Refused"      # as it stands in a traceback
