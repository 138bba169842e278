"""From walks to frames."""
