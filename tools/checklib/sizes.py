# SPDX-License-Identifier: MIT
"""files, functions and the kernel stay small"""

import os
import statistics
import subprocess

from checklib import BUILD, lines_of, script_files, sources

FILE_MAX = 650
FUNCTION_MAX = 60
KERNEL_MAX = 300 << 10
KERNEL = ("boot", "kernel", "ipc", "vm")


def functions(path):
    """(name, line, length) of each; as clang-format leaves them, a function's
    braces alone stand in the first column on lines of their own."""
    lines = lines_of(path)
    start = None
    for index, line in enumerate(lines):
        if line == "{":
            start = index
            while start and _of_signature(lines[start - 1]):
                start -= 1
        elif line == "}" and start is not None:
            names = [part for part in lines[start:index]
                     if part[:1].isalpha() and "(" in part]
            name = names[0].split("(")[0] if names else "?"
            yield name, start + 1, index - start + 1
            start = None


def _of_signature(line):
    return line.strip() and not line.startswith(("#", "/*", " *", "}")) and \
        not line.rstrip().endswith((";", "*/"))


def too_long():
    lengths = []
    for path in sources(".c", ".h"):
        for name, line, length in functions(path):
            lengths.append(length)
            if length > FUNCTION_MAX:
                yield f"{path}:{line}: {name} has {length} lines, " \
                    f"{FUNCTION_MAX} is the most"
    if len(lengths) > 10:
        tenths = statistics.quantiles(lengths, n=10)
        print(f"        {len(lengths)} functions: median "
              f"{statistics.median(lengths):.0f} lines, 90th percentile "
              f"{tenths[8]:.0f}, longest {max(lengths)}")


def check():
    files = sources(".c", ".h", ".asm", ".py", ".defs", ".t") + script_files()
    for path in sorted(set(files)):
        count = len(lines_of(path))
        if count > FILE_MAX:
            yield f"{path}: {count} lines, {FILE_MAX} is the most"
    yield from too_long()
    total = sum(len(lines_of(path))
                for path in sources(".c", ".h", ".asm", folders=KERNEL))
    print(f"        {total} lines of boot, kernel, ipc and vm")
    yield from kernel_size()


def kernel_size():
    elf = os.path.join(BUILD, "ostia.elf")
    if not os.path.exists(elf):
        return
    done = subprocess.run(["size", elf], capture_output=True, text=True)
    text, data = (int(word) for word in done.stdout.splitlines()[1].split()[:2])
    print(f"        kernel text and data: {(text + data) / 1024:.0f} KiB")
    if text + data >= KERNEL_MAX:
        yield f"{elf}: {text + data} bytes of text and data, " \
            f"{KERNEL_MAX} is the limit"
