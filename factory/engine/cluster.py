"""Ray: the cluster this process belongs to, or one on this machine."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from pathlib import Path

import ray

from schemas.errors import RecipeError, TransientError
from schemas.recipe import Engine

ROOT = Path(__file__).resolve().parents[2]
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
    try:
        ray.init(address="local", num_cpus=cpus, include_dashboard=False, logging_level="ERROR", log_to_driver=False)
    except Exception as error:
        raise TransientError(
            f"Ray did not start on this machine ({error}); try again, or run with --executor inline"
        ) from error


def _join(address: str) -> None:
    # A job has its working directory shipped by `ray job submit`; a driver outside ships its own checkout.
    shipped = "RAY_JOB_CONFIG_JSON_ENV_VAR" in os.environ or not (ROOT / "pyproject.toml").exists()
    runtime = {} if shipped else {"py_modules": [str(ROOT / room) for room in ROOMS]}
    try:
        ray.init(address=address, runtime_env=runtime, logging_level="ERROR", log_to_driver=False)
    except Exception as error:
        raise RecipeError(
            f"engine.address: no Ray cluster answers at {address} ({error}); check the address, that RAY_AUTH_MODE "
            "and RAY_AUTH_TOKEN are those of the cluster, and `ray status`"
        ) from error
