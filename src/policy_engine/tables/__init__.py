"""Cells, headers, files and workbooks of cases."""
