"""What the ledger puts on record of what it signs: the origins of its checkpoints, and its signing keys."""
