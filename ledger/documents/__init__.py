"""Papers: the mandate that people sign, as one printable page and as plain text."""
