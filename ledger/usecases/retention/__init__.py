"""What is asked about retention: disposal authorities; and the ports that a run of destruction needs."""
