"""The keying station of a vendor: a closed machine that opens, keys and returns packages."""
