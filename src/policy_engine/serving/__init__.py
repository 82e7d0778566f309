"""Answers over a wire: for language models by the Model Context Protocol."""
