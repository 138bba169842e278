"""Putting furniture in one room, piece by piece, where it may stand.

Heights are above the room's floor; x and y are the world's.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from scene_adapters.procedural.finishes import Palette
from scene_adapters.procedural.furniture import build
from scene_adapters.procedural.placement import (
    FLAT,
    YAW_AT,
    Block,
    Placed,
    Window,
    floor_before,
    hanging,
    mounted,
    stood,
    stretched,
    tops,
)
from scene_adapters.procedural.rectangles import Rectangle, Side, sides
from scene_adapters.procedural.shapes import Piece
from scene_adapters.procedural.walking import walkable

_BEHIND = 0.016  # from a wall to a piece's back: more than the skirting, metres


class Arrangement:
    """The furniture of one room as it grows. Every method that adds a piece returns it, or None where none fits.

    inside : the floor; height : of the ceiling; doors : floor to be kept free at each door
    blocks : what stands there already; windows : in the sides of `inside`
    """

    def __init__(
        self,
        inside: Rectangle,
        height: float,
        doors: Sequence[Rectangle],
        blocks: Sequence[Block],
        windows: Sequence[Window],
        palette: Palette,
        generator: np.random.Generator,
    ) -> None:
        self.inside = inside
        self.height = height
        self.windows = tuple(windows)
        self.generator = generator
        self.placed: list[Placed] = []
        self._doors = tuple(doors)
        self._blocks = list(blocks)
        self._kept_free: list[tuple[Placed, Rectangle]] = []
        self._palette = palette

    def chance(self, probability: float) -> bool:
        """True with that probability."""
        return bool(self.generator.random() < probability)

    def make(self, kind: str) -> Piece:
        """A new piece of that kind."""
        return build(kind, self._palette, self.generator)

    def sides(self) -> list[Side]:
        """The room's sides, the longest stretch without doors first."""
        return sorted(sides(self.inside), key=lambda side: -self._unbroken(side))

    # --- adding -----------------------------------------------------------------------------------

    def against_wall(
        self, kind: str, front: float = 0.5, among: Sequence[Side] | None = None, middle: bool = False
    ) -> Placed | None:
        """With its back to a wall and `front` metres kept free before it, at a drawn place or nearest the middle."""
        piece = self.make(kind)
        chosen = list(among) if among is not None else [sides(self.inside)[i] for i in self.generator.permutation(4)]
        for side in chosen:
            low, high = side.low + piece.size[0] / 2 + 0.02, side.high - piece.size[0] / 2 - 0.02
            if high < low:
                continue
            spots = np.linspace(low, high, max(2, int((high - low) / 0.12)))
            center = (side.low + side.high) / 2
            order = (
                np.argsort(np.abs(spots - center), kind="stable") if middle else self.generator.permutation(len(spots))
            )
            for along in spots[order]:
                found = self.try_at_wall(kind, piece, side, float(along), front)
                if found is not None:
                    return found
        return None

    def in_corner(self, kind: str, front: float = 0.0) -> Placed | None:
        """With its back to a wall and a side to another."""
        piece = self.make(kind)
        for i in self.generator.permutation(8):
            side = sides(self.inside)[i // 2]
            reach = piece.size[0] / 2 + _BEHIND
            along = side.low + reach if i % 2 else side.high - reach
            found = self.try_at_wall(kind, piece, side, along, front)
            if found is not None:
                return found
        return None

    def try_at_wall(self, kind: str, piece: Piece, side: Side, along: float, front: float) -> Placed | None:
        """At one place along a side."""
        x, y = side.point(along, _BEHIND + piece.size[1] / 2)
        placed = stood(kind, piece, x, y, 0.0, YAW_AT[side.axis, side.inward])
        if any(self._covers(window, side, placed) for window in self.windows):
            return None
        return self._kept(placed, front=front)

    def beside(self, anchor: Placed, kind: str, hand: int, gap: float = 0.04, front: float = 0.0) -> Placed | None:
        """Next to `anchor`, right (+1) or left (−1) of it as it looks, backs aligned."""
        piece = self.make(kind)
        right = hand * ((anchor.piece.size[0] + piece.size[0]) / 2 + gap)
        x, y = anchor.ahead(right, (piece.size[1] - anchor.piece.size[1]) / 2)
        placed = stood(kind, piece, x, y, 0.0, anchor.yaw)
        if any(self._covers(window, window.side, placed) for window in self.windows):
            return None
        return self._kept(placed, anchor, front)

    def before(
        self, anchor: Placed, kind: str, distance: float, turn: float = math.pi, right: float = 0.0
    ) -> Placed | None:
        """In front of `anchor`, `distance` between their edges, turned against it by `turn`; π faces it."""
        piece = self.make(kind)
        across = abs(math.sin(turn)) * piece.size[0] + abs(math.cos(turn)) * piece.size[1]
        x, y = anchor.ahead(right, anchor.piece.size[1] / 2 + distance + across / 2)
        return self._kept(stood(kind, piece, x, y, 0.0, anchor.yaw + turn), anchor)

    def around(self, table: Placed, kind: str, most: int) -> list[Placed]:
        """Chairs that face the table: along both long sides first, then at its ends."""
        seat = self.make(kind)
        width, depth, _ = table.piece.size
        gap = float(self.generator.uniform(0.02, 0.08))
        count = max(1, int((width - 0.1) / (seat.size[0] + 0.12)))
        rights = [(i + 0.5) * width / count - width / 2 for i in range(count)]
        out = (depth + seat.size[1]) / 2 + gap
        spots = [spot for right in rights for spot in ((right, out, math.pi), (right, -out, 0.0))]
        end = (width + seat.size[1]) / 2 + gap
        spots += [(end, 0.0, math.pi / 2), (-end, 0.0, -math.pi / 2)]
        found: list[Placed] = []
        for right, forward, turn in spots:
            x, y = table.ahead(right, forward)
            chair = self._kept(stood(kind, seat, x, y, 0.0, table.yaw + turn), table) if len(found) < most else None
            found += [] if chair is None else [chair]
        return found

    def in_middle(self, kind: str, spread: float = 0.35) -> Placed | None:
        """Away from the walls, near the centre, along one axis or the other."""
        return self._near_centre(kind, self.make(kind), spread)

    def pillar(self, kind: str) -> Placed | None:
        """Away from the walls, from the floor to the ceiling."""
        piece = self.make(kind)
        return self._near_centre(kind, stretched(piece, piece.size[0], self.height), 0.8)

    def _near_centre(self, kind: str, piece: Piece, spread: float) -> Placed | None:
        x, y = self.inside.center
        along = 0.0 if self.inside.width > self.inside.depth else math.pi / 2
        for attempt in range(24):
            reach = spread * attempt / 24
            shift = self.generator.uniform(-reach, reach, 2) * (self.inside.width, self.inside.depth)
            yaw = along if attempt % 3 else along + math.pi / 2
            placed = stood(kind, piece, x + float(shift[0]), y + float(shift[1]), 0.0, yaw)
            found = self._kept(placed, margin=0.75)
            if found is not None:
                return found
        return None

    def scattered(self, kind: str) -> Placed | None:
        """Anywhere on the floor, turned at will."""
        piece = self.make(kind)
        for _ in range(12):
            yaw = float(self.generator.uniform(0, 2 * math.pi))
            x = float(self.generator.uniform(self.inside.x0, self.inside.x1))
            y = float(self.generator.uniform(self.inside.y0, self.inside.y1))
            found = self._kept(stood(kind, piece, x, y, 0.0, yaw))
            if found is not None:
                return found
        return None

    def under(self, anchor: Placed, kind: str, forward: float = 0.0) -> Placed | None:
        """A rug under `anchor`, its middle `forward` of it."""
        piece = self.make(kind)
        x, y = anchor.ahead(0.0, forward)
        return self._kept(stood(kind, piece, x, y, 0.0, anchor.yaw), anchor)

    def on(self, anchor: Placed, kind: str, facing: bool = False) -> Placed | None:
        """On one of the anchor's tops; `facing` in the middle of it and turned as the anchor is."""
        piece = self.make(kind)
        places = list(tops(anchor))
        for i in self.generator.permutation(len(places)):
            spot, z, room_above = places[i]
            if piece.size[2] > room_above:
                continue
            for _ in range(1 if facing else 6):
                turn = 0.0 if facing else float(self.generator.normal(0, 0.15))
                free = Rectangle(spot.x0, spot.y0, spot.x1, spot.y1).grown(-max(piece.size[:2]) / 2)
                if facing or free.x0 > free.x1 or free.y0 > free.y1:
                    x, y = spot.center
                else:
                    x = float(self.generator.uniform(free.x0, free.x1))
                    y = float(self.generator.uniform(free.y0, free.y1))
                placed = stood(kind, piece, x, y, z, anchor.yaw + turn)
                if spot.grown(0.02).contains(placed.block.footprint) and not self._met(placed.block, anchor):
                    return self._add(placed)
        return None

    def hung(
        self, kind: str, low: float, above: Placed | None = None, among: Sequence[Side] | None = None
    ) -> Placed | None:
        """On a wall with its lower edge `low` above the floor: over the middle of a piece, or at a drawn place."""
        piece = self.make(kind)
        for side, along in self._hanging_places(piece, above, among):
            found = self.try_hung(kind, piece, side, along, low)
            if found is not None:
                return found
        return None

    def try_hung(self, kind: str, piece: Piece, side: Side, along: float, low: float) -> Placed | None:
        """On a wall at one place, clear of windows and doors."""
        x, y = side.point(along, 0.003)
        placed = mounted(kind, piece, x, y, low, YAW_AT[side.axis, side.inward])
        if any(self._hides(window, side, placed) for window in self.windows):
            return None
        if placed.block.high > self.height - 0.03 or not self.inside.contains(placed.block.footprint):
            return None
        return None if self._met(placed.block, None) or self._at_door(placed.block) else self._add(placed)

    def dressed(self, window: Window, kind: str, width: float, low: float, high: float) -> Placed | None:
        """A curtain or blind before a window, stretched to `width` and to reach from `low` to `high`."""
        piece = stretched(self.make(kind), width, high - low)
        x, y = window.side.point((window.low + window.high) / 2, 0.045)
        placed = mounted(kind, piece, x, y, low, YAW_AT[window.side.axis, window.side.inward])
        if self._met(placed.block, None) or self._at_door(placed.block):
            return None
        return self._add(placed) if self.inside.contains(placed.block.footprint) else None

    def overhead(self, kind: str, x: float, y: float) -> Placed | None:
        """Under the ceiling, at the place nearest to (x, y) that is clear."""
        piece = self.make(kind)
        for dx, dy in sorted(
            ((i * 0.2, j * 0.2) for i in range(-4, 5) for j in range(-4, 5)), key=lambda step: math.hypot(*step)
        ):
            placed = hanging(kind, piece, x + dx, y + dy, self.height)
            if self.inside.contains(placed.block.footprint) and not self._met(placed.block, None):
                return self._add(placed)
        return None

    # --- checking ---------------------------------------------------------------------------------

    def _kept(
        self, placed: Placed, near: Placed | None = None, front: float = 0.0, margin: float = 0.0
    ) -> Placed | None:
        """Add a standing piece if it may stand there. What is kept free before `near` does not count."""
        footprint, flat = placed.block.footprint, placed.block.high <= FLAT
        if not self.inside.contains(footprint) or placed.block.high > self.height + 1e-6:
            return None
        if flat:
            rugs = (other.block for other in self.placed if other.block.high <= FLAT)
            return None if any(placed.block.meets(rug) for rug in rugs) else self._add(placed)
        kept_free = [area for owner, area in self._kept_free if owner is not near]
        wanted = floor_before(placed, front)
        if (
            self._at_door(placed.block)
            or any(footprint.overlaps(area) for area in kept_free)
            or self._met(replace(placed.block, footprint=footprint.grown(margin)), None)
            or self._met(Block(wanted, 0.06, 1.5), None)
            or not self.inside.contains(wanted)
            or not walkable(self.inside, self._doors, (*self._blocks, placed.block))
        ):
            return None
        if front > 0:
            self._kept_free.append((placed, wanted))
        return self._add(placed)

    def _add(self, placed: Placed) -> Placed:
        self.placed.append(placed)
        self._blocks.append(placed.block)
        return placed

    def _met(self, block: Block, support: Placed | None) -> bool:
        ignored = None if support is None else support.block
        return any(other is not ignored and other.high > FLAT and block.meets(other) for other in self._blocks)

    def _at_door(self, block: Block) -> bool:
        return block.low < 2.15 and any(block.footprint.overlaps(door) for door in self._doors)

    def _covers(self, window: Window, side: Side, placed: Placed) -> bool:
        """Whether a standing piece rises before the glass."""
        return placed.block.high > window.sill + 0.05 and self._hides(window, side, placed)

    def _hides(self, window: Window, side: Side, placed: Placed) -> bool:
        strip = window.side.rectangle(window.low - 0.06, window.high + 0.06, 0.0, 0.25)
        pane = Block(strip, window.sill - 0.03, window.head + 0.06)
        return window.side == side and pane.meets(placed.block)

    def _hanging_places(
        self, piece: Piece, above: Placed | None, among: Sequence[Side] | None
    ) -> Iterator[tuple[Side, float]]:
        chosen = list(among) if among is not None else [sides(self.inside)[i] for i in self.generator.permutation(4)]
        for side in chosen:
            if above is not None:
                if YAW_AT[side.axis, side.inward] == above.yaw:
                    yield side, above.x if side.axis == 0 else above.y
                continue
            low, high = side.low + piece.size[0] / 2 + 0.1, side.high - piece.size[0] / 2 - 0.1
            if low < high:
                yield from ((side, float(along)) for along in self.generator.uniform(low, high, 5))

    def _unbroken(self, side: Side) -> float:
        """Length of the longest stretch of a side that no door interrupts."""
        strip = side.rectangle(side.low, side.high, 0.0, 0.1)
        cuts = [side.low, side.high]
        for door in self._doors:
            if door.overlaps(strip):
                cuts += [door.x0, door.x1] if side.axis == 0 else [door.y0, door.y1]
        cuts = sorted(min(max(cut, side.low), side.high) for cut in cuts)
        return max(b - a for a, b in zip(cuts[::2], cuts[1::2], strict=True))
