"""Pictures of surfaces, drawn from a generator: wood, stone, cloth, paper, paint.

An image is (n, n, 3) uint8 sRGB; colours given are linear RGB. All tile in both directions except rugs,
pictures and faces, which are whole images. Grain and planks run along u (columns). The size in metres
that one repeat covers is the caller's choice; where it matters the docstring says what suits.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from schemas.arrays import Bool, Float32, Float64, Int32, UInt8

Color = tuple[float, float, float]


def encoded(image: UInt8) -> bytes:
    """The image as JPEG: the same bytes for the same pixels."""
    data: bytes = cv2.imencode(".jpg", image[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])[1].tobytes()
    return data


def srgb(linear: Float64 | Float32 | Sequence[float]) -> UInt8:
    """Linear 0..1 as sRGB bytes, any shape."""
    value = np.clip(linear, 0.0, 1.0)
    return np.rint(255 * np.where(value <= 0.0031308, 12.92 * value, 1.055 * value ** (1 / 2.4) - 0.055)).astype(
        np.uint8
    )


def ramp(field: Float32, colors: Sequence[Color]) -> UInt8:
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
    seam = (y % (size // rows) < 1) | (along % step < 2)
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
    tone = generator.normal(0, 0.13, count).astype(np.float32)
    field = grain(generator, size)[(sample[0] + shift[0][board]) % size, (sample[1] + shift[1][board]) % size]
    return ramp(np.where(seam, (field + tone[board]) * 0.35, field + tone[board]), colors)


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
    seam = (y % (size // rows) < joint) | (shifted % (size // columns) < joint)
    tone = generator.normal(0, variation, (rows, columns)).astype(np.float32)[row, column]
    field = 0.75 + tone + variation * clouds(generator, size, 16, 3)
    image = np.zeros((size, size, 3), np.uint8)
    for k, color in enumerate(colors):
        face = (row + column) % len(colors) == k
        image[face] = ramp(field, (_scaled(color, 0.25), color, _scaled(color, 1.15)))[face]
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
        color = srgb(_scaled(chips[int(generator.integers(len(chips)))], float(generator.uniform(0.75, 1.1))))
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
    return ramp(0.93 + depth * field, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


# --- paper ----------------------------------------------------------------------------------------


def wallpaper(generator: np.random.Generator, ground: Color, figure: Color, size: int = 256) -> UInt8:
    """Stripes, dots, a trellis, scallops or sprigs. Suits 0.4 to 0.6 m."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    pattern = int(generator.integers(5))
    if pattern == 0:
        field = _soft(np.sin(2 * np.pi * 4 * u), 0.1) * 0.8 + 0.2 * _soft(np.sin(2 * np.pi * 16 * u) - 0.7, 0.2)
    elif pattern == 1:
        field = _soft(np.cos(2 * np.pi * 4 * u) * np.cos(2 * np.pi * 4 * v) - 0.62, 0.1)
    elif pattern == 2:
        lattice = np.abs(np.sin(np.pi * 4 * (u + v)) * np.sin(np.pi * 4 * (u - v)))
        field = 1 - _soft(lattice - 0.12, 0.05) + _soft(0.8 - np.abs(lattice - 0.97) * 20, 0.3) * 0.7
    elif pattern == 3:
        row = np.floor(v * 8)
        across = (u * 4 + 0.5 * (row % 2)) % 1 - 0.5
        radius = np.hypot(across * 2, (v * 8) % 1)
        field = _soft(np.sin(radius * 14), 0.4) * (radius < 1.02)
    else:
        field = _sprigs(generator, size)
    field = np.clip(field, 0, 1) * 0.85 + 0.05 * noise(generator, size, 64, 64) + 0.06
    return ramp(field.astype(np.float32), (ground, figure))


def _sprigs(generator: np.random.Generator, size: int) -> Float32:
    """Stems with leaves, half-dropped, as a field of 0..1."""
    field = np.zeros((2 * size, 2 * size), np.float32)
    lean = float(generator.uniform(20, 50))
    for k in range(4):
        centre = np.array([(k % 2) * 0.5 + 0.25, (k // 2) * 0.5 + 0.25 * (k % 2) + 0.1]) * size
        for du, dv in ((0, 0), (size, 0), (0, size), (size, size)):
            x, y = centre + np.array([du, dv])
            cv2.line(field, (int(x), int(y - size * 0.14)), (int(x), int(y + size * 0.2)), 0.8, 2, cv2.LINE_AA)
            for step in range(5):
                for side in (-1, 1):
                    leaf = int(x + side * size * 0.045), int(y + (step * 0.06 - 0.12) * size)
                    cv2.ellipse(field, leaf, (size // 20, size // 60), -side * lean, 0, 360, 1.0, -1, cv2.LINE_AA)
    half = size // 2
    return np.roll(field[half : half + size, half : half + size], (half, half), axis=(0, 1))


def _soft(value: Float32, width: float) -> Float32:
    """A step at 0, `width` wide."""
    step: Float32 = np.clip(value / width + 0.5, 0, 1).astype(np.float32)
    return step


# --- cloth ----------------------------------------------------------------------------------------


def weave(generator: np.random.Generator, threads: int = 64, contrast: float = 0.3, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: plain-woven cloth, or wicker where there are few threads."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) * threads / size
    over = (np.floor(u) + np.floor(v)) % 2
    warp, weft = np.sin(np.pi * (u % 1)), np.sin(np.pi * (v % 1))
    thread = np.where(over == 0, warp * (0.6 + 0.4 * weft), weft * (0.6 + 0.4 * warp))
    slub = noise(generator, size, threads, 4) + noise(generator, size, 4, threads)
    return ramp(1 - contrast * (1 - thread) + 0.06 * slub - 0.05, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


def knit(generator: np.random.Generator, stitches: int = 20, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: stocking stitch."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) * stitches / size
    lean = np.abs(u % 1 - 0.5)
    stitch = np.abs(np.sin(np.pi * (v + 0.9 * lean))) * (0.55 + 0.45 * np.sin(np.pi * ((2 * u) % 1)))
    field = 0.5 + 0.45 * stitch + 0.05 * noise(generator, size, size // 2, size // 2)
    return ramp(field, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


def pile(generator: np.random.Generator, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: carpet or terry. Suits 0.5 m."""
    tuft = noise(generator, size, size // 3, size // 3) + 0.5 * noise(generator, size, size // 2, size // 2)
    return ramp(0.8 + 0.16 * tuft + 0.05 * clouds(generator, size, 4, 2), ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


def leather(generator: np.random.Generator, size: int = 256) -> UInt8:
    """Nearly white, to be tinted: creased hide. Suits 0.5 m."""
    crease = np.minimum(np.abs(clouds(generator, size, 24, 2)), np.abs(clouds(generator, size, 24, 2)))
    patina = clouds(generator, size, 3, 3)
    return ramp(0.78 + 0.22 * np.clip(crease * 6, 0, 1) + 0.1 * patina - 0.05, ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))


def print_cloth(generator: np.random.Generator, ground: Color, figure: Color, size: int = 256) -> UInt8:
    """Cloth with a printed or woven figure: checks, stripes, chevrons or a wallpaper's figure."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    pattern = int(generator.integers(4))
    if pattern == 0:
        field = (_soft(np.sin(8 * np.pi * u), 0.1) + _soft(np.sin(8 * np.pi * v), 0.1)) / 2
    elif pattern == 1:
        field = _soft(np.sin(12 * np.pi * u), 0.1)
    elif pattern == 2:
        field = _soft(np.sin(2 * np.pi * (4 * v + np.abs((4 * u) % 2 - 1))), 0.15)
    else:
        return _textured(wallpaper(generator, ground, figure, size), weave(generator, 64, 0.25, size))
    return _textured(ramp(field, (ground, figure)), weave(generator, 64, 0.25, size))


def rug(generator: np.random.Generator, colors: Sequence[Color], size: int = 512) -> UInt8:
    """A whole rug: borders around stripes, lozenges or a mirrored ornament, in four or more colours."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    inset = np.minimum(np.minimum(u, 1 - u), np.minimum(v, 1 - v))
    style = int(generator.integers(4))
    if style == 0:
        index = (np.floor(u * 12 + 0.5 * np.sin(2 * np.pi * u)) % len(colors)).astype(int)
    elif style == 1:
        index = np.floor(np.abs((u * 6) % 2 - 1) * 3 + np.abs((v * 6) % 2 - 1) * 3).astype(int) % len(colors)
    elif style == 2:
        field = clouds(generator, size, 5, 3)
        field = field + field[::-1] + field[:, ::-1] + field[::-1, ::-1]
        medal = np.hypot((u - 0.5) * 2, (v - 0.5) * 2) * 3
        index = np.floor((field * 1.6 + medal) % len(colors)).astype(int)
    else:
        index = np.zeros((size, size), int)
    for k, (edge, width) in enumerate(((0.1, 0.03), (0.055, 0.03), (0.02, 0.02))):
        index = np.where(np.abs(inset - edge) < width / 2, (k + 1) % len(colors), index)
    image: UInt8 = srgb(np.asarray(colors))[index]
    return _textured(image, pile(generator, size))


def _textured(image: UInt8, shade: UInt8) -> UInt8:
    """Colours under the light and dark of a nearly white texture."""
    return cv2.multiply(image, shade, scale=1 / 255).astype(np.uint8)


# --- whole images ---------------------------------------------------------------------------------


def landscape(generator: np.random.Generator, sky: Color, land: Color, size: int = 256) -> UInt8:
    """A painting: a graded sky with a sun over ranges of hills that darken towards the viewer."""
    v, u = np.mgrid[0:size, 0:size].astype(np.float32) / size
    image = ramp(np.clip(1.5 * v, 0, 1), (_scaled(sky, 0.6), sky, _mixed(sky, (0.85, 0.7, 0.5), 0.7)))
    cx, cy = generator.uniform(0.2, 0.8), generator.uniform(0.15, 0.4)
    image[np.hypot(u - cx, v - cy) < generator.uniform(0.05, 0.1)] = srgb((0.85, 0.75, 0.5))
    for k in range(5):
        ridge = 0.4 + 0.12 * k + (0.10 - 0.012 * k) * clouds(generator, size, 3, 5)[0]
        color = _mixed(_mixed(sky, land, 0.35 + 0.16 * k), (0.02, 0.03, 0.03), 0.12 * k)
        below = v > ridge[None, :]
        image[below] = ramp(0.8 + 0.2 * clouds(generator, size, 8, 3, 2), ((0.0, 0.0, 0.0), color))[below]
    return image


def abstract(generator: np.random.Generator, colors: Sequence[Color], size: int = 256) -> UInt8:
    """A painting: overlapping discs, bars and brushed fields."""
    image = np.ascontiguousarray(np.broadcast_to(srgb(colors[0]), (size, size, 3)))
    for _ in range(int(generator.integers(5, 12))):
        color = srgb(colors[int(generator.integers(1, len(colors)))]).tolist()
        x, y = (int(value) for value in generator.integers(0, size, 2))
        reach = int(generator.integers(size // 12, size // 3))
        if generator.random() < 0.5:
            cv2.circle(image, (x, y), reach, color, -1, cv2.LINE_AA)
        else:
            cv2.rectangle(image, (x, y), (x + reach, y + int(reach * generator.uniform(0.2, 2.5))), color, -1)
    strokes = ramp(0.88 + 0.12 * clouds(generator, size, 48, 2, 12), ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)))
    return _textured(image, strokes)


def book_spine(size: int = 128) -> UInt8:
    """Nearly white, to be tinted: a spine with bands and the marks of a title."""
    image = np.full((size, size, 3), 225, np.uint8)
    for low, high, value in ((0.08, 0.11, 255), (0.14, 0.15, 255), (0.3, 0.62, 150), (0.84, 0.87, 255)):
        image[int(low * size) : int(high * size), :] = value
    image[int(0.33 * size) : int(0.59 * size), size // 6 : -size // 6] = 235
    for k in range(4):
        top = int((0.36 + 0.055 * k) * size)
        image[top : top + size // 40 + 1, size // 4 : size - size // 4 - (k % 3) * size // 10] = 90
    return image


def clock_face(size: int = 256) -> UInt8:
    """Twelve marks and two hands at ten past ten."""
    image = np.full((size, size, 3), 235, np.uint8)
    middle = size // 2
    for mark in range(60):
        direction = np.array([np.sin(mark * np.pi / 30), -np.cos(mark * np.pi / 30)]) * size
        inner, outer = middle + direction * (0.36 if mark % 5 == 0 else 0.42), middle + direction * 0.45
        ends = [tuple(int(value) for value in end) for end in (inner, outer)]
        cv2.line(image, ends[0], ends[1], (25, 25, 25), 4 if mark % 5 == 0 else 1, cv2.LINE_AA)
    for angle, length, width in ((np.pi * 305 / 180, 0.22, 7), (np.pi / 3, 0.36, 4)):
        end = int(middle + np.sin(angle) * length * size), int(middle - np.cos(angle) * length * size)
        cv2.line(image, (middle, middle), end, (20, 20, 20), width, cv2.LINE_AA)
    return image


def piano_keys(size: int = 256) -> UInt8:
    """Three octaves and a bit: white keys with the black ones in their groups."""
    image = np.full((size, size, 3), 235, np.uint8)
    keys = 28
    for key in range(keys):
        left = key * size // keys
        image[:, left : left + 1] = 60
        if key % 7 not in (2, 6):
            image[: int(0.62 * size), left + int(0.68 * size / keys) : left + int(1.32 * size / keys)] = 15
    return image


def desktop(generator: np.random.Generator, color: Color, size: int = 256) -> UInt8:
    """What a computer shows: windows with lines of text on a graded ground."""
    image = ramp(np.clip(0.5 + 0.5 * clouds(generator, size, 2, 2), 0, 1), (_scaled(color, 0.3), color))
    for low, high in (((0.08, 0.12), (0.55, 0.85)), ((0.6, 0.2), (0.92, 0.6))):
        x0, y0, x1, y1 = (int(value * size) for value in (*low, *high))
        image[y0:y1, x0:x1] = 232
        image[y0 : y0 + size // 24, x0:x1] = 70
        for y in range(y0 + size // 12, y1 - size // 30, size // 24):
            image[y : y + size // 80, x0 + size // 40 : x0 + int((x1 - x0) * generator.uniform(0.4, 0.92))] = 120
    return image


def _scaled(color: Color, factor: float) -> Color:
    return color[0] * factor, color[1] * factor, color[2] * factor


def _mixed(first: Color, second: Color, share: float) -> Color:
    a, b = np.asarray(first), np.asarray(second)
    mixed = a + (b - a) * share
    return float(mixed[0]), float(mixed[1]), float(mixed[2])
