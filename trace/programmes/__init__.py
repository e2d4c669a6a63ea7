"""Programme notices: what is paid for, by which rule, in which window, and what the rule comes to for one application.

Nouns: programme, version of its notice, step of its checklist, terms, calculation sheet. Verbs: draft, revise, consult, publish, close. Money and
applications live above, in ``trace.funds``; nothing here knows of them.
"""
