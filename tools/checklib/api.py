# SPDX-License-Identifier: MIT
"""api - what the public headers and .defs files offer, for the checks.

    routines()    name -> Call, of every .defs file whose routines users call
    traps()       name -> Call, out of traps.def
    functions()   name -> Call, of the hand-written headers (libmach)
    constants()   name of every #define and every identifier of the headers
"""

import functools
import os
import re
import subprocess
import sys
import tempfile

from checklib import BUILD, lines_of, sources
from runlib.config import build_flags

# exc and mach_exc are called by the kernel, notify too; console_reply is the
# other half of console_read.  They are documented, and not called by users.
DEFS = ("mach_port", "task", "thread_act", "mach_host", "host_priv", "mach_vm",
        "vm_map", "ledger", "ostia", "console", "bootstrap", "job", "exc",
        "mach_exc", "notify", "console_reply")
PREFIXES = ("_kernelrpc_", "_rpc_")

EXTERN = re.compile(r"^extern\s+([\w\s*]+?)([*\s])(\w+)\(([^;]*)\)\s*;",
                    re.MULTILINE)
TRAP = re.compile(r"^(MACHDEP_)?TRAP\((\d+),\s*(\w+),\s*(\w+),\s*\((.*?)\)\)",
                  re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


class Call:
    """A function: its C type, its parameters with a note on each."""

    def __init__(self, result, name, parameters, head=""):
        self.result = result
        self.name = name
        self.parameters = parameters
        self.head = head

    def prototype(self):
        """One parameter a line, the notes in one column."""
        if not self.parameters:
            return f"{self.result} {self.name}(void);"
        texts = [text for text, _ in self.parameters]
        texts = [text + "," for text in texts[:-1]] + [texts[-1] + ");"]
        width = max(len(text) for text in texts)
        lines = [f"    {text:<{width}}  /* {note} */" if note
                 else f"    {text}"
                 for text, (_, note) in zip(texts, self.parameters)]
        return "\n".join([f"{self.result} {self.name}("] + lines)


# ---- .defs files

RIGHTS = {
    "MACH_MSG_TYPE_MOVE_RECEIVE": ("receive right, moved", "receive right"),
    "MACH_MSG_TYPE_MOVE_SEND": ("send right, moved", "send right"),
    "MACH_MSG_TYPE_MOVE_SEND_ONCE": ("send-once right, moved",
                                     "send-once right"),
    "MACH_MSG_TYPE_COPY_SEND": ("send right, copied", "send right"),
    "MACH_MSG_TYPE_MAKE_SEND": ("send right, made of a receive right",
                                "send right"),
    "MACH_MSG_TYPE_MAKE_SEND_ONCE": ("send-once right, made of a receive "
                                     "right", "send-once right"),
    "MACH_MSG_TYPE_POLYMORPHIC": ("a right, as the next argument says",
                                  "a right, as the next argument says"),
}


def _way(argument):
    return {"out": "out", "inout": "in/out"}.get(argument.direction, "in")


def _bytes(count):
    return f"{count} byte" + ("" if count == 1 else "s")


def note(argument):
    """What goes over the wire for an argument."""
    type_, way = argument.type, _way(argument)
    if argument.direction == "request":
        return "the port that is asked"
    if type_.kind == "port":
        return f"{way}: {RIGHTS[type_.disposition][argument.is_out()]}"
    if type_.is_string():
        return f"{way}: text, at most {_bytes(type_.count)} with its NUL"
    if type_.kind == "vararray":
        return f"{way}: at most {type_.count} of {_bytes(type_.element_size)}"
    if type_.kind == "ports":
        right = RIGHTS[type_.disposition][argument.is_out()]
        return f"{way}: at most {type_.count}, each a {right}"
    if type_.kind in ("ool", "oolports"):
        size = 4 if type_.kind == "oolports" else type_.element_size
        what = "rights" if type_.kind == "oolports" else _bytes(size)
        whose = ", yours" if argument.is_out() else ""
        return f"{way}: memory{whose}: elements of {what}" if size != 1 \
            else f"{way}: memory{whose}"
    return f"{way}: {_bytes(type_.size())}"


def _noted(argument, texts):
    notes = [note(argument)]
    if argument.has_count():
        notes.append("in: room, out: how many" if argument.count_in_out()
                     else f"{_way(argument)}: how many")
    if argument.type.kind == "port" and argument.type.is_polymorphic():
        notes.append(f"{_way(argument)}: 4 bytes, MACH_MSG_TYPE_")
    return list(zip(texts, notes))


def plain(name):
    """The name that users call a routine by."""
    for prefix in PREFIXES:
        name = name.removeprefix(prefix)
    return name


def _mig(path):
    from miglib.lexer import tokens
    from miglib.parser import parse
    from miglib.source import preprocess
    text, _ = preprocess(path, ["-Iinclude"], None)
    return parse(tokens(text))


@functools.lru_cache(None)
def routines():
    """Of each routine: its Call, with its file and number in `head`."""
    from miglib.ctext import parameters
    found = {}
    for path in sources(".defs", folders=("include",)):
        short = os.path.basename(path)[:-5]
        if short not in DEFS:
            continue
        subsystem = _mig(path)
        for routine in subsystem.routines():
            noted = []
            for argument in routine.arguments:
                if argument.direction in ("audittoken", "sectoken") or (
                        argument.direction == "reply"
                        and argument.reply_side == "server"):
                    continue
                noted += _noted(argument, parameters(argument, "user"))
            head = f"message {routine.number} ({short}.defs)" + (
                ", no reply" if routine.simple else "")
            name = plain(subsystem.user_name(routine))
            found[name] = Call("kern_return_t", name, noted, head)
    return found


# ---- C headers

def _split(parameters):
    text = " ".join(parameters.split())
    return [] if text == "void" else [part.strip()
                                      for part in text.split(",")]


@functools.lru_cache(None)
def _raw_traps():
    with open("include/mach/traps.def", encoding="utf-8") as file:
        text = COMMENT.sub("", file.read())
    return [(int(number), bool(machine), result, name, _split(parameters))
            for machine, number, result, name, parameters
            in TRAP.findall(text)]


@functools.lru_cache(None)
def _raw_functions():
    found = []
    for path in sources(".h", folders=("include",)):
        with open(path, encoding="utf-8") as file:
            text = COMMENT.sub("", file.read())
        for result, star, name, parameters in EXTERN.findall(text):
            if not name.startswith("__"):
                found.append((result.strip() + (" *" if star == "*" else ""),
                              name, _split(parameters)))
    return found


def _type_of(parameter):
    """`const char *src` -> `const char *`, which may be an array's name."""
    match = re.fullmatch(r"(.*?[\s*])(\w+)", parameter)
    return match.group(1).strip() if match else parameter


@functools.lru_cache(None)
def sizes():
    """C type -> bytes, of the parameters of traps and functions."""
    types = sorted({_type_of(parameter)
                    for *_, parameters in _raw_traps() + _raw_functions()
                    for parameter in parameters})
    wanted = types + [t[:-1].strip() for t in types
                      if t.endswith("*") and "void" not in t]
    return measure(wanted)


INCLUDES = "".join(f"#include <{path}>\n" for path in (
    "stddef.h", "stdint.h", "stdio.h", "stdlib.h", "string.h",
    "mach/mach.h", "mach/mach_traps.h", "mach/mach_time.h",
    "mach/mach_error.h", "mach/mig.h", "mach/notify.h", "mach/thread_switch.h",
    "servers/bootstrap.h", "ostia/ostia.h", "ostia/console.h",
    "ostia/job.h", "ostia/ports.h", "mach/mach_exc.h", "mach/exc.h",
    "mach/vm_map.h", "mach/host_priv.h"))


def compiler():
    values = build_flags(BUILD)
    return values["CC"] + values["CFLAGS"] + ["-x", "c"]


def measure(types):
    """The sizes of C types, as the user's compiler has them."""
    text = INCLUDES + "".join(f"char size_{index}[sizeof({type_})];\n"
                              for index, type_ in enumerate(types))
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "sizes.o")
        done = subprocess.run(compiler() + ["-fno-common", "-c", "-o", out,
                                            "-"],
                              input=text, text=True, capture_output=True)
        if done.returncode:
            sys.exit(f"api: {done.stderr.splitlines()[0]}")
        listed = subprocess.run(["nm", "-S", out], text=True,
                                capture_output=True).stdout
    result = {}
    for line in listed.splitlines():
        words = line.split()
        if words[-1].startswith("size_"):
            result[types[int(words[-1][5:])]] = int(words[1], 16)
    return result


def _c_call(result, name, parameters, head=""):
    noted = []
    for parameter in parameters:
        type_ = _type_of(parameter)
        target = sizes().get(type_[:-1].strip()) if type_.endswith("*") else 0
        if type_ == "const char *":
            text = "text, ended by NUL"
        elif target:
            text = f"address of {_bytes(target)}"
        else:
            text = _bytes(sizes().get(type_, 8))
        noted.append((parameter, text))
    return Call(result, name, noted, head)


@functools.lru_cache(None)
def traps():
    return {name: _c_call(result, name, parameters,
                          f"trap {number}" + (" of class 3" if machine
                                              else ""))
            for number, machine, result, name, parameters in _raw_traps()}


@functools.lru_cache(None)
def functions():
    return {name: _c_call(result, name, parameters, "libmach")
            for result, name, parameters in _raw_functions()}


# ---- names

@functools.lru_cache(None)
def header_texts():
    """Every public header, generated ones too, without comments."""
    generated = [os.path.join(where, file)
                 for where, _, files in os.walk(f"{BUILD}/include")
                 for file in files]
    return [COMMENT.sub("", "\n".join(lines_of(path)))
            for path in sources(".h", ".def", folders=("include",)) + generated]


@functools.lru_cache(None)
def identifiers():
    return frozenset(re.findall(r"[A-Za-z_]\w*", "\n".join(header_texts())))


def defined(path):
    """The constants that a header defines."""
    return [match.group(1) for line in lines_of(path)
            if (match := re.match(r"#define (\w+)(?!\()\s", line))]
