"""Where do scenes come from? One module a dataset."""
