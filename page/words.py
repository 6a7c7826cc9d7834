"""The page's own words, in the language that a browser asks for first of those there are.

The sentences that the programs make stay as they say them.
"""

import gettext
from contextvars import ContextVar
from functools import cache
from pathlib import Path

from aiohttp import web

LANGUAGES = ("en", "de")
_WITH_COMMA = frozenset({"de"})
_SWAPPED = str.maketrans(".,", ",.")
_spoken: ContextVar[str] = ContextVar("spoken", default=LANGUAGES[0])
"""The language of the answer that is made now: a number is written so, whoever writes it."""
_PLACE = Path(__file__).parent / "languages"
_MOST_HEADER = 200


class Words:
    """Say the page's words in one language."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._catalogue = _catalogue(language)

    @classmethod
    def of(cls, request: web.Request) -> "Words":
        """Give those that the browser asks for."""
        return cls(preferred(request.headers.get("Accept-Language", "")))

    def __call__(self, sentence: str) -> str:
        """Give a sentence of the page's in this language."""
        return self._catalogue.gettext(sentence)


def marked(sentence: str) -> str:
    """Mark a sentence for the catalogues, which say it where it is shown."""
    return sentence


def speak(header: str) -> None:
    """Have the answer to this request, and its numbers, in the language that it asks for."""
    _spoken.set(preferred(header))


def spoken() -> str:
    """Give the language of the answer that is made now."""
    return _spoken.get()


def numeral(text: str) -> str:
    """Write a number, which has a point and perhaps commas, as the answer's language does."""
    return text.translate(_SWAPPED) if spoken() in _WITH_COMMA else text


def preferred(header: str) -> str:
    """Give the language of ours that an `Accept-Language` names first; English where none is."""
    wanted: list[tuple[float, int, str]] = []
    for part in header[:_MOST_HEADER].split(","):
        name, _, rest = part.partition(";")
        language = name.strip().lower().partition("-")[0]
        try:
            weight = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            continue
        if language in LANGUAGES and weight > 0:
            wanted.append((-weight, len(wanted), language))
    return min(wanted)[2] if wanted else LANGUAGES[0]


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation("page", str(_PLACE), [language], fallback=True)
