"""
Backups: copies of both databases that can be taken while people work, and what puts them back.

A backup is two artefacts in folders of their own, `events` and `keys`, because they may be kept for different times.
Each is a SQLite file with the tables of its database, whichever kind of database that is, and a manifest. No root key
is ever in one. Events are copied first, keys second: a key is durable before anything is sealed with it, so that every
key that the copied events name is in the copy of the keys. With the events goes a copy of the archive of what was
signed, taken before them.
"""
