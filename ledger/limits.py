"""Every limit of the product in one place: what is larger is refused with a sentence, never truncated."""

from __future__ import annotations

from datetime import timedelta

HEADER_BYTES = 65_535
"""The largest header of an event."""
BOX_STEP_BYTES = 256
"""Plaintexts are padded to multiples of this before they are sealed."""
BOX_BYTES = 65_536
"""The largest plaintext of one box."""
NOTE_CHARACTERS = 500
"""The longest note (the only free text; sealed and screened)."""
NARRATIVE_CHARACTERS = 4_000
"""The longest narrative of a breach: what happened, what was done, why (sealed and screened)."""
NAME_CHARACTERS = 100
"""The longest name, and the longest short answer."""
ADDRESS_CHARACTERS = 300
"""The longest postal address, and the longest value that a procedure keeps."""
MANDATE_ACTS = 20
"""The most acts, and the most data requests, that one mandate lists."""
MANDATE_PARTIES = 6
"""The most persons who give one mandate together."""
BATCH_EVENTS = 10_000
"""The most events in one append."""
INPUT_BYTES = 1_048_576
"""The largest JSON file or standard input that a command reads."""
LAW_TEXT_CHARACTERS = 500
"""The longest text in a file of law."""
LAW_WHOLE_NUMBER = 100_000
"""The greatest whole number in a file of law: what is above is a slip of the keyboard."""
LAW_TERM_YEARS = 150
"""The longest term in a file of law."""
SEARCH_WORDS = 12
"""The most words of a question that a search looks at."""
READING_STREAMS = 1_000
"""The most streams that one record of a reading names; what opened more leaves several records."""
LOSS_KEYS = 1_000
"""The most keys that one record of a loss names; what lost more leaves several records."""
PAGE_ROWS = 50
"""The rows of a page, and the most identities opened at once; --limit may ask for twenty times as many rows."""
IDEMPOTENCY_LIFE = timedelta(days=30)
"""How long the answer to a command id is remembered."""
KEY_LOT_LIFE = timedelta(days=1)
"""How long a process may hold minted keys before they count as left behind."""
KEYS_IN_BATCH = 10_000
"""The most keys that one batch destroys."""
KEYS_MINTED_AT_ONCE = 1_000
"""The most keys that are made ahead at a time."""
LOCK_WAIT = timedelta(seconds=10)
"""How long a writer waits for its turn before it says that the ledger is busy."""
RANGES_IN_HEADER = 2_000
"""The most ranges of positions that one record of pruned headers names; with positions of 12 digits they fit."""
STREAMS_PRUNED_AT_ONCE = 10_000
"""How many streams are looked at together when their headers are pruned."""
PREFIX_DIGITS = 6
"""The fewest digits of an identifier that a person may give."""
OVERDUE_AFTER = timedelta(days=2)
"""How long something may be due and covered before monitoring calls it overdue: a nightly run was missed."""
SLIP_LINES = 100
"""The most lines on one elimination slip; what is left goes on the next one."""
CERTIFICATE_LINES = 30
"""The most lines of one certificate of destruction; a batch with more gets several sheets."""
NOTE_BYTES = 1_048_576
"""The largest signed text that is read."""
NOTE_SIGNATURES = 64
"""The most signatures of one signed text that are read; C2SP asks for 16 at least."""
SCOPE_EXAMINED = 3_000
"""The most records of a breach whose facts are looked at unasked; more are looked at on request, which takes longer."""
SCOPE_OPENED_AT_ONCE = 1_000
"""How many facts are opened together for the scope of a breach."""
RECORDED_OUT_OF_ORDER = timedelta(days=1)
"""How much earlier than its neighbours in the log a command may have begun that waited for answers or its turn."""
CLOCK_HOURS = 1_000
"""The most hours of one number of a legal clock: what is above is a slip of the keyboard."""
CLOCK_DAYS = 31
"""The most days of one number of a legal clock."""
CLOCK_MONTHS = 120
"""The most months of one number of a legal clock."""
HOLIDAY_FROM_EASTER_DAYS = 70
"""The most days between Easter and a holiday that moves with it: the year must stay the same."""
CLOCK_FIRST_YEAR = 1583
"""The first year that a legal clock counts with: the first whole one of the Gregorian calendar."""
CLOCK_LAST_YEAR = 9000
"""The last year that a legal clock counts with: beyond it dates leave no room for a term."""
POLICY_LINES = 10_000
"""The most lines of a policy on witnesses."""
TIMESTAMP_BYTES = 65_536
"""The largest timestamp (RFC 3161) that is read; those of public authorities take about 6,000 bytes."""
TIMESTAMP_WAIT = timedelta(seconds=30)
"""How long an authority may keep us waiting for each part of its answer."""
MAIL_WAIT = timedelta(seconds=20)
"""How long a mail server may keep us waiting for each of its answers."""
PROGRAM_WAIT = timedelta(seconds=60)
"""How long a program may take to give a reminder."""
REMINDER_FIRST_WAIT = timedelta(minutes=1)
"""How long reminders wait after a first failure of their channel; twice as long after each further one."""
REMINDER_LONGEST_WAIT = timedelta(minutes=30)
"""The longest that they wait between two tries."""
WATCH_LEAST = timedelta(seconds=5)
"""The shortest time between two refreshes of the board: each leaves a record of the reading."""
CALENDAR_LINE_BYTES = 75
"""The longest line of a calendar (RFC 5545 3.1); what is longer is folded."""
