"""The event log on SQLite or PostgreSQL: one append protocol, exact header bytes, and a Merkle head that never moves back."""
