"""Measured figures, with peers measured in the same run. Run one with `make bench NAME=…`."""
