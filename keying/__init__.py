"""Fields that people key: who may see what, double entry, consensus, acceptance.

Everything here decides on values. Files, clocks, sealing and the database of a
keying session are not handled here.
"""
