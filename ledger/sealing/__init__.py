"""
What is personal, and what a case is about, leaves the program only as sealed boxes.

One random key per key scope; a tree of wrapped keys in a database of its own, under one root key in custody; openers
that answer with the value, or say that it is erased or withheld, and raise an error of its own for each thing that must
never happen.
"""
