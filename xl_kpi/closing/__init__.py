"""Closing: what a result was computed from and what came out, kept so that it can be computed again."""
