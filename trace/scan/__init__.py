"""scan (see services)."""
