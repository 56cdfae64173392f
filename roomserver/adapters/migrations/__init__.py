"""How the tables came to be. Each file in ``versions/`` is one step, applied once, at start."""
