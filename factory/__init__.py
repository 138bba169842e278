"""How is it made? Navigation, rendering, quality, shards, the engine."""
