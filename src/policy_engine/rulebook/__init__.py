"""Rule files: their shape, how they are read and composed, what they mean together."""
