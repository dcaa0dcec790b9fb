"""What a user asks for about an access, one verb a module."""
