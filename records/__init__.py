"""The shared words of the house: what a reading, a date, a name and a number are.

Everything here is pure. Files, clocks, models and databases live on the floors above.
"""
