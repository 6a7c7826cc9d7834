#!/usr/bin/env python3
"""Bring the page's catalogues up to its words: each sentence of `words(...)`, in each language.

    .venv/bin/python tools/languages.py          take in what is new, and compile what is translated
    .venv/bin/python tools/languages.py --check  exit 1, with what to do, where anything is missing

What has no translation is shown in English. Sentences of which the page has no more go.
"""

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from string import Formatter

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "page"
LANGUAGES = PAGE / "languages"
KEYWORDS = {"words": None, "marked": None}
"""What a sentence stands in: it is said, or only marked as one that is said elsewhere."""


def said() -> dict[str, list[str]]:
    """Give the page's sentences, each with the files that say it."""
    found: dict[str, list[str]] = {}
    extracted = extract_from_dir(PAGE, [("**.py", "python")], keywords=KEYWORDS)
    for name, _line, sentence, _comments, _context in sorted(extracted, key=lambda one: one[:2]):
        assert isinstance(sentence, str), sentence
        files = found.setdefault(sentence, [])
        if name not in files:
            files.append(name)
    return found


def renewed(old: Catalog, sentences: dict[str, list[str]]) -> Catalog:
    """Give a catalogue of just these sentences, with what was translated of them."""
    fresh = Catalog(old.locale, fuzzy=False)
    for sentence, files in sentences.items():
        held = old.get(sentence)
        fresh.add(sentence, held.string if held is not None else "", [(name, 1) for name in files])
    return fresh


def wrong_in(catalogue: Catalog) -> Iterator[str]:
    """Tell what no translation is there for, or one whose places for values are others."""
    for message in sentences_of(catalogue):
        if not message.string:
            yield f"not translated: {message.id}"
        elif places(str(message.string)) != places(str(message.id)):
            yield f"other {{names}} than in English: {message.id}"


def sentences_of(catalogue: Catalog) -> Iterator[Message]:
    """Give the catalogue's sentences, without its head."""
    return (message for message in catalogue if message.id)


def places(sentence: str) -> set[str]:
    """Give the names of the places for values."""
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def written(catalogue: Catalog) -> bytes:
    """Write a catalogue for translators: the same bytes for the same words."""
    head = (
        f"# The page in {catalogue.locale}. After a change: .venv/bin/python tools/languages.py\n"
    )
    file = BytesIO()
    write_po(file, catalogue, width=100, omit_header=True, include_lineno=False)
    # Without it the letters would be taken for ASCII.
    kind = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    return head.encode() + kind.encode() + file.getvalue()


NO_DATE = datetime.fromtimestamp(0, UTC)


def compiled(catalogue: Catalog) -> bytes:
    """Compile what is translated; the head says nothing that changes by itself."""
    # Without a date of its own it would be another file each minute.
    bare = Catalog(catalogue.locale, fuzzy=False, creation_date=NO_DATE, revision_date=NO_DATE)
    bare.mime_headers = [("Content-Type", "text/plain; charset=utf-8")]
    for message in sentences_of(catalogue):
        if message.string:
            bare.add(str(message.id), str(message.string))
    file = BytesIO()
    write_mo(file, bare)
    return file.getvalue()


def main() -> int:
    """Write the catalogues, or check them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, only compare")
    options = parser.parse_args()
    problems: list[str] = []
    for source in sorted(LANGUAGES.glob("*/LC_MESSAGES/page.po")):
        with source.open("rb") as file:
            fresh = renewed(read_po(file, locale=source.parts[-3]), said())
        named = source.relative_to(ROOT)
        problems += [f"{named}: {problem}" for problem in wrong_in(fresh)]
        for path, content in (
            (source, written(fresh)),
            (source.with_suffix(".mo"), compiled(fresh)),
        ):
            if not options.check:
                path.write_bytes(content)
            elif not path.exists() or path.read_bytes() != content:
                problems.append(f"{path.relative_to(ROOT)} is old: run tools/languages.py")
    print("\n".join(problems) or "every sentence of the page is there in every language")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
