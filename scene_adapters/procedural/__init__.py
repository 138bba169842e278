"""Endless homes from a seed."""
