"""What can I run? One readable file a product, and the command line."""
