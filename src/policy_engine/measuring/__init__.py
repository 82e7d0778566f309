"""How long a document is, and how it is laid out."""
