"""One decision as a Python function."""
