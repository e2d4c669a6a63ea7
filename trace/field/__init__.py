"""Production records in the orchard. The first floor holds the harvest: the only act that makes a lot out of land.

Nouns: harvest. Verbs: record a harvest.
"""
