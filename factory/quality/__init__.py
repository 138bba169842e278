"""Decides whether an episode is worth keeping."""
