"""From a mesh to certified walks."""
