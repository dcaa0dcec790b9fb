"""What is asked about duties: that they were done, or don't apply."""
