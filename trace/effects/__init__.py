"""What public money comes to on the ground: claimed 亩 beside polygons, seedlings and living trees (X2), and yuan followed to the shelf (X8).

Reads from every domain below and writes nothing.
"""
