"""Is an episode worth keeping? Information in its semantic masks, measured and judged."""

from factory.quality.scores import judge, score
from factory.quality.sightings import Sightings, find_sightings

__all__ = ["Sightings", "find_sightings", "judge", "score"]
