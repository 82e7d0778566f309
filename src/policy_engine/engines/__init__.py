"""Rules as table expressions, run where the rows are."""
