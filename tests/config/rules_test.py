#!/usr/bin/env python3
"""Has each of the fifty rules of Compose's language that implementers get wrong a test that quotes it?

A test quotes a rule in a comment of its own right above it, `rule N: what it says`; a recorded case has it
at the head of its file.
"""

import pathlib
import re
import sys

TESTS = pathlib.Path(__file__).resolve().parent.parent
RULE = re.compile(r"^\s*(?://|#) rule (\d+): \S")
COMMENT = re.compile(r"^\s*(?://|#) ")
TEST = re.compile(r"^\s*(?:BOOST_(?:AUTO|DATA)_TEST_CASE\(|def test_)")


def quoted(text, is_case):
    """The rules that are quoted right above a test, or at the head of a recorded case."""
    rules = []
    for line in text.splitlines():
        if match := RULE.match(line):
            rules.append(int(match[1]))
        elif rules and not COMMENT.match(line):
            if is_case or TEST.match(line):
                yield from rules
            if is_case:
                return
            rules = []


def main():
    found = set()
    for path in TESTS.rglob("*"):
        is_case = path.match("config/files/*/compose.yaml")
        if is_case or path.suffix in (".cc", ".py"):
            found.update(quoted(path.read_text(), is_case))
    missing = sorted(set(range(1, 51)) - found)
    if missing:
        print("no test quotes: " + ", ".join(f"rule {number}" for number in missing), file=sys.stderr)
    if unknown := sorted(found - set(range(1, 51))):
        print(f"there is no such rule: {unknown}", file=sys.stderr)
    return 1 if missing or unknown else 0


if __name__ == "__main__":
    sys.exit(main())
