"""From a mesh to certified walks: storeys, maps, pairs, curves, motion.

The kernels are compiled by numba on first use and kept on disk, in `__pycache__` beside the sources or, where
that cannot be written, in the user's cache folder; NUMBA_CACHE_DIR names another one.
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
