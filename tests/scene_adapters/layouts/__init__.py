"""Writers that lay a scene out as each dataset does, quirks included, so that it can be read back."""
