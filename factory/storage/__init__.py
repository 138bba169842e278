"""Any place fsspec can reach, with one commit."""
