"""What is asked about losses of data that should live: tell one, list them."""
