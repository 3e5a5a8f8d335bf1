#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""documents.t - the checks of docs/ find what is missing, false or stale; links
and citations lead somewhere."""

import glob
import os
import re
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import done, equal, ok                 # noqa: E402
from checklib import reference, rules              # noqa: E402


def faults(module):
    out, sys.stdout = sys.stdout, open(os.devnull, "w", encoding="utf-8")
    found = list(module.check())
    sys.stdout = out
    return found


def changed(page, old, new):
    """The faults when a page of the reference is another."""
    path = f"{reference.FOLDER}/{page}"
    with open(path, encoding="utf-8") as file:
        text = file.read()
    with open(path, "w", encoding="utf-8") as file:
        file.write(text.replace(old, new, 1))
    found = "\n".join(faults(reference))
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    return found if old in text else f"there is no {old} in {page}"


with tempfile.TemporaryDirectory() as folder:
    shutil.copytree(reference.FOLDER, f"{folder}/reference")
    reference.FOLDER = f"{folder}/reference"
    for what, wanted, page, old, new in (
            ("a routine without an entry", "no entry for task_suspend",
             "tasks.md", "### task_suspend\n", "### task_info\n"),
            ("an option without an entry", "no entry for MACH_RCV_LARGE",
             "options.md", "| `MACH_RCV_LARGE` |", "| large |"),
            ("an entry for nothing", "there is no mach_port_rename",
             "ports.md", "### mach_port_type\n", "### mach_port_rename\n"),
            ("a code that does not exist", "there is no KERN_BAD_DAY",
             "tasks.md", "- `KERN_FAILURE`", "- `KERN_BAD_DAY`"),
            ("a prototype that is not the header's", "stale prototypes",
             "time.md", "uint64_t deadline", "int deadline"),
            ("an example that does not compile", "example_sleep",
             "time.md", "example_sleep(uint64_t nanoseconds)",
             "example_sleep(nothing_t nanoseconds)"),
            ("a routine that no example calls", "no example calls task_resume",
             "tasks.md", "(void)task_resume(child);", ""),
            ("a routine without errors", "swtch_pri",
             "threads.md", "(void)swtch_pri(0);", ""),
            ("a size that is not the compiler's",
             "mach_port_status_t has 40 bytes, not 41",
             "types.md", "| `mach_port_status_t` | 40 |",
             "| `mach_port_status_t` | 41 |")):
        found = changed(page, old, new)
        ok(wanted in found or (what.startswith("an example")
                               and "time.md" in found),
           f"reference: {what} is found", found)

    path = f"{folder}/t_x.c"
    with open(path, "w", encoding="utf-8") as file:
        file.write('/*\n * t_x.c - adversarial 7, 9 and\n * 12; R31-R33\n */\n'
                   'enum { R8, R9 };\n'
                   'ok(x, "R4 #2: a name (B9) %#12x (R5)");\n')
    equal(sorted(rules.cited(path)),
          ["12", "2", "7", "9", "R31", "R32", "R33", "R4", "R5"],
          "rules: citations are names of tests and comments, not code")
    shutil.copy(path, f"{folder}/t_job.c")
    ok("B9" in rules.cited(f"{folder}/t_job.c"),
       "rules: B is cited by tests of the bootstrap server")

    rules.PAGE = f"{folder}/rules.md"
    rules.write()
    ok(not any("stale" in fault for fault in faults(rules)),
       "rules: a page that was just written is not stale")
    with open(rules.PAGE, encoding="utf-8") as file:
        text = file.read()
    with open(rules.PAGE, "w", encoding="utf-8") as file:
        file.write(text.replace("ipc/t_rights, ", "", 1))
    ok(any("stale" in fault for fault in faults(rules)),
       "rules: a page that leaves a test out is stale")

DECISION = re.compile(r"(?<!#)\bD[1-9]\d?\b")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def anchors(path):
    """The headings of a page, as links name them."""
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")
            for text in HEADING.findall(read(path))}


def broken(page):
    """The links of a page that lead nowhere."""
    for target, anchor in LINK.findall(read(page)):
        if target.startswith("http"):
            continue
        path = os.path.join(os.path.dirname(page), target) if target else page
        if not os.path.exists(path) or \
                anchor and anchor not in anchors(path):
            yield f"{page}: {target}#{anchor}"


def decisions():
    """Every decision that a source file cites."""
    for folder in ("boot", "kernel", "ipc", "vm", "user", "include", "tests"):
        for path in glob.glob(f"{folder}/**/*.*", recursive=True):
            if path.endswith((".c", ".h", ".asm", ".def", ".defs")):
                yield from DECISION.findall(read(path))


documents = glob.glob("docs/*.md")
equal([link for page in ["README.md", *documents, *glob.glob("docs/*/*.md")]
       for link in broken(page)], [], "links: each leads to a page's heading")
equal([page for page in documents if f"({page}" not in read("README.md")], [],
      "README: every document is linked")
known = set(re.findall(r"^### (D\d+)\.", read("docs/design.md"), re.MULTILINE))
equal(sorted(set(decisions()) - known), [],
      "design: every decision that the code cites is there")

done()
