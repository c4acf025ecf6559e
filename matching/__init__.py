"""People on certificates to entries of a population register."""
