"""What is hidden from whom: agreements, release, the sealed format, audit."""
