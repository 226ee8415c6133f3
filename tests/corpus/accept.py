"""Writes what the code makes of the corpus as the new expectation; the diff is the review.

``python -m tests.corpus.accept [NAME...]``: all documents, or those whose name contains one of the words.
"""

from __future__ import annotations

import sys

from tests.corpus.outcome import documents, expectation, outcome


def main(words: list[str]) -> None:
    """Rewrite the expectations of the documents named, and say which of them changed."""
    chosen = [path for path in documents() if not words or any(word in path.name for word in words)]
    for document in chosen:
        target = expectation(document)
        written = outcome(document)
        if not target.exists() or target.read_text(encoding="utf-8") != written:
            target.write_text(written, encoding="utf-8")
            sys.stdout.write(f"{target.name}\n")


if __name__ == "__main__":
    main(sys.argv[1:])
