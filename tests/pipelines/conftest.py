"""What tests of exports share: a small finished run, and its samples."""

from __future__ import annotations

import pytest

from factory.shards import Sample, finished_units, read_shard
from factory.storage import open_storage
from tests.exports import make_run


@pytest.fixture(scope="package")
def run_folder(tmp_path_factory) -> str:
    """The path of a run of three walks in two units, to read from."""
    return make_run(tmp_path_factory.mktemp("made") / "run")


@pytest.fixture(scope="package")
def samples(run_folder) -> list[Sample]:
    """The samples of `run_folder`, in order."""
    storage = open_storage(run_folder)
    return [sample for unit in sorted(finished_units(storage)) for sample in read_shard(storage, unit)]
