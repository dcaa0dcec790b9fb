"""What is asked about people: registration, finding, correction, capacity, death, duplicates."""
