"""Where people work: the station of a vendor."""
