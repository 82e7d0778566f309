"""How an outcome looks; each report is a pure function of it."""
