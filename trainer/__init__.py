"""Is it any good? Models that learn from the shards."""
