"""The smallest valid things, made through the services."""
