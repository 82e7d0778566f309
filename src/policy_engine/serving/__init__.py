"""Answers over a wire: for language models by the Model Context Protocol, for programs by HTTP."""
