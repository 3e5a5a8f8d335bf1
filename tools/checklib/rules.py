# SPDX-License-Identifier: MIT
"""docs/rules.md names the tests of every rule, or why it has none"""

import os
import re

from checklib import api, lines_of

LIST = "tools/checklib/rules.txt"
PAGE = "docs/rules.md"
FOLDERS = ("tests/guest", "tests/host", "tests/ipc", "tests/mig",
           "tests/runner")
# The test of this check: the numbers in it are made up.
OWN_TEST = "documents.t"
ROW_TESTS = 4

SPAN = re.compile(r"`(\w+)`")
STRING = re.compile(r'"((?:[^"\\\n]|\\.)*)"')
COMMENT = re.compile(r"/\*.*?\*/|^\s*#\s[^\n]*|\"\"\".*?\"\"\"",
                     re.DOTALL | re.MULTILINE)
RULE = re.compile(r"(?<![\w%])([RB])(\d+)(?:\s?-\s?[RB]?(\d+))?(?![\w])")
CASE = re.compile(r"(?:^|(?<=[\s(]))#(\d+)(?=[:,;.)\s]|$)")
CASES = re.compile(r"\b(?:cases?|[Aa]dversarial)\s+"
                   r"((?:#?\d+(?:\s*(?:,|and|-)\s*)*)+)")


class Lists:
    """rules.txt: rules and cases with their texts, rows, and what is waived."""

    def __init__(self):
        self.rules, self.cases, self.rows, self.waived = {}, {}, [], {}
        part = None
        for line in lines_of(LIST):
            if line.startswith("["):
                part = line.strip("[]")
            elif line and not line.startswith("#"):
                self.take(part, *line.split(" ", 1))

    def take(self, part, key, text):
        if part == "rows":
            self.rows.append((key, text.split()))
        elif part == "waived" and "_" in key:
            self.waived[key] = text
        elif part == "waived":
            first, _, last = key.partition("-")
            letter = first.rstrip("0123456789")
            for number in range(int(first[len(letter):] or 0),
                                int((last or first)[len(letter):] or 0) + 1):
                self.waived[f"{letter}{number}" if first[-1].isdigit()
                            else first] = text
        else:
            (self.rules if part == "rules" else self.cases)[key] = text


# ---- what tests say of themselves

def test_files():
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)):
            if name != OWN_TEST and re.fullmatch(r"(t_\w+\.c|\w+\.t)", name):
                yield f"{folder}/{name}"


def is_bootstrap(path):
    return re.search(r"bootstrap|job", os.path.basename(path)) is not None


def cited(path):
    """Every R, B and # number in the names and comments of a test."""
    with open(path, encoding="utf-8") as file:
        text = file.read()
    comments = [" ".join(line.strip(" */#") for line in part.splitlines())
                for part in COMMENT.findall(text)]
    found = set()
    for part in STRING.findall(text) + comments:
        for letter, first, last in RULE.findall(part):
            if letter == "B" and not is_bootstrap(path):
                continue
            for number in range(int(first), int(last or first) + 1):
                found.add(f"{letter}{number}")
        if path.endswith("units.t"):
            continue
        found.update(CASE.findall(part))
    for part in comments:
        for numbers in CASES.findall(part):
            found.update(re.findall(r"\d+", numbers))
    return found


def short(path):
    folder, name = path.split("/")[-2:]
    return f"{folder}/{os.path.splitext(name)[0]}"


def citations():
    """Rule or case -> the tests that cite it."""
    result = {}
    for path in test_files():
        for key in cited(path):
            result.setdefault(key, []).append(short(path))
    return result


def uses():
    """Test -> how often it has each identifier."""
    result = {}
    for path in test_files():
        with open(path, encoding="utf-8") as file:
            words = re.findall(r"[A-Za-z_]\w*", file.read())
        counts = {}
        for word in words:
            counts[word] = counts.get(word, 0) + 1
        result[short(path)] = counts
    return result


def offered(name):
    return name in api.identifiers() or name in api.routines()


def tests_of_row(names, used):
    """The tests that use the names of a row most."""
    called = [prefix + name for name in names
              for prefix in ("", "catch_", "do_", "_rpc_", "_kernelrpc_")]
    counted = [(sum(counts.get(name, 0) for name in called), test)
               for test, counts in used.items()]
    best = sorted((-count, test) for count, test in counted if count)
    return [test for _, test in best[:ROW_TESTS]]


# ---- the page

HEAD = """# Rules, and the tests that hold Ostia to them

Made by `tools/check --write rules` from the tests, which cite a rule in a
test's name or in their first comment: `R12`, `B4`, `#22` for a hostile case.
"""


def shown(tests, waived):
    if tests:
        return ", ".join(tests)
    return f"*none: {waived}*" if waived else "**none**"


def table(keys, cite, waived, prefix=""):
    return ["| | what | tests |", "| --- | --- | --- |"] + [
        f"| {prefix}{key} | {text} | {shown(cite.get(key), waived.get(key))} |"
        for key, text in keys.items()]


def rows_table(lists, used):
    lines = ["| section | what | tests |", "| --- | --- | --- |"]
    for section, names in lists.rows:
        there = [name for name in names if offered(name)]
        tests = tests_of_row(there, used)
        reasons = [lists.waived[name] for name in names
                   if name in lists.waived]
        text = shown(tests, reasons[0] if reasons else "") if there \
            else "not offered"
        lines.append(f"| {section} | {', '.join(f'`{n}`' for n in names)} "
                     f"| {text} |")
    return lines


def text_of(lists, cite, used):
    parts = [HEAD, "## Rules\n", *table(lists.rules, cite, lists.waived), "",
             "## Hostile cases\n",
             *table(lists.cases, cite, lists.waived, "#"), "",
             "## The interface\n",
             "Of each row at most four tests, those that use it most.\n",
             *rows_table(lists, used)]
    return "\n".join(parts) + "\n"


def write():
    text = text_of(Lists(), citations(), uses())
    with open(PAGE, "w", encoding="utf-8") as file:
        file.write(text)


def stale(lists, cite, used):
    """Rules and cases have exactly their tests; of the interface's rows the
    tests that are named must use it, whatever others there are."""
    wanted = text_of(lists, cite, used).splitlines()
    have = lines_of(PAGE) if os.path.exists(PAGE) else []
    end = wanted.index("## The interface")
    yes = have[:end] == wanted[:end] and len(have) == len(wanted)
    for old, new in zip(have[end:], wanted[end:]):
        *before, tests = old.rstrip("| ").rsplit("| ", 1)
        if before != new.rstrip("| ").rsplit("| ", 1)[:-1]:
            yes = False
        if "/" not in tests or tests.startswith("*"):
            yes = yes and old == new
            continue
        names = SPAN.findall(old)
        yes = yes and all(tests_of_row(names, {test: used.get(test, {})})
                          for test in tests.split(", "))
    return not yes


def check():
    lists, cite, used = Lists(), citations(), uses()
    if stale(lists, cite, used):
        yield f"{PAGE}: stale: run tools/check --write rules"
    for keys, prefix in ((lists.rules, ""), (lists.cases, "#")):
        for key, text in keys.items():
            if key not in cite and key not in lists.waived:
                yield f"{prefix}{key}: no test cites it: {text}"
    for key in lists.waived:
        if "_" not in key and key not in {**lists.rules, **lists.cases}:
            yield f"{LIST}: there is no {key}"
    for _, names in lists.rows:
        there = [name for name in names if offered(name)]
        if there and not tests_of_row(there, used) and \
                not any(name in lists.waived for name in names):
            yield f"{' '.join(there)}: no test uses it"
    without = [key for key in (*lists.rules, *lists.cases) if key not in cite]
    print(f"        {len(lists.rules)} rules, {len(lists.cases)} cases, "
          f"{len(lists.rows)} rows; without a test: {', '.join(without)}")
