"""Real-time chat rooms in one file: every acknowledged message is on disk."""

__version__ = "0.1.0"
