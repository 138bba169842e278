"""One Ray for all tests that can share it: starting one takes ten seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import ray

from factory.engine import cluster
from schemas.recipe import Engine


@pytest.fixture(scope="session")
def two_workers() -> Iterator[None]:
    """A local Ray of two CPUs, as a run without an address starts it; not one that other tests left."""
    ray.shutdown()
    cluster.connect(Engine(workers=2))
    yield
    ray.shutdown()
