"""What a user asks for, one verb a module; the ports they need are protocols here."""
