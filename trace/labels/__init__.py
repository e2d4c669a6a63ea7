"""labels (see services)."""
