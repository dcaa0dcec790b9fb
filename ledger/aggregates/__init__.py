"""Streams of events with the rules that guard them, one aggregate a file."""
