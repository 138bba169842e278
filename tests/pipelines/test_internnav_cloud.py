"""The coloured cloud: there and back, as Open3D sees it, and damaged in every way."""

from __future__ import annotations

import numpy as np
import open3d as o3d
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.internnav_cloud import NAVIGABLE, OBSTACLE, decode_cloud, encode_cloud, scene_cloud
from schemas.errors import ShardError

CLOUD = scene_cloud(np.array([[0.1, 0.2], [3.0, -4.5]]), np.array([[1.0, 1.0], [1.05, 1.0], [1.1, 1.0]]), -2.5)


def test_a_cloud_comes_back_as_it_was():
    back = decode_cloud(encode_cloud(CLOUD), "test")
    assert np.array_equal(back.points, CLOUD.points)
    assert np.array_equal(back.colors, CLOUD.colors)
    assert back.of(OBSTACLE).tolist() == [[0.1, 0.2, -2.5], [3.0, -4.5, -2.5]]
    assert len(back.of(NAVIGABLE)) == 3


def test_open3d_reads_the_blue_that_the_loader_looks_for(tmp_path):
    (tmp_path / "pointcloud.ply").write_bytes(encode_cloud(CLOUD))
    read = o3d.io.read_point_cloud(tmp_path / "pointcloud.ply")
    assert np.array_equal(np.asarray(read.points), CLOUD.points)
    near_blue = np.abs(np.asarray(read.colors) - [0, 0, 0.5]).sum(axis=1) < 0.05
    assert near_blue.tolist() == [True, True, False, False, False]


def test_what_open3d_writes_is_read(tmp_path):
    made = o3d.geometry.PointCloud(o3d.utility.Vector3dVector(CLOUD.points))
    made.colors = o3d.utility.Vector3dVector(CLOUD.colors / 255.0)
    o3d.io.write_point_cloud(tmp_path / "pointcloud.ply", made)
    back = decode_cloud((tmp_path / "pointcloud.ply").read_bytes(), "test")
    assert np.array_equal(back.points, CLOUD.points)
    assert np.array_equal(back.colors, CLOUD.colors)


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        (b"binary_little_endian", b"ascii", "not a binary little-endian PLY"),
        (b"vertex 5", b"vertex 6", "cut short"),
        (b"vertex 5", b"vertex 999999999999", "cut short"),
        (b"uchar blue", b"uchar alpha", "x, y, z, red, green, blue are needed"),
        (b"uchar blue", b"uchar red", "x, y, z, red, green, blue are needed"),
        (b"double x", b"quad x", "properties of type quad"),
        (b"end_header", b"the end", "not a binary little-endian PLY"),
        (b"ply", b"pl", "not a binary little-endian PLY"),
    ],
)
def test_a_cloud_that_is_none_is_told(found, put, said):
    with pytest.raises(ShardError, match=said):
        decode_cloud(encode_cloud(CLOUD).replace(found, put, 1), "pointcloud.ply")


@given(st.binary(max_size=300) | st.integers(0, 250).map(lambda cut: encode_cloud(CLOUD)[:cut]))
def test_any_bytes_are_a_cloud_or_an_error_that_says_where(content):
    try:
        decode_cloud(content, "here.ply")
    except ShardError as error:
        assert "here.ply" in str(error)
