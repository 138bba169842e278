"""Ray: the cluster this process belongs to, or one on this machine."""

from __future__ import annotations

import math
import os
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

import ray

from schemas.errors import RecipeError, TransientError
from schemas.recipe import Engine

ROOT = Path(__file__).resolve().parents[2]
KNOCK_SECONDS = 10.0
START_ATTEMPTS = 2
OBJECT_STORE_BYTES = 100_000_000  # only names and small results pass through it
LONGEST_TMPDIR = 32
ROOMS = ("schemas", "factory", "scene_adapters", "captioning", "trainer", "pipelines")


@dataclass(frozen=True)
class Cluster:
    """A Ray that is running. joined : it was there before us and may grow or shrink."""

    joined: bool

    def slots(self, options: Engine) -> int:
        """Units the cluster can run at the same time, as it is now."""
        has: dict[str, float] = ray.cluster_resources()
        fits = has.get("CPU", 0.0) / options.cpus_per_unit
        if options.gpus_per_unit:
            fits = min(fits, has.get("GPU", 0.0) / options.gpus_per_unit)
        return math.floor(fits + 1e-9)


def connect(options: Engine) -> Cluster:
    """Join or start Ray; again and again in a process, it is the same one, and Ray ends it with the process.

    Joined is the address of the options, else RAY_ADDRESS (which `ray job submit` sets), else none: then a
    Ray of `options.workers` units starts on this machine. Raises RecipeError where an address does not
    answer or no worker could ever hold a unit, TransientError where the local one does not start.
    """
    address = options.address or os.environ.get("RAY_ADDRESS")
    cluster = Cluster(joined=address is not None)
    if not ray.is_initialized():
        if address is None:
            _start(options)
        else:
            _join(address)
    if not cluster.joined and cluster.slots(options) < 1:
        raise RecipeError(
            f"engine: a unit takes {options.cpus_per_unit:g} CPUs and {options.gpus_per_unit:g} GPUs, this machine "
            f"has {ray.cluster_resources().get('CPU', 0):g} and {ray.cluster_resources().get('GPU', 0):g}; "
            "lower cpus_per_unit or gpus_per_unit, or give the address of a cluster"
        )
    return cluster


def _start(options: Engine) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    cpus = None if options.workers is None else math.ceil(options.workers * options.cpus_per_unit)
    # Ray's sockets lie in its folder, and their paths may have 107 characters: no long TMPDIR.
    folder = None if len(tempfile.gettempdir()) <= LONGEST_TMPDIR else "/tmp/ray"  # noqa: S108
    failure: Exception | None = None
    # A loaded machine may miss the time that Ray gives its own processes to start.
    for _ in range(START_ATTEMPTS):
        try:
            ray.init(
                address="local",
                num_cpus=cpus,
                object_store_memory=OBJECT_STORE_BYTES,
                include_dashboard=False,
                logging_level="ERROR",
                log_to_driver=False,
                _temp_dir=folder,
            )
        except Exception as error:
            ray.shutdown()
            failure = error
        else:
            return
    raise TransientError(
        f"Ray did not start on this machine ({failure}); try again, or run with --executor inline"
    ) from failure


def _join(address: str) -> None:
    if "://" in address:
        raise RecipeError(
            f"engine.address: {address} is for clients outside the cluster, to which tasks cannot tell how far they "
            "are; give the head's own host:port (6379 by default) from inside, or use `ray job submit`"
        )
    # A job has its checkout shipped by `ray job submit`; a driver outside ships its own.
    shipped = "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ or not (ROOT / "pyproject.toml").exists()
    runtime = {} if shipped else {"py_modules": [str(ROOT / room) for room in ROOMS]}
    try:
        _knock(address)
        ray.init(address=address, runtime_env=runtime, logging_level="ERROR", log_to_driver=False)
    except Exception as error:
        raise RecipeError(
            f"engine.address: cannot join the Ray cluster at {address} ({error}); check the address, that "
            "RAY_AUTH_MODE and RAY_AUTH_TOKEN are those of the cluster, and `ray status`"
        ) from error


def _knock(address: str) -> None:
    """Ray takes minutes to notice that nobody listens. Raises OSError."""
    host, _, port = address.rpartition(":")
    if port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), timeout=KNOCK_SECONDS).close()
