"""The event log on SQLite or PostgreSQL: one append protocol, exact headers, a Merkle head that never goes back."""
