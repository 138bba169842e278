"""Statistics of a LeRobot dataset: of an episode, and of all episodes together.

As the format wants them: min, max, mean, std, count and five quantiles of each entry of a vector, or channel of an
image. Quantiles of all together are bounds, the lowest of the lower ones and the highest of the upper ones, for
those of the whole cannot be had from those of its parts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from factory.shards import Sample
from pipelines import lerobot_dialect as dialect
from schemas.arrays import AnyArray, Float64

Stats = dict[str, Float64]

_QUANTILES = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
_LOOKED_AT = 8  # frames of an episode whose pixels are counted; neighbours are alike
_ACROSS = 120  # pixels counted of a row, at most


def episode_stats(sample: Sample, columns: Mapping[str, AnyArray], mounts: Sequence[str]) -> dict[str, Stats]:
    """Statistics of an episode's columns and images, by column. Colour is in 0..1, depth in millimetres.

    An image's have the shape (channels, 1, 1), and count the frames that were looked at. mounts : as of `Layout`
    """
    stats = {name: _of_rows(values.reshape(len(values), -1)) for name, values in columns.items()}
    frames = np.unique(np.linspace(0, sample.record.frames - 1, _LOOKED_AT).round().astype(int)).tolist()
    stride = -(-sample.record.camera.width // _ACROSS)
    for mount in mounts:
        color = [sample.rgb(i, mount)[::stride, ::stride].reshape(-1, 3) / 255 for i in frames]
        depth = [dialect.depth_image(sample, i, mount)[::stride, ::stride].reshape(-1, 1) for i in frames]
        stats[dialect.of_camera(dialect.RGB, mount)] = _of_images(color)
        stats[dialect.of_camera(dialect.DEPTH, mount)] = _of_images(depth)
    return stats


def together(one: Stats, other: Stats) -> Stats:
    """The statistics of two parts as one."""
    share = other["count"] / (one["count"] + other["count"])
    mean = one["mean"] + share * (other["mean"] - one["mean"])
    spread = share * (1 - share) * (other["mean"] - one["mean"]) ** 2
    return {
        "min": np.minimum(one["min"], other["min"]),
        "max": np.maximum(one["max"], other["max"]),
        "mean": mean,
        "std": np.sqrt((1 - share) * one["std"] ** 2 + share * other["std"] ** 2 + spread),
        "count": one["count"] + other["count"],
        **{
            name: (np.minimum if quantile <= 0.5 else np.maximum)(one[name], other[name])
            for name, quantile in _QUANTILES.items()
        },
    }


def flat(stats: Mapping[str, Stats]) -> dialect.Line:
    """Columns of a file of episodes: "stats/<feature>/<statistic>"."""
    return {f"stats/{name}/{key}": value.tolist() for name, entry in stats.items() for key, value in entry.items()}


def unflat(line: dialect.Line) -> dict[str, Stats]:
    """The way back, from a row of a file of episodes."""
    stats: dict[str, Stats] = {}
    for column, value in line.items():
        if column.startswith("stats/"):
            _, name, key = column.split("/")
            stats.setdefault(name, {})[key] = np.array(value)
    return stats


def _of_images(pixels: list[AnyArray]) -> Stats:
    of_channels = _of_rows(np.concatenate(pixels))
    stats = {key: value.reshape(-1, 1, 1) for key, value in of_channels.items()}
    return stats | {"count": np.array([len(pixels)])}


def _of_rows(values: AnyArray) -> Stats:
    numbers = values.astype(np.float64)
    return {
        "min": numbers.min(axis=0),
        "max": numbers.max(axis=0),
        "mean": numbers.mean(axis=0),
        "std": numbers.std(axis=0),
        "count": np.array([len(numbers)]),
        **dict(zip(_QUANTILES, np.quantile(numbers, list(_QUANTILES.values()), axis=0), strict=True)),
    }
