"""Quality: stopping what must not go on, and saying so to everyone it reaches.

The rows of holds and recalls live in ``lots`` because every draw reads them; this domain is how people place, follow and release them.
Nouns: hold, recall. Verbs: place, release.
"""
