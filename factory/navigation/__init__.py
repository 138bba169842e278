"""From a mesh to certified walks: storeys, maps, pairs, curves, motion.

The kernels are compiled by numba when first called, and kept on disk for every later process: in `__pycache__`
beside the sources, in the user's cache folder where that cannot be written, or under NUMBA_CACHE_DIR. The cache
holds for one place of the sources, one numba and one kind of processor; two processes may fill it at once. A
first walk takes 20 to 40 seconds without it and one to three with it
(benchmarks/results/navigation.json), so call `warm_up` once on each machine before its workers start: Ray unpacks
a job's working directory to a new place on every node, where the cache is still empty.
"""

from factory.navigation.map import (
    NavigationMap,
    build_map,
    decode_map,
    encode_map,
    map_key,
    map_mesh,
)
from factory.navigation.motion import follow
from factory.navigation.plan import bodies, plan_episodes
from factory.navigation.route import Ground, Limits, Route, ground, plan_route
from factory.navigation.storeys import find_storeys, storeys_of
from factory.navigation.walks import walks, warm_up

__all__ = [
    "Ground",
    "Limits",
    "NavigationMap",
    "Route",
    "bodies",
    "build_map",
    "decode_map",
    "encode_map",
    "find_storeys",
    "follow",
    "ground",
    "map_key",
    "map_mesh",
    "plan_episodes",
    "plan_route",
    "storeys_of",
    "walks",
    "warm_up",
]
