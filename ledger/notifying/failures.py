"""What can go wrong with a channel before anything was given: the reminder stays due, and the next run tries again."""

from __future__ import annotations

from ledger.errors import Misconfigured, Unavailable
from ledger.translation import mark


class MailServerUnreachable(Unavailable):
    """The mail server doesn't answer, or breaks off before it took anything."""

    sentence = mark("The mail server does not answer; no reminder was lost, and none was sent twice.")
    advice = mark("Check the server and the table [reminders] of ledger.toml; the next run tries again by itself.")


class MailServerRefuses(Unavailable):
    """The mail server answers, and does not take the letter now."""

    sentence = mark("The mail server refused the reminder (answer {answer}); it was not sent.")
    advice = mark("Check sender, addressees and account in ledger.toml; the next run tries again by itself.")


class MailAccountRefused(Misconfigured):
    """The mail server doesn't know this account or password."""

    sentence = mark("The mail server refused the account of the reminders.")
    advice = mark("Correct `user` in ledger.toml, or the password in its file or in LEDGER_SMTP_PASSWORD.")


class MailPasswordAbsent(Misconfigured):
    """The password of the mail account is nowhere."""

    sentence = mark("The password of the mail account is not there.")
    advice = mark("Put it into the file that `password_file` names, or into LEDGER_SMTP_PASSWORD.")


class ProgramAbsent(Misconfigured):
    """The program that should give reminders can't be started."""

    sentence = mark("The program that gives the reminders can't be started.")
    advice = mark("Check `command` in the table [reminders] of ledger.toml; give the whole path.")


class ReminderFileUnwritable(Unavailable):
    """The file of the reminders can't be written."""

    sentence = mark("The file of the reminders can't be written.")
    advice = mark("Check `file` in the table [reminders] of ledger.toml, its folder and its disk.")


class ChannelAbsent(Misconfigured):
    """Nobody said how reminders are given."""

    sentence = mark("This ledger does not know how to remind: its ledger.toml has no table [reminders].")
    advice = mark("Say whether by mail, through a program or into a file: see docs/howto/never-miss-a-deadline.md.")
