# SPDX-License-Identifier: MIT
"""task.py - `make run TASK=` and `TASKS=`: a user's own programs, compiled and
run.

The sources may lie anywhere.  A program goes as task/NAME, with its arguments
in args/NAME, into a copy of the boot file system; the bootstrap server starts
what it finds there in the order of the archive.
"""

import dataclasses
import io
import os
import re
import shlex
import subprocess
import tarfile

from runlib.config import Refused, build_flags

# Undefined behaviour shall do what the source seems to say, as long as the
# user does not ask for more; a call without a prototype is always a mistake.
FLAGS = ["-O0", "-g", "-Werror=implicit-function-declaration"]
NAME_MAX = 94                   # of "task/NAME" in a ustar archive
ARGUMENTS_MAX = 2048            # bytes, each with its NUL
PROGRAMS_MAX = 16
ENVIRON = "etc/environ"


@dataclasses.dataclass
class Program:
    """One program: its sources, and the words that it is started with; `path`
    is where it lies if it is not linked here."""
    name: str
    sources: list
    arguments: list = dataclasses.field(default_factory=list)
    path: str = ""


def words_of(variable):
    try:
        return shlex.split(os.environ.get(variable, ""))
    except ValueError as error:
        raise Refused(f"{variable}: {error}") from None


def programs():
    """The programs of this run, in the order in which they are started."""
    if os.environ.get("TASK") and os.environ.get("TASKS"):
        raise Refused("TASK= is one program and TASKS= several: take one")
    if os.environ.get("TASKS"):
        variable = "TASKS"
        sources = [word.split(",") for word in words_of("TASKS")]
    else:
        variable, sources = "TASK", [words_of("TASK")]
    if not sources or not sources[0]:
        raise Refused(f"{variable}= names no file")
    if len(sources) > PROGRAMS_MAX:
        raise Refused(f"TASKS: more than {PROGRAMS_MAX} programs")
    found = [Program(name_of(variable, files), files, words)
             for files, words in zip(sources, arguments(sources))]
    names = [program.name for program in found]
    for name in names:
        if names.count(name) > 1:
            raise Refused(f"TASKS: two programs are called {name}")
    return found


def name_of(variable, files):
    """The program's name, which is its first file's."""
    hint = " (no blanks in paths)" if len(files) > 1 else ""
    for path in files:
        if not path.endswith(".c"):
            raise Refused(f"{variable}: {path} is not a .c file{hint}")
        if not os.path.exists(path):
            raise Refused(f"{variable}: there is no file {path}{hint}")
    stem = os.path.basename(files[0])[:-2]
    if len(stem) > NAME_MAX:
        raise Refused(f"{variable}: the name {stem} is longer than {NAME_MAX} "
                      "letters")
    return re.sub(r"[^A-Za-z0-9_.-]", "_", stem)


def arguments(sources):
    """The words of each program: TASK_ARGS, which of several programs all get,
    or each its own part between `--`."""
    words = words_of("TASK_ARGS")
    parts = [words] * len(sources)
    if len(sources) > 1 and "--" in words:
        parts = [[]]
        for word in words:
            if word == "--":
                parts.append([])
            else:
                parts[-1].append(word)
        if len(parts) > len(sources):
            raise Refused(f"TASK_ARGS has {len(parts)} parts between --, for "
                          f"{len(sources)} programs")
        parts += [[]] * (len(sources) - len(parts))
    if any(len(packed(part)) > ARGUMENTS_MAX for part in parts):
        raise Refused(f"TASK_ARGS is longer than {ARGUMENTS_MAX} bytes")
    return parts


def packed(words):
    """As the program's stack has them: each ended by a NUL."""
    return b"".join(os.fsencode(word) + b"\0" for word in words)


def folder(config):
    """Where objects and the programs with their symbols go."""
    path = os.path.join(config.build, "task")
    os.makedirs(path, exist_ok=True)
    return path


def paths(config, run):
    """The programs with their symbols, by name."""
    return {program.name: program.path or os.path.join(folder(config),
                                                       program.name)
            for program in run}


def object_paths(config, program):
    return [os.path.join(folder(config), f"{program.name}.{index}.o")
            for index, _ in enumerate(program.sources)]


def compile_all(config, run):
    """Compiles each file; the compiler's messages are the only output."""
    values = build_flags(config.build)
    words = values["CC"] + values["CFLAGS"] + FLAGS + words_of("TASK_CFLAGS")
    for program in run:
        for path, out in zip(program.sources, object_paths(config, program)):
            if subprocess.call(words + ["-c", "-o", out, path]) != 0:
                return False
    return True


def link(config, run):
    """Links each program; false after the linker's message."""
    values = build_flags(config.build)
    libraries = [os.path.join(config.build, f"lib{stem}.a")
                 for stem in ("test", "mach", "c")]
    for program in run:
        words = values["LD"] + values["LDFLAGS"]
        words += ["-o", paths(config, run)[program.name]]
        words += object_paths(config, program) + ["--start-group"] + libraries
        if subprocess.call(words + ["--end-group"]) != 0:
            return False
    return True


def boot_files(config, run, environment):
    """A copy of the boot file system with the programs in it.  `environment`
    is what every program finds, strings NAME=value."""
    out = os.path.join(folder(config), f"{run[-1].name}.tar")
    with tarfile.open(config.bootfs) as old, \
            tarfile.open(out, "w", format=tarfile.USTAR_FORMAT) as new:
        for entry in old:
            new.addfile(entry, old.extractfile(entry))
        for name, path in paths(config, run).items():
            stripped = out + ".program"
            subprocess.check_call(["objcopy", "--strip-all", path, stripped])
            with open(stripped, "rb") as file:
                add(new, f"task/{name}", file.read())
        for program in run:
            add(new, f"args/{program.name}", packed(program.arguments))
        add(new, ENVIRON, packed(environment))
    return out


def add(archive, name, data):
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = len(data), 0o755
    archive.addfile(entry, io.BytesIO(data))


def blame(run, status):
    """Whose end the status of the run is, and what it says: with several
    programs it begins with the name."""
    for program in run:
        if len(run) > 1 and status.startswith(f"{program.name}: "):
            return program.name, status[len(program.name) + 2:]
    return run[-1].name, status
