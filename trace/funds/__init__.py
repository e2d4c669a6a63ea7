"""funds (see services)."""
