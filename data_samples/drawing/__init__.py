"""Draws invented certificates, forms and ledgers as scans with known truth."""
