# SPDX-License-Identifier: MIT
"""docs/reference/ tells of all that there is, and its examples compile"""

import os
import re
import subprocess

from checklib import api, lines_of

FOLDER = "docs/reference"

# Page -> what must have an entry there: a heading, or the first cell of a row.
# Routines need a heading, those of TABLED a row.
TABLED = ("vm_map.defs", "exc.defs", "notify.defs", "console_reply.defs")
MESSAGE_H, PORT_H = "include/mach/message.h", "include/mach/port.h"

HEADING = re.compile(r"### (\w+)$")
CELL = re.compile(r"\| (?:`\w+`,? ?)+ ?\|")
SPAN = re.compile(r"`([^`]+)`")
CONSTANT = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)+")
CALLABLE = re.compile(r"(mach|task|thread|host|ledger|bootstrap|mig|console|"
                      r"job|vm)_[a-z]\w*")
CODE = re.compile(r"- `(KERN|MACH|MIG|BOOTSTRAP)_|No errors")


def required():
    """(page, names) of all that has to be there."""
    def matching(path, pattern):
        return [name for name in api.defined(path)
                if re.fullmatch(pattern, name)]

    def structures(path, pattern):
        return re.findall(r"^\} (" + pattern + ");$",
                          "\n".join(lines_of(path)), re.MULTILINE)

    options = options_of(MESSAGE_H)
    yield "options.md", options
    yield "messages.md", matching(MESSAGE_H,
                                  "MACH_MSG_[A-Z_]*DESCRIPTOR") + \
        structures(MESSAGE_H, r"mach_msg_(?!type_)\w*descriptor_t") + \
        structures(MESSAGE_H, r"mach_msg_\w*trailer_t") + \
        matching(MESSAGE_H, "MACH_RCV_TRAILER_[A-Z]+(?<!MASK)") + \
        matching(MESSAGE_H, "MACH_MSG_TYPE_(MOVE|COPY|MAKE)_[A-Z_]+")
    yield "errors.md", [
        name for name in matching(MESSAGE_H, r"MACH_(SEND|RCV)_\w+")
        if name not in options and "TRAILER_" not in name] + \
        matching(MESSAGE_H, r"MACH_MSG_(IPC|VM)_\w+") + \
        matching("include/mach/kern_return.h", r"KERN_(?!RETURN_MAX)\w+") + \
        matching("include/mach/mig_errors.h", r"MIG_\w+") + \
        matching("include/servers/bootstrap_types.h",
                 "BOOTSTRAP_(?!MAX|STATUS)[A-Z_]+")
    yield "notifications.md", matching(
        "include/mach/notify.h", r"MACH_NOTIFY_(?!FIRST|LAST)\w+") + \
        structures("include/mach/notify.h", r"mach_\w+_notification_t")
    yield "guards.md", matching(PORT_H, r"MP[OG]_(?!FLAGS_NONE)\w+")
    yield "ports.md", \
        matching(PORT_H, "MACH_PORT_(LIMITS_INFO|RECEIVE_STATUS|"
                         "DNREQUESTS_SIZE|INFO_EXT|GUARD_INFO)")
    yield "traps.md", list(api.traps())
    yield None, [name for name, call in api.routines().items()]
    yield None, list(api.functions())


def options_of(path):
    """The constants between the headings of options and of answers."""
    found, inside = [], False
    for line in lines_of(path):
        if "/* ----" in line:
            inside = "Options of mach_msg" in line
        match = re.match(r"#define (MACH(?:64)?_(?:MSG|SEND|RCV)_\w+)\s",
                         line)
        if inside and match and "TRAILER_" not in match.group(1):
            found.append(match.group(1))
    return found


# ---- pages

class Page:
    """One page: its entries, the code in it, the text of each routine."""

    def __init__(self, name):
        self.name = name
        self.path = f"{FOLDER}/{name}"
        self.lines = lines_of(self.path)
        self.headings = {}   # name -> line number of its heading
        self.cells = {}      # name -> line number of its row
        self.blocks = []     # (line number of the first line, lines)
        self.prose = []      # (line number, line) outside of code
        self.read()

    def read(self):
        block = None
        for number, line in enumerate(self.lines, 1):
            if block is not None:
                if line == "```":
                    block = None
                else:
                    block[1].append(line)
                continue
            if line.startswith("```"):
                block = (number + 1, [])
                if line == "```c":
                    self.blocks.append(block)
                continue
            self.prose.append((number, line))
            match = HEADING.match(line)
            if match:
                self.headings[match.group(1)] = number
            elif CELL.match(line):
                for name in SPAN.findall(line.split("|")[1]):
                    self.cells[name] = number

    def text_of(self, name):
        """The lines from a heading to the next one."""
        start = self.headings[name]
        rest = self.lines[start:]
        for index, line in enumerate(rest):
            if line.startswith("#"):
                return rest[:index]
        return rest

    def examples(self):
        """The blocks of code that are not a heading's prototype."""
        first = {number + 5 for number in self.headings.values()}
        return [block for block in self.blocks if block[0] not in first]


def pages():
    return [Page(name) for name in sorted(os.listdir(FOLDER))
            if name.endswith(".md")]


# ---- the generated part of an entry: how it is called

def call_of(name):
    calls = (api.routines().get(name), api.functions().get(name),
             api.traps().get(name))
    return next((call for call in calls if call), None)


def generated(name):
    """The lines that follow a heading."""
    call, ways = call_of(name), []
    for trap in (name, f"_kernelrpc_{name}_trap", f"{name}_trap"):
        if trap in api.traps():
            ways.append(api.traps()[trap].head)
    if name in api.routines():
        ways.insert(0, api.routines()[name].head)
    head = "; ".join(ways) or "libmach"
    return ["", f"*{head}*", "", "```c", *call.prototype().splitlines(),
            "```"]


def rewritten(page):
    """The page with every entry's generated part as it must be."""
    result, index = [], 0
    lines = page.lines
    while index < len(lines):
        line = lines[index]
        result.append(line)
        index += 1
        match = HEADING.match(line)
        if not match or not call_of(match.group(1)):
            continue
        result += generated(match.group(1))
        if lines[index:index + 2] and re.match(r"\*.*\*$",
                                               lines[index + 1]):
            index = lines.index("```", index) + 1
    return result


def write():
    for page in pages():
        text = "\n".join(rewritten(page)) + "\n"
        with open(page.path, "w", encoding="utf-8") as file:
            file.write(text)


# ---- the check

def missing(found):
    for where, names in required():
        for name in names:
            if where:
                page = next((p for p in found if p.name == where), None)
                if page is None or not (name in page.headings
                                        or name in page.cells):
                    yield f"{FOLDER}/{where}: no entry for {name}"
            elif not entry_of(found, name):
                yield f"{FOLDER}: no entry for {name}"


def entry_of(found, name):
    routine = api.routines().get(name)
    heading = routine and not any(t in routine.head for t in TABLED)
    return any(name in page.headings or (not heading and name in page.cells)
               for page in found)


def unknown(page):
    """Entries and names in the text that no header knows."""
    known = api.identifiers()
    for name, number in {**page.headings, **page.cells}.items():
        if name not in known and not call_of(name) and "_" in name:
            yield f"{page.path}:{number}: there is no {name}"
    for number, line in page.prose:
        for span in SPAN.findall(line):
            word = span.removesuffix("()")
            if (CONSTANT.fullmatch(word) or CALLABLE.fullmatch(word)) and \
                    word not in known and not call_of(word):
                yield f"{page.path}:{number}: there is no {word}"


def incomplete(page):
    for name, number in page.headings.items():
        if call_of(name) is None:
            continue
        text = page.text_of(name)
        if name in api.routines() and not any(CODE.match(t) for t in text):
            yield f"{page.path}:{number}: {name} does not tell its errors"
    if page.lines != rewritten(page):
        yield f"{page.path}: stale prototypes: run tools/check --write"


def without_example(found):
    code = "\n".join("\n".join(lines) for page in found
                     for _, lines in page.examples())
    for page in found:
        for name, number in page.headings.items():
            if call_of(name) and not re.search(rf"\b(do_|catch_|_rpc_)?{name}\(",
                                               code):
                yield f"{page.path}:{number}: no example calls {name}"


def compile_errors(page):
    """All code of a page as one file, with the lines of the page."""
    text = api.INCLUDES
    for number, lines in page.blocks:
        text += f'#line {number} "{page.path}"\n' + "\n".join(lines) + "\n"
    done = subprocess.run(
        api.compiler() + ["-Wall", "-Wextra", "-Werror", "-fsyntax-only", "-"],
        input=text, text=True, capture_output=True)
    errors = [line for line in done.stderr.splitlines() if "error:" in line]
    return errors or (done.stderr.splitlines()[:3] if done.returncode else [])


def wrong_sizes(found):
    """The table of types says how large each is."""
    rows = {}
    for page in found:
        for number, line in page.prose:
            match = re.match(r"\| `(\w+_t)` \| (\d+) \|", line)
            if match and page.name in ("types.md", "messages.md",
                                       "notifications.md"):
                rows[match.group(1)] = (f"{page.path}:{number}",
                                        int(match.group(2)))
    real = api.measure(list(rows)) if rows else {}
    for name, (where, size) in rows.items():
        if real[name] != size:
            yield f"{where}: {name} has {real[name]} bytes, not {size}"


def check():
    found = pages()
    yield from missing(found)
    for page in found:
        yield from unknown(page)
        yield from incomplete(page)
        yield from compile_errors(page)
    yield from without_example(found)
    yield from wrong_sizes(found)
    print(f"        {sum(len(p.headings) for p in found)} headings, "
          f"{sum(len(p.examples()) for p in found)} examples, "
          f"{sum(len(p.lines) for p in found)} lines")
