"""Units, the run loop, Ray."""
