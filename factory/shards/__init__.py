"""Shards: one unit's episodes as a tar, a table and a manifest."""

from factory.shards.codec import Sample
from factory.shards.reader import finished_units, read_manifest, read_shard, read_table
from factory.shards.verify import verify_unit
from factory.shards.views import camera_names, through
from factory.shards.writer import ShardWriter

__all__ = [
    "Sample",
    "ShardWriter",
    "camera_names",
    "finished_units",
    "read_manifest",
    "read_shard",
    "read_table",
    "through",
    "verify_unit",
]
