"""Forecasts to 2030 (domain brief §6.5, feature X9): series and trees carried forward with an interval, what pace the plan needs, which of
seedlings, survival, capacity and budget stands in the way. Every assumption is a row with versions; earlier years are forecast again and
held against what came. No official estimate, and every page says so.
Nouns: series, assumption, forecast, constraint, back-test. Verbs: assume, forecast, test.
"""
