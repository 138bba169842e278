"""From walks to frames."""

from factory.rendering.child import ChildLimits
from factory.rendering.looks import looks
from factory.rendering.unit import cross_check, render_unit

__all__ = ["ChildLimits", "cross_check", "looks", "render_unit"]
