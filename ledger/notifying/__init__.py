"""How reminders leave the ledger: by mail, through a program, into a file; one adapter a module."""
