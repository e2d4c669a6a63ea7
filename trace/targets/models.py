"""Tables."""

TABLES: tuple = ()
