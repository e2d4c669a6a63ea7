"""Land: plots with dated boundaries, their overlaps, plantings and survival visits.

Nouns: plot, boundary (a dated version), overlap, survival visit. Verbs: check a boundary, register a plot, redraw a boundary,
record a survival visit.
"""
