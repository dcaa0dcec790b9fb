"""What is asked about houses: registration, hours, contacts, partners covered."""
