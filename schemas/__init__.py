"""What is a datum? Frozen dataclasses and NumPy only; the user's configuration alone is pydantic."""
