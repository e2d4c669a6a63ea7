"""GS1 numbers that parties really hold: company prefixes and the article numbers under them. None is ever made up here.

Nouns: prefix (厂商识别代码), article number (GTIN). Verbs: register. Below ``labels`` and ``scan``, which print and resolve them.
"""
