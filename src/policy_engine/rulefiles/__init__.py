"""Rule files: their shape, how they are read and composed; the tree of them."""
