"""
The words of the product, in the language of the person who reads them.

Source texts are English; `locale/fr` is complete and is what users get unless `LANGUAGE` asks otherwise. The catalogue
is read once, on first use, so that importing a module costs nothing.
"""

from __future__ import annotations

import gettext as _gettext
import os
from functools import lru_cache

DOMAIN = "ledger"
DEFAULT_LANGUAGE = "fr"
_LOCALE_FOLDER = os.path.join(os.path.dirname(__file__), "locale")  # noqa: PTH118, PTH120  # pathlib is slow to import


def mark(message: str) -> str:
    """Mark `message` for extraction without translating it yet."""
    return message


def language() -> str:
    """Give the user's language: `LANGUAGE` when it is one we have, else French."""
    wanted = os.environ.get("LANGUAGE", "").split(":")[0][:2].lower()
    return "en" if wanted == "en" else DEFAULT_LANGUAGE


@lru_cache(maxsize=4)
def _catalogue(code: str) -> _gettext.NullTranslations:
    return _gettext.translation(DOMAIN, _LOCALE_FOLDER, languages=[code], fallback=True)


def bind_default_domain() -> None:
    """Give our catalogue to code that asks gettext's default domain (click does), in the user's language."""
    _gettext.bindtextdomain(DOMAIN, _LOCALE_FOLDER)
    _gettext.textdomain(DOMAIN)
    os.environ["LANGUAGE"] = language()


def translate(message: str) -> str:
    """Give `message` in the user's language."""
    return _catalogue(language()).gettext(message) if message else ""
