"""
Law as data: the catalogue of procedures, partners, profiles and houses, each chosen by the date of the fact.

Everything here is pure and reads only the files it is given. Numbers, names and lists stand in TOML files with their
source and their period; the code knows how to read, check and ask them, and holds none of them.
"""
