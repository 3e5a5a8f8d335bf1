# SPDX-License-Identifier: MIT
"""task.py - `make run TASK=`: a user's own program, compiled and run alone.

The sources may lie anywhere.  The program goes as bin/NAME into a copy of the
boot file system, and runs as the only job of the bootstrap server.
"""

import io
import os
import re
import shlex
import subprocess
import tarfile

from runlib.config import Refused, build_flags

# Undefined behaviour shall do what the source seems to say, as long as the
# user does not ask for more; a call without a prototype is always a mistake.
FLAGS = ["-O0", "-g", "-Wall", "-Wextra",
         "-Werror=implicit-function-declaration"]


def sources():
    files = shlex.split(os.environ.get("TASK", ""))
    if not files:
        raise Refused("TASK= names no file")
    hint = " (no blanks in paths)" if len(files) > 1 else ""
    for path in files:
        if not path.endswith(".c"):
            raise Refused(f"TASK: {path} is not a .c file{hint}")
        if not os.path.exists(path):
            raise Refused(f"TASK: there is no file {path}{hint}")
    return files


def name():
    stem = os.path.basename(sources()[0])[:-2]
    if stem == "bootstrap":
        raise Refused("TASK: bootstrap is the first task's name; "
                      "please take another")
    return re.sub(r"[^\w.-]", "_", stem)


def folder(config):
    """Where its objects and the program with its symbols go."""
    path = os.path.join(config.build, "task")
    os.makedirs(path, exist_ok=True)
    return path


def object_paths(config):
    return [os.path.join(folder(config),
                         f"{index}-{os.path.basename(path)}.o")
            for index, path in enumerate(sources())]


def compile_all(config):
    """Compiles each file; the compiler's messages are the only output."""
    values = build_flags(config.build)
    flags = shlex.split(os.environ.get("TASK_CFLAGS", ""))
    for path, out in zip(sources(), object_paths(config)):
        words = values["CC"] + values["CFLAGS"] + FLAGS + flags
        if subprocess.call(words + ["-c", "-o", out, path]) != 0:
            return False
    return True


def link(config):
    """Returns the program's path, or None after the linker's message."""
    values = build_flags(config.build)
    out = os.path.join(folder(config), name())
    libraries = [os.path.join(config.build, f"lib{stem}.a")
                 for stem in ("mach", "c")]
    words = values["LD"] + values["LDFLAGS"] + ["-o", out]
    words += object_paths(config) + ["--start-group"] + libraries
    if subprocess.call(words + ["--end-group"]) != 0:
        return None
    return out


def boot_files(config, program):
    """A copy of the boot file system with the program in it."""
    out = os.path.join(folder(config), f"{name()}.tar")
    stripped = out + ".program"
    subprocess.check_call(["objcopy", "--strip-all", program, stripped])
    with open(stripped, "rb") as file:
        data = file.read()
    member = f"bin/{name()}"
    with tarfile.open(config.bootfs) as old, \
            tarfile.open(out, "w", format=tarfile.USTAR_FORMAT) as new:
        for entry in old:
            if entry.name != member:
                new.addfile(entry, old.extractfile(entry))
        entry = tarfile.TarInfo(member)
        entry.size, entry.mode = len(data), 0o755
        new.addfile(entry, io.BytesIO(data))
    return out


def command_line(config):
    words = [config.cmdline, f"task={name()}"]
    arguments = os.environ.get("TASK_ARGS", "")
    if arguments:
        words.append(f"-- {arguments}")
    return " ".join(word for word in words if word)
