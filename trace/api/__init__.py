"""The JSON interface under /api/v1: mounts every domain's doors, describes them as OpenAPI 3.1."""
