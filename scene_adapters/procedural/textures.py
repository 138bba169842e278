"""Pictures of surfaces, drawn from a generator: wood, stone, cloth, paper, paint.

An image is (n, n, 3) uint8 sRGB; colours given are linear RGB. All tile in both directions except rugs.
Grain and planks run along u (columns). The size in metres
that one repeat covers is the caller's choice; where it matters the docstring says what suits.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from schemas.arrays import Bool, Float32, Float64, Int32, UInt8

Color = tuple[float, float, float]

BLACK_TO_WHITE: tuple[Color, Color] = ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))


def encoded(image: UInt8) -> bytes:
    """The image as JPEG: the same bytes for the same pixels."""
    data: bytes = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return data


def srgb(linear: Float64 | Float32 | Sequence[float]) -> UInt8:
    """Linear 0..1 as sRGB bytes, any shape."""
    value = np.clip(linear, 0.0, 1.0)
    coded = np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)
    quantised: UInt8 = np.rint(255 * coded).astype(np.uint8)
    return quantised


def ramp(field: Float32 | Float64, colors: Sequence[Color]) -> UInt8:
    """A field of 0..1 coloured along evenly spaced colours, mixed in linear light."""
    stops = np.linspace(0, 255, len(colors))
    table = srgb(np.stack([np.interp(np.arange(256), stops, channel) for channel in zip(*colors, strict=True)], axis=1))
    index = np.clip(field * 255, 0, 255).astype(np.uint8)
    coloured: UInt8 = table[index]
    return coloured


def noise(generator: np.random.Generator, size: int, rows: int, columns: int) -> Float32:
    """Smooth noise that tiles, about −1..1, with features of size/rows by size/columns pixels."""
    lattice = generator.uniform(-1, 1, (rows, columns)).astype(np.float32)
    padded = np.pad(lattice, 2, mode="wrap")
    map_x = ((np.arange(size, dtype=np.float32) + 0.5) * columns / size + 1.5).astype(np.float32)
    map_y = ((np.arange(size, dtype=np.float32) + 0.5) * rows / size + 1.5).astype(np.float32)
    grid_x, grid_y = np.meshgrid(map_x, map_y)
    smooth: Float32 = cv2.remap(padded, grid_x, grid_y, cv2.INTER_CUBIC)
    return smooth


def clouds(generator: np.random.Generator, size: int, cells: int, octaves: int = 4, stretch: int = 1) -> Float32:
    """Octaves of noise, about −1..1; features `stretch` times longer along u than across."""
    total = np.zeros((size, size), np.float32)
    for octave in range(octaves):
        rows = min(cells << octave, size)
        total += noise(generator, size, rows, max(1, rows // stretch)) / (1 << octave)
    return total / 1.4


# --- wood -----------------------------------------------------------------------------------------


def grain(generator: np.random.Generator, size: int = 512) -> Float32:
    """Wood grain along u as a field of 0..1: 0 late wood and pores, 1 early wood. Suits 1 to 1.5 m."""
    across = np.arange(size, dtype=np.float32)[:, None] / size
    warp = 2.2 * noise(generator, size, 3, 2) + 0.5 * noise(generator, size, 12, 3)
    rings = (10 * across + warp) % 1.0
    fibres = noise(generator, size, size // 4, 6) + 0.7 * noise(generator, size, size // 2, 24)
    tone = noise(generator, size, 6, 1)
    pores = noise(generator, size, size // 2, 48) > 0.72
    field = 0.62 + 0.18 * rings**2 * np.float32(-1) + 0.12 * fibres + 0.14 * tone
    clipped: Float32 = np.clip(field - 0.18 * pores, 0, 1).astype(np.float32)
    return clipped


def wood(generator: np.random.Generator, dark: Color, light: Color, size: int = 512) -> UInt8:
    """A board without joints."""
    return ramp(grain(generator, size), (dark, light))


def planks(
    generator: np.random.Generator, dark: Color, light: Color, rows: int = 8, columns: int = 1, size: int = 512
) -> UInt8:
    """Floor boards: `rows` side by side, `columns` end to end, staggered. Suits 1.2 to 2 m."""
    y, x = np.mgrid[0:size, 0:size]
    row = y * rows // size
    start = (generator.permutation(rows) * size // rows)[row]
    along = (x + start) % size
    board = row * columns + along * columns // size
    step = size // columns
    seam = (y % (size // rows) < 2) | (along % step < 2)
    return _boards(generator, (dark, light), board, rows * columns, (y, x), seam)


def herringbone(generator: np.random.Generator, dark: Color, light: Color, size: int = 512) -> UInt8:
    """Parquet of blocks 1 by 4 laid at right angles, 16 block widths a repeat. Suits 1.2 m."""
    length, cells = 4, 16
    pixels = size // cells
    y, x = np.mgrid[0:size, 0:size]
    i, j = x // pixels, y // pixels
    phase = (i - j) % (2 * length)
    level = phase < length
    board = np.where(level, j * cells + (i - phase) % cells, cells * cells + i * cells + (j + phase - length) % cells)
    fine_x, fine_y = x % pixels, y % pixels
    level_seam = (fine_y < 1) | ((phase == 0) & (fine_x < 1))
    upright_seam = (fine_x < 1) | ((phase == 2 * length - 1) & (fine_y < 1))
    sample = np.where(level, y, x), np.where(level, x, y)
    return _boards(
        generator, (dark, light), board, 2 * cells * cells, sample, np.where(level, level_seam, upright_seam)
    )


def _boards(
    generator: np.random.Generator,
    colors: tuple[Color, Color],
    board: Int32,
    count: int,
    sample: tuple[Int32, Int32],
    seam: Bool,
) -> UInt8:
    """Grain cut into boards, each from another place of the trunk and of its own tone."""
    size = len(board)
    shift = generator.integers(0, size, (2, count))
    tone = generator.normal(0, 0.17, count).astype(np.float32)
    field = grain(generator, size)[(sample[0] + shift[0][board]) % size, (sample[1] + shift[1][board]) % size]
    return ramp(np.where(seam, (field + tone[board]) * 0.2, field + tone[board]), colors)


# --- stone, clay, plaster -------------------------------------------------------------------------


def tiles(
    generator: np.random.Generator,
    colors: Sequence[Color],
    grout: Color,
    rows: int = 4,
    columns: int = 4,
    stagger: bool = False,
    variation: float = 0.05,
    size: int = 512,
) -> UInt8:
    """Ceramic tiles or bricks between joints; several colours make a chequer. A staggered bond needs even rows."""
    y, x = np.mgrid[0:size, 0:size]
    row = y * rows // size
    shifted = (x + (row % 2) * (size // columns // 2 if stagger else 0)) % size
    column = shifted * columns // size
    joint = max(2, size // 200)
    seam = (y * rows % size < joint * rows) | (shifted * columns % size < joint * columns)
    tone = generator.normal(0, variation, (rows, columns)).astype(np.float32)[row, column]
    field = 0.75 + tone + variation * clouds(generator, size, 16, 3)
    image = np.zeros((size, size, 3), np.uint8)
    for k, color in enumerate(colors):
        face = (row + column) % len(colors) == k
        image[face] = ramp(field, (scaled(color, 0.25), color, scaled(color, 1.15)))[face]
    image[seam] = ramp(0.8 + 0.15 * noise(generator, size, 64, 64), ((0.0, 0.0, 0.0), grout))[seam]
    return image


def terrazzo(generator: np.random.Generator, ground: Color, chips: Sequence[Color], size: int = 512) -> UInt8:
    """Stone chips cast in cement. Suits 0.6 to 1 m."""
    image = ramp(0.9 + 0.08 * clouds(generator, size, 32, 3), ((0.0, 0.0, 0.0), ground))
    wide = np.ascontiguousarray(np.tile(image, (2, 2, 1)))
    for _ in range(360):
        centre = generator.uniform(0, size, 2)
        reach = generator.uniform(0.004, 0.018) * size * generator.uniform(0.6, 1.0, 6)
        angle = np.sort(generator.uniform(0, 2 * np.pi, 6))
        outline = centre + reach[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        color = srgb(scaled(chips[int(generator.integers(len(chips)))], float(generator.uniform(0.75, 1.1))))
        for shift in ((0, 0), (size, 0), (0, size), (size, size)):
            cv2.fillPoly(wide, [np.rint(outline + shift).astype(np.int32)], color.tolist())
    middle: UInt8 = wide[size // 2 : size // 2 + size, size // 2 : size // 2 + size]
    return np.roll(middle, (size // 2, size // 2), axis=(0, 1))


def marble(generator: np.random.Generator, ground: Color, vein: Color, size: int = 512) -> UInt8:
    """Polished stone with veins. Suits 1 to 2 m."""
    bend = clouds(generator, size, 4, 4)
    vein_field = np.exp(-np.abs(clouds(generator, size, 3, 3) + 0.5 * bend) * 16)
    fine = np.exp(-np.abs(clouds(generator, size, 7, 4) - 0.3 * bend) * 30) * 0.5
    return ramp(1.0 - np.clip(0.65 * vein_field + fine + 0.12 * (bend + 1), 0, 1).astype(np.float32), (vein, ground))


def granite(generator: np.random.Generator, dark: Color, light: Color, size: int = 256) -> UInt8:
    """Speckled stone. Suits 0.4 to 0.6 m."""
    speckle = noise(generator, size, size // 2, size // 2) + 0.8 * noise(generator, size, size // 5, size // 5)
    return ramp(0.5 + 0.35 * speckle, (dark, light))


def plaster(generator: np.random.Generator, depth: float = 0.05, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: trowelled plaster, or concrete where `depth` is 0.2. Suits 1.5 to 3 m."""
    field = clouds(generator, size, 4, 5) + 0.3 * noise(generator, size, size // 2, size // 2)
    return ramp(0.93 + depth * field, BLACK_TO_WHITE)


# --- cloth ----------------------------------------------------------------------------------------


def weave(generator: np.random.Generator, threads: int = 64, contrast: float = 0.3, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: plain-woven cloth, or wicker where there are few threads."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) * threads / size
    over = (np.floor(u) + np.floor(v)) % 2
    warp, weft = np.sin(np.pi * (u % 1)), np.sin(np.pi * (v % 1))
    thread = np.where(over == 0, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    slub = noise(generator, size, threads, 4) + noise(generator, size, 4, threads)
    return ramp(1 - contrast * (1 - thread) + 0.06 * slub - 0.05, BLACK_TO_WHITE)


def knit(generator: np.random.Generator, stitches: int = 20, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: stocking stitch."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) * stitches / size
    lean = np.abs(u % 1 - 0.5)
    stitch = np.abs(np.sin(np.pi * (v + 0.9 * lean))) * (0.55 + 0.45 * np.sin(np.pi * ((2 * u) % 1)))
    field = 0.5 + 0.45 * stitch + 0.05 * noise(generator, size, size // 2, size // 2)
    return ramp(field, BLACK_TO_WHITE)


def pile(generator: np.random.Generator, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: carpet or terry. Suits 0.5 m."""
    tuft = noise(generator, size, size // 3, size // 3) + 0.5 * noise(generator, size, size // 2, size // 2)
    return ramp(0.8 + 0.16 * tuft + 0.05 * clouds(generator, size, 4, 2), BLACK_TO_WHITE)


def leather(generator: np.random.Generator, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: creased hide. Suits 0.5 m."""
    crease = np.minimum(np.abs(clouds(generator, size, 24, 2)), np.abs(clouds(generator, size, 24, 2)))
    patina = clouds(generator, size, 3, 3)
    return ramp(0.78 + 0.22 * np.clip(crease * 6, 0, 1) + 0.1 * patina - 0.05, BLACK_TO_WHITE)


# --- figures --------------------------------------------------------------------------------------

Figure = Callable[[Float32, Float32], Float32]
"""What is printed: 0..1 at (u, v), each a grid over one repeat of 0..1."""


def stripes(u: Float32, v: Float32) -> Float32:
    """Broad and narrow stripes."""
    return _soft(np.sin(8 * np.pi * u), 0.1) * 0.8 + 0.2 * _soft(np.sin(32 * np.pi * u) - 0.7, 0.2)


def bars(u: Float32, v: Float32) -> Float32:
    """Even stripes."""
    return _soft(np.sin(12 * np.pi * u), 0.1)


def checks(u: Float32, v: Float32) -> Float32:
    """Gingham."""
    crossed: Float32 = (_soft(np.sin(8 * np.pi * u), 0.1) + _soft(np.sin(8 * np.pi * v), 0.1)) / np.float32(2)
    return crossed


def chevrons(u: Float32, v: Float32) -> Float32:
    """Zigzags."""
    return _soft(np.sin(2 * np.pi * (4 * v + np.abs((4 * u) % 2 - 1))), 0.15)


def dots(u: Float32, v: Float32) -> Float32:
    """Dots, half-dropped."""
    return _soft(np.cos(8 * np.pi * u) * np.cos(8 * np.pi * v) - 0.62, 0.1)


def trellis(u: Float32, v: Float32) -> Float32:
    """Crossing lines with a dot in each field."""
    lattice = np.abs(np.sin(4 * np.pi * (u + v)) * np.sin(4 * np.pi * (u - v)))
    return np.clip(1 - _soft(lattice - 0.12, 0.05) + _soft(0.8 - np.abs(lattice - 0.97) * 20, 0.3) * 0.7, 0, 1)


def scallops(u: Float32, v: Float32) -> Float32:
    """Overlapping fans."""
    across = (u * 4 + 0.5 * (np.floor(v * 8) % 2)) % 1 - 0.5
    radius = np.hypot(across * 2, (v * 8) % 1)
    return _soft(np.sin(radius * 14), 0.4) * (radius < 1.02)


def sprigs(u: Float32, v: Float32) -> Float32:
    """Stems with leaves, half-dropped."""
    size = len(u)
    wide = np.zeros((2 * size, 2 * size), np.float32)
    for k in range(4):
        centre = np.array([(k % 2) * 0.5 + 0.25, (k // 2) * 0.5 + 0.25 * (k % 2) + 0.1]) * size
        for shift in ((0, 0), (size, 0), (0, size), (size, size)):
            x, y = centre + np.array(shift)
            cv2.line(wide, (int(x), int(y - size * 0.14)), (int(x), int(y + size * 0.2)), 0.8, 2, cv2.LINE_AA)
            for step in range(5):
                for side in (-1, 1):
                    leaf = int(x + side * size * 0.045), int(y + (step * 0.06 - 0.12) * size)
                    cv2.ellipse(wide, leaf, (size // 20, size // 60), -side * 35, 0, 360, 1.0, -1, cv2.LINE_AA)
    half = size // 2
    return np.roll(wide[half : half + size, half : half + size], (half, half), axis=(0, 1))


FIGURES: tuple[Figure, ...] = (stripes, bars, checks, chevrons, dots, trellis, scallops, sprigs)


def wallpaper(generator: np.random.Generator, figure: Figure, ground: Color, ink: Color, size: int = 256) -> UInt8:
    """Printed paper. Suits 0.4 to 0.6 m."""
    paper = 0.05 * noise(generator, size, 64, 64) + 0.06
    return ramp(0.85 * figure(*_grid(size)) + paper, (ground, ink))


def print_cloth(generator: np.random.Generator, figure: Figure, ground: Color, ink: Color, size: int = 256) -> UInt8:
    """Printed or woven cloth. Suits 0.3 to 0.5 m."""
    return shaded(ramp(figure(*_grid(size)), (ground, ink)), weave(generator, 64, 0.25, size))


def _grid(size: int) -> tuple[Float32, Float32]:
    """U and v of the pixels of one repeat."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    return u, v


def _soft(value: Float32, width: float) -> Float32:
    """A step at 0, `width` wide."""
    step: Float32 = np.clip(value / width + 0.5, 0, 1).astype(np.float32)
    return step


# --- rugs -----------------------------------------------------------------------------------------

RugField = Callable[[np.random.Generator, Float32, Float32], Float32]
"""Which colour lies where on a rug: a field whose whole part counts through the colours."""


def plain_field(generator: np.random.Generator, u: Float32, v: Float32) -> Float32:
    """One colour."""
    return np.zeros_like(u)


def banded_field(generator: np.random.Generator, u: Float32, v: Float32) -> Float32:
    """Bands across."""
    band: Float32 = u * 12 + 0.5 * np.sin(2 * np.pi * u)
    return band


def lozenge_field(generator: np.random.Generator, u: Float32, v: Float32) -> Float32:
    """Lozenges in lozenges."""
    distance: Float32 = np.abs((u * 6) % 2 - 1) * 3 + np.abs((v * 6) % 2 - 1) * 3
    return distance


def ornament_field(generator: np.random.Generator, u: Float32, v: Float32) -> Float32:
    """A mirrored ornament around a medallion."""
    cloud = clouds(generator, len(u), 5, 3)
    mirrored = cloud + cloud[::-1] + cloud[:, ::-1] + cloud[::-1, ::-1]
    field: Float32 = np.abs(mirrored * 1.6) + np.hypot(u - 0.5, v - 0.5) * 6
    return field


RUG_FIELDS: tuple[RugField, ...] = (plain_field, banded_field, lozenge_field, ornament_field)


def rug(generator: np.random.Generator, field: RugField, colors: Sequence[Color], size: int = 512) -> UInt8:
    """A whole rug, not to be tiled: three borders around a field."""
    u, v = _grid(size)
    inset = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    index = np.floor(field(generator, u, v)).astype(int) % len(colors)
    for k, (low, high) in enumerate(((0.085, 0.115), (0.04, 0.07), (0.0, 0.03))):
        index = np.where((inset >= low) & (inset < high), (k + 1) % len(colors), index)
    coloured: UInt8 = srgb(np.asarray(colors))[index]
    return shaded(coloured, pile(generator, size))


# --- colour ---------------------------------------------------------------------------------------


def shaded(image: UInt8, shade: UInt8) -> UInt8:
    """Colours under the light and dark of a nearly white texture."""
    product: UInt8 = cv2.multiply(image, shade, scale=1 / 255)
    return product


def scaled(color: Color, factor: float) -> Color:
    """Darker or lighter."""
    return color[0] * factor, color[1] * factor, color[2] * factor


def mixed(first: Color, second: Color, share: float) -> Color:
    """Between two colours, `share` of the second."""
    red, green, blue = np.asarray(first) * (1 - share) + np.asarray(second) * share
    return float(red), float(green), float(blue)
