"""Read models: lists and counts that are rebuilt from headers, and that hold nothing which would have to be erased."""
