"""Chat, evaluation and comparison of a Korean-finance language model and its vanilla base."""

__version__ = "0.1.0"
