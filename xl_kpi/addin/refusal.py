"""How a function for cells says that it refuses: the one constant that Python and VBA share.

xlwings can hand only values to Excel, no error.  So ``udfs`` give this text instead of a value they refuse (alone,
or as an element of an array), and the VBA wrapper puts a real #N/A in its place, which totals do not skip.
An exception that reaches VBA (a defect, no Python, no DLL) becomes #VALUE!.
"""

REFUSED_CELL = "#XLKPI!"
