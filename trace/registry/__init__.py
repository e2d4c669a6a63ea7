"""The register that everything else points to: regions, parties and their titles, taxa, products, processes, reference ranges.

Nouns: township, village, party, title, taxon, product, process, reference range, site setting. Verbs: register a party, grant a title.
"""
