"""What a user asks for about a procedure, one verb a module."""
