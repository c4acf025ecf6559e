"""The staff command line, one module per group of commands.

Each module has `add_parser`, which is cheap, and functions that import what they need
when they run, so that `backfill --help` stays quick.
"""
