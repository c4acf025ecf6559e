"""Scans to fields: pages in, readings out."""
