"""Quality: stopping what must not go on, saying so to everyone it reaches, and looking at a sample of what was written down.

The rows of holds and recalls live in ``lots`` because every draw reads them; this domain is how people place, follow and release them.
Nouns: hold, recall, draw, inspection task, inspection. Verbs: place, release, draw, inspect.
"""
