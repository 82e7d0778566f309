"""What is asked of a case whose facts are not all known."""
