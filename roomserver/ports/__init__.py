"""What the server needs from the world. The docstrings are the contracts."""
