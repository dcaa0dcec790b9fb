"""The sentences of what can be wrong with a file of law, by rule: a closed list."""

from __future__ import annotations

from datetime import date

from ledger.translation import mark

TYPE_NAMES = {
    str: mark("a text in quotes"),
    int: mark("a number without decimals"),
    bool: mark("true or false"),
    date: mark("a date such as 2026-06-09, without quotes"),
    list: mark("a list in square brackets"),
    dict: mark("a table"),
}
"""What to call the types of TOML."""

MESSAGES = {
    "NOT_READABLE": mark("The file can't be read."),
    "TOO_LARGE": mark("The file is larger than {limit} bytes."),
    "EMPTY": mark("The file is empty."),
    "NOT_UTF8": mark("The file is not UTF-8 text."),
    "NOT_TOML": mark("This is not valid TOML: check the quotes, brackets and equals signs here."),
    "UNKNOWN_KIND": mark('"{found}" is no kind of law file; a file is one of: {expected}.'),
    "WRONG_KIND": mark('This is a file of kind "{found}"; one of kind "{expected}" is needed.'),
    "WRONG_FORMAT": mark("This file is written in format {found}; this version reads format {expected}."),
    "UNKNOWN_KEY": mark('The key "{key}" is not known here; known are: {known}.'),
    "MISSING_KEY": mark('The key "{key}" is missing.'),
    "WRONG_TYPE": mark('"{key}" must be: {expected}.'),
    "BLANK": mark('"{key}" is blank.'),
    "BAD_CODE": mark('"{key}" is a code: letters, digits, dots and hyphens only, at most 60.'),
    "TOO_SMALL": mark('"{key}" can\'t be below {least}.'),
    "TOO_GREAT": mark('"{key}" can\'t be above {most}.'),
    "TEXT_TOO_LONG": mark('"{key}" is longer than {most} characters.'),
    "NOT_PRINTABLE": mark('"{key}" holds characters that can\'t be printed, or is far too long.'),
    "TOO_LONG": mark("{value} is above the longest allowed, {most}."),
    "TOO_FEW": mark('"{key}" needs at least {least}.'),
    "DOUBLE": mark('"{value}" stands twice in the list.'),
    "NOT_IN_LIST": mark('"{value}" is not one of: {options}.'),
    "DUPLICATE": mark('"{code}" is already defined above.'),
    "PERIOD_REVERSED": mark("valid_until must come after valid_from."),
    "NUMBER_TAKEN": mark('The number "{number}" is already that of the procedure {code}.'),
    "OVERLAP": mark("Two versions of {what} hold on {day}: end the earlier one first."),
    "GAP": mark("No version of {what} holds on {day}."),
    "UNKNOWN_FIELD": mark('The field "{code}" is not in the vocabulary.'),
    "FIELD_NOT_LISTED": mark('The field "{code}" is not among the fields of this procedure.'),
    "UNKNOWN_ACT": mark('The act "{code}" is not in the list of acts, nor defined by this procedure.'),
    "ACT_FORBIDDEN": mark('The act "{code}" is both listed and forbidden.'),
    "UNKNOWN_PARTNER": mark('No partner bears the id "{code}".'),
    "UNKNOWN_RECIPIENT": mark('No recipient bears the id "{code}".'),
    "UNKNOWN_PROFILE": mark('No profile bears the code "{code}".'),
    "NAME_MISSING": mark('"{code}" has no name on {day}, a day on which this holds.'),
    "ROLE_MISSING": mark('The roles of "{code}" and of the house are not said for {day}.'),
    "KEPT_WITHOUT_REASON": mark("A value that is kept needs a reason."),
    "KEPT_ART9": mark('"{code}" belongs to a special category (GDPR 9): it is never kept.'),
    "KEPT_ART10": mark('"{code}" concerns offences (GDPR 10): it is never kept.'),
    "KEPT_NIR": mark('"{code}" is a social security number: it is never kept.'),
    "KEPT_NEVER": mark('"{code}" is a secret or a copy of a document: it is never kept.'),
    "KEPT_AND_VIEWED": mark('"{code}" can\'t be both kept and only looked at.'),
    "SPECIAL_UNSAID": mark('The procedure uses "{code}": say why in the key "{key}".'),
    "ACT_FOR_WITHOUT_ACT": mark("A procedure that can be done in the person's name needs at least one act."),
    "NO_EVERYDAY_WORD": mark("Nobody could find this procedure: give at least one everyday word."),
    "UNKNOWN_RULE": mark('"{name}" is not a rule of a profile; the rules are: {known}.'),
    "MISSING_RULE": mark('The profile says nothing of "{name}".'),
    "BAD_HOURS": mark('"{value}" is not a stretch of a day such as "09:00-12:00".'),
    "HOURS_OVERLAP": mark("Two stretches of this day overlap."),
    "NO_CHANNEL": mark("People must be able to write: give an email or a form."),
    "UNKNOWN_ZONE": mark('"{value}" is not a time zone such as Europe/Paris.'),
    "BAD_ADDRESS": mark('"{value}" is not an address of this kind.'),
    "TERM_UNSAID": mark("Say years, months or days, more than none in all, for a term that counts from a date."),
    "NO_SUCH_DAY": mark("There is no day {day} of month {month} in every year."),
    "TERM_SAID": mark("Leave out years, months and days: no term counts from a date here."),
    "NOT_DECIMAL": mark('"{key}" takes numbers in quotes, with two decimals at most, such as "0.25".'),
    "NOT_RISING": mark('The numbers of "{key}" must rise from one to the next.'),
}
"""What to say, in English, for each rule that a file of law can break."""
