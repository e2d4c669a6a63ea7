"""targets (see services)."""
