"""Fields that people key: who may see what, double entry, consensus, acceptance."""
