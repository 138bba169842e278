"""What does it say? Instructions for clips and walks."""
