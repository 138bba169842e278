"""From episodes to shards and back."""
