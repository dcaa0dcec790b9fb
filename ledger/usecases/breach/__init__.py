"""Breaches: what they concern, how severe they are, and what is done about them."""
