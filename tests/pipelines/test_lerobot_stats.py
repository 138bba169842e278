"""Statistics against NumPy's of the same numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from factory.rendering.encode import encode_depth, encode_rgb
from factory.shards import Sample
from pipelines import lerobot_dialect as dialect
from pipelines.lerobot_stats import episode_stats, flat, together, unflat
from tests import exports
from tests.pipelines.test_lerobot_dialect import LAYOUT, PLACE

ROWS = arrays(np.float64, st.tuples(st.integers(1, 30), st.just(2)), elements=st.floats(-1e3, 1e3))


@pytest.fixture(scope="module")
def sample() -> Sample:
    return exports.sample()


def _stats(sample: Sample, values: np.ndarray) -> dict[str, np.ndarray]:
    return episode_stats(sample, {"x": values}, [""])["x"]


def test_a_columns_statistics_are_those_of_its_numbers(sample):
    stats = _stats(sample, np.array([[1.0, 10], [2, 10], [3, 10], [6, 10]]))
    assert stats["min"].tolist() == [1, 10]
    assert stats["max"].tolist() == [6, 10]
    assert stats["mean"].tolist() == [3, 10]
    assert stats["std"] == pytest.approx([np.sqrt(3.5), 0])
    assert stats["count"].tolist() == [4]
    assert stats["q50"].tolist() == [2.5, 10]


def test_a_column_of_single_numbers_counts_as_a_vector_of_one(sample):
    assert _stats(sample, np.arange(5))["mean"].tolist() == [2]


@given(ROWS, ROWS)
def test_two_parts_together_are_the_whole(one, other):
    whole = np.concatenate([one, other])
    got = together(*(_of(part) for part in (one, other)))
    assert got["mean"] == pytest.approx(whole.mean(axis=0), abs=1e-9)
    assert got["std"] == pytest.approx(whole.std(axis=0), abs=1e-6)
    assert np.array_equal(got["min"], whole.min(axis=0))
    assert np.array_equal(got["max"], whole.max(axis=0))
    assert got["count"] == len(whole)


@given(ROWS, ROWS)
def test_quantiles_of_the_whole_lie_between_those_of_the_parts(one, other):
    got = together(_of(one), _of(other))
    assert (got["q01"] <= np.quantile(one, 0.01, axis=0) + 1e-9).all()
    assert (got["q99"] >= np.quantile(other, 0.99, axis=0) - 1e-9).all()


def test_images_count_by_channel_colour_in_unit_range_and_depth_in_millimetres(sample):
    red = np.zeros((32, 48, 3), np.uint8)
    red[..., 0] = 255
    depth = np.full((32, 48), 1500, np.uint16)
    files = dict(sample.files)
    for i in range(sample.record.frames):
        files |= {f"{i:04d}.rgb.jpg": encode_rgb(red, 95), f"{i:04d}.depth.png": encode_depth(depth)}
    stats = episode_stats(Sample(sample.key, sample.record, sample.arrays, files, sample.packed), {}, [""])
    assert stats[dialect.RGB]["mean"].shape == (3, 1, 1)
    assert stats[dialect.RGB]["mean"].ravel() == pytest.approx([1, 0, 0], abs=0.01)
    assert stats[dialect.DEPTH]["q10"].tolist() == [[[pytest.approx(1500, abs=1e-3)]]]
    assert stats[dialect.RGB]["count"].tolist() == [6]


def test_they_survive_a_file_of_episodes(sample):
    stats = episode_stats(sample, dialect.columns(sample, LAYOUT, PLACE), [""])
    assert set(stats) == set(dialect.features(LAYOUT))
    line = dialect.decode_episodes(dialect.encode_episodes([{"episode_index": 0, **flat(stats)}]))[0]
    back = unflat(line)
    assert set(back) == set(stats)
    for name, entry in stats.items():
        for key, value in entry.items():
            assert np.array_equal(back[name][key], value), (name, key)


def _of(values: np.ndarray) -> dict[str, np.ndarray]:
    quantiles = {"q01": 0.01, "q10": 0.1, "q50": 0.5, "q90": 0.9, "q99": 0.99}
    return {
        "min": values.min(axis=0),
        "max": values.max(axis=0),
        "mean": values.mean(axis=0),
        "std": values.std(axis=0),
        "count": np.array([len(values)]),
        **{name: np.quantile(values, q, axis=0) for name, q in quantiles.items()},
    }
