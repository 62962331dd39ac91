"""Our side: the databases of our orders, read in one frozen look, and written only where it is configured."""
