"""What a user asks for about a mandate, one verb a module."""
