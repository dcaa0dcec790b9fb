"""The program that goes into every pack of proof, and checks it with nothing but Python's standard library."""
