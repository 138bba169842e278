"""Axis-aligned rectangles on a floor: rooms, footprints of furniture, space to be kept free."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Rectangle:
    """x0 < x1 and y0 < y1, metres."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        """Extent along x, metres."""
        return self.x1 - self.x0

    @property
    def depth(self) -> float:
        """Extent along y, metres."""
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        """Square metres."""
        return self.width * self.depth

    @property
    def center(self) -> tuple[float, float]:
        """The middle, metres."""
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The four corners, counter-clockwise from (x0, y0)."""
        return (self.x0, self.y0), (self.x1, self.y0), (self.x1, self.y1), (self.x0, self.y1)

    def grown(self, margin: float) -> Rectangle:
        """Wider by `margin` on every side; a negative one shrinks."""
        return Rectangle(self.x0 - margin, self.y0 - margin, self.x1 + margin, self.y1 + margin)

    def within(self, other: Rectangle) -> Rectangle:
        """The part of it that lies in `other`; the two must overlap."""
        return Rectangle(max(self.x0, other.x0), max(self.y0, other.y0), min(self.x1, other.x1), min(self.y1, other.y1))

    def overlaps(self, other: Rectangle) -> bool:
        """Whether the insides meet by more than rounding."""
        return (
            min(self.x1, other.x1) - max(self.x0, other.x0) > 1e-6
            and min(self.y1, other.y1) - max(self.y0, other.y0) > 1e-6
        )

    def contains(self, other: Rectangle) -> bool:
        """Whether `other` lies within, up to rounding."""
        return (
            other.x0 >= self.x0 - 1e-6
            and other.x1 <= self.x1 + 1e-6
            and other.y0 >= self.y0 - 1e-6
            and other.y1 <= self.y1 + 1e-6
        )


@dataclass(frozen=True)
class Side:
    """One side of a rectangle, as a line to build along.

    axis : 0 where it runs along x, 1 along y
    at : its coordinate on the other axis; low, high : its ends; metres
    inward : +1 or −1, the way along the other axis into the rectangle
    """

    axis: int
    at: float
    low: float
    high: float
    inward: int

    @property
    def rightward(self) -> int:
        """+1 where somebody with the back to the side has its high end to the right, else −1."""
        return 1 if (self.axis == 0) == (self.inward == 1) else -1

    def rectangle(self, low: float, high: float, outer: float, inner: float) -> Rectangle:
        """What lies between `low` and `high` along the side and between `outer` and `inner` metres inward of it."""
        near, far = sorted((self.at + self.inward * outer, self.at + self.inward * inner))
        return Rectangle(low, near, high, far) if self.axis == 0 else Rectangle(near, low, far, high)

    def point(self, along: float, inner: float) -> tuple[float, float]:
        """The place `along` the side, `inner` metres inward of it."""
        across = self.at + self.inward * inner
        return (along, across) if self.axis == 0 else (across, along)


def sides(rectangle: Rectangle) -> tuple[Side, Side, Side, Side]:
    """South, north, west and east side."""
    r = rectangle
    return (
        Side(0, r.y0, r.x0, r.x1, 1),
        Side(0, r.y1, r.x0, r.x1, -1),
        Side(1, r.x0, r.y0, r.y1, 1),
        Side(1, r.x1, r.y0, r.y1, -1),
    )
