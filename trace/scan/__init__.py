"""What a consumer sees: the verdict on a code and the story behind the pack, from an allow-list of public facts.

Nouns: scan, verdict, story. Verbs: answer a scan, count it.
"""
