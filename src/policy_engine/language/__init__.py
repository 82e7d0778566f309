"""The expression language: nodes, operators, syntax, types, and the evaluation that is the meaning."""
