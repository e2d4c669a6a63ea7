"""Layouts of everything with a code that is printed: templates as data that the county edits, paper and printers, words that may not be printed.

Nouns: template (kind, version), medium, printer resolution, claim word. Verbs: write a new version, preview, check a text, draw.
"""
