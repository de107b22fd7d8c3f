"""How long it takes to find a caller by name: `uv run python -m bench.suggesting [--contacts 100000]`.

The names are made of syllables, so that there are far more of them that are nearly alike than in any real tenant. Prints the
middle and the longest of many searches, in CPU time of this process.
"""

from __future__ import annotations

import argparse
import random
import time
from collections.abc import Iterator
from statistics import median
from typing import Final

from anypsa import Company, Contact, Ref
from anypsa.operations.names import Book

SYLLABLES: Final = (
    "ba",
    "ri",
    "no",
    "ka",
    "le",
    "mi",
    "so",
    "tu",
    "ven",
    "dor",
    "an",
    "el",
    "os",
    "ja",
    "jo",
    "smi",
    "th",
    "son",
    "ger",
    "wal",
)
SAID: Final = ("j", "jo", "j s", "jo sm", "smith jo", "josmi venber", "smiht json", "xqz")
TIMES: Final = 51
SEED: Final = 20261125


def people(count: int) -> Iterator[Contact]:
    """So many contacts."""
    dice = random.Random(SEED)

    def name(*lengths: int) -> str:
        return "".join(dice.choice(SYLLABLES) for _ in range(dice.choice(lengths))).title()

    firsts, lasts = [name(1, 2, 2, 3) for _ in range(2_000)], [name(2, 3, 3, 4) for _ in range(30_000)]
    company = Ref[Company](tenant="bench", id="1")
    for number in range(count):
        first, last = dice.choice(firsts), dice.choice(lasts)
        yield Contact(tenant="bench", id=str(number), first_name=first, last_name=last, company=company)


def timed(book: Book, said: str) -> list[float]:
    """Milliseconds of each of many searches."""
    taken = []
    for _ in range(TIMES):
        began = time.process_time()
        book.find(said, 5)
        taken.append(1_000 * (time.process_time() - began))
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--contacts", type=int, default=100_000)
    contacts = list(people(parser.parse_args().contacts))
    began = time.process_time()
    book = Book(contacts, "", 0.0)
    print(f"{len(book):,} contacts; the index is made in {time.process_time() - began:.1f} s")
    for said in SAID:
        taken = timed(book, said)
        print(f"{said!r:16} {median(taken):6.2f} ms, at most {max(taken):6.2f} ms")


if __name__ == "__main__":
    main()
