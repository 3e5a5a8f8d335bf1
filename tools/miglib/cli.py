# SPDX-License-Identifier: MIT
"""The command line."""

import argparse
import glob
import os
import sys

from .client import Client
from .errors import MigError
from .headers import Header
from .kclient import KernelClient
from .lexer import tokens
from .parser import parse
from .servers import KernelServer, UserServer
from .source import preprocess
from .table import kernel_table

# Output: the macro that its view of the .defs file is preprocessed with.
VIEWS = {
    "user_header": None,
    "user_client": None,
    "server_header": None,
    "server_source": None,
    "kernel_server_header": "KERNEL_SERVER",
    "kernel_server_source": "KERNEL_SERVER",
    "kernel_client_header": "KERNEL_USER",
    "kernel_client_source": "KERNEL_USER",
}
HEADER_KINDS = {
    "user_header": "user",
    "server_header": "server",
    "kernel_server_header": "kserver",
    "kernel_client_header": "kclient",
}
# C file: what makes it, and the header that it includes.
SOURCES = {
    "user_client": (Client, "user_header"),
    "server_source": (UserServer, "server_header"),
    "kernel_server_source": (KernelServer, "kernel_server_header"),
    "kernel_client_source": (KernelClient, "kernel_client_header"),
}


def arguments(argv):
    parser = argparse.ArgumentParser(
        prog="mig",
        description="Turns .defs files into stubs and servers; see docs/mig.md.",
    )
    parser.add_argument("defs", nargs="+", metavar="NAME.defs")
    for output in VIEWS:
        parser.add_argument(f"--{output.replace('_', '-')}", metavar="FILE")
    parser.add_argument("--kernel-table", metavar="FILE",
                        help="list the kernel's servers of all files given")
    parser.add_argument("--deps", metavar="FILE", help="write a make dependency file")
    parser.add_argument("--cpp", metavar="COMMAND", help="the preprocessor to run")
    parser.add_argument("-D", action="append", default=[], metavar="NAME[=VALUE]")
    parser.add_argument("-U", action="append", default=[], metavar="NAME")
    parser.add_argument("-I", action="append", default=[], metavar="DIRECTORY")
    options = parser.parse_args(argv)
    if len(options.defs) > 1 and not options.kernel_table:
        parser.error("more than one .defs file makes sense with --kernel-table alone")
    return options


class Run:
    """One run: what was asked for, and the files that were read for it."""

    def __init__(self, options):
        self.options = options
        self.files = []
        self.outputs = []
        self.parsed = {}

    def subsystem(self, path, macro):
        """The parsed file, as seen with the macro defined."""
        if (path, macro) not in self.parsed:
            flags = [f"-D{d}" for d in self.options.D]
            flags += [f"-U{u}" for u in self.options.U]
            flags += [f"-I{i}" for i in self.options.I]
            if macro and not any(d.split("=")[0] == macro for d in self.options.D):
                flags.append(f"-D{macro}=1")
            lines, files = preprocess(path, flags, self.options.cpp)
            self.files += [f for f in files if f not in self.files]
            self.parsed[path, macro] = parse(tokens(lines))
        return self.parsed[path, macro]

    def all(self):
        options = self.options
        if options.kernel_table:
            self.table()
        for output, macro in VIEWS.items():
            if getattr(options, output):
                self.output(output, self.subsystem(options.defs[0], macro))
        if not options.kernel_table and not self.outputs:
            self.subsystem(options.defs[0], None)
        if options.deps:
            write(options.deps, self.dependencies())

    def table(self):
        subsystems = [self.subsystem(path, "KERNEL_SERVER") for path in self.options.defs]
        self.write(self.options.kernel_table, kernel_table(subsystems))

    def output(self, output, subsystem):
        options = self.options
        source, path = options.defs[0], getattr(options, output)
        need_kernel(output, subsystem)
        if output in HEADER_KINDS:
            maker = Header(subsystem, source, HEADER_KINDS[output])
        else:
            make, header = SOURCES[output]
            include = header_path(path, getattr(options, header), output)
            maker = make(subsystem, source, include)
        self.write(path, maker.text())

    def write(self, path, text):
        write(path, text)
        self.outputs.append(path)

    def dependencies(self):
        """Make rules: outputs depend on what was read; missing files are fine."""
        here = os.path.dirname(os.path.realpath(__file__))
        tool = sorted(glob.glob(os.path.join(os.path.relpath(here), "*.py")))
        read = self.files + tool
        text = " ".join(self.outputs) + ": " + " \\\n  ".join(read) + "\n"
        return text + "".join(f"{path}:\n" for path in read)


def need_kernel(output, subsystem):
    if not output.startswith("kernel_") or subsystem.name is None:
        return
    word = "KernelServer" if "server" in output else "KernelUser"
    has = subsystem.kernel_server if "server" in output else subsystem.kernel_user
    if not has:
        raise MigError(
            subsystem.position,
            f"expected 'subsystem {word} {subsystem.name}' for a kernel output",
        )
    if not subsystem.routines():
        raise MigError(subsystem.position, f"subsystem {subsystem.name} has no routine")
    for routine in subsystem.routines():
        if routine.has_trap and routine.request_port.type.intran is None:
            raise MigError(
                routine.request_port.position,
                "expected an object, made by intran, as a traproutine's first argument",
            )
        for argument in routine.arguments:
            need_kernel_argument(output, argument)


def need_kernel_argument(output, argument):
    """What the kernel's stubs cannot carry."""
    if argument.direction in ("audittoken", "sectoken"):
        raise MigError(argument.position, "a kernel server has no trailer to read")
    if "client" in output and argument.type.kind in ("ports", "oolports"):
        raise MigError(argument.position, "the kernel sends no arrays of ports")


def header_path(path, header, output):
    """The header as the C file includes it: by a path that nothing can shadow."""
    if header is None:
        _, wanted = SOURCES[output]
        raise MigError(
            None,
            f"--{output.replace('_', '-')} needs --{wanted.replace('_', '-')} too",
        )
    directory = os.path.dirname(os.path.abspath(path))
    return f'"{os.path.relpath(os.path.abspath(header), directory)}"'


def write(path, text):
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise MigError(None, f"cannot write {path}: {error.strerror}") from error


def main(argv):
    run = Run(arguments(argv))
    try:
        run.all()
    except MigError as error:
        print(error.report(), file=sys.stderr)
        for path in run.outputs:
            os.unlink(path)
        return 1
    return 0
