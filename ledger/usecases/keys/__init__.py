"""What is asked about the keys of the ledger: their state, a new root, and what waits for an absent holder."""
