"""The Excel add-in: its buttons, its build from text, its installation, and what may stand in its way.

``buttons``   the tab 「绩效薪酬」, one table; ``ribbon`` has the handlers
``wrappers``  the functions for cells as VBA, by xlwings' own generator
``build``     the .xlam from all of that
``install``   into XLSTART and the user's settings, and back
``doctor``    whether the machine lets it work
"""

PROJECT = "xl-kpi"                  # xlwings derives from it the sheet and the file of the settings
ADDIN_FILE = f"{PROJECT}.xlam"
