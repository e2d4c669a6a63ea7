"""Papers that people hand in: scans of licences, contracts and test reports, checked by content and kept by their SHA-256.

Nouns: upload, stored file. Verbs: keep, open. Whose paper it is, and who may see it, is the business of the domain that keeps it.
"""
