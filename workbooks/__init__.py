"""The workbooks that the product comes with: the layout of the standard workbook and the demo company."""
