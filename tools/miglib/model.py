# SPDX-License-Identifier: MIT
"""What a .defs file says: a Subsystem of Routines with Arguments."""


class Argument:
    """One argument of a routine.

    direction  in, out, inout; request, reply (with `reply_side` user, server
               or both); waittime, sendtime, msgoption; audittoken, sectoken
    flags      lower-case words after the type: countinout, dealloc, const …
    master     the array argument whose count this one shares, or None
    """

    def __init__(self, position, direction, name, type_, flags):
        self.position = position
        self.direction = direction
        self.name = name
        self.type = type_
        self.flags = flags
        self.reply_side = None
        self.master = None

    def is_in(self):
        return self.direction in ("in", "inout")

    def is_out(self):
        return self.direction in ("out", "inout")

    def has_count(self):
        """Carries a count of its own, in C and on the wire."""
        return self.type.is_counted() and self.master is None

    def count_name(self):
        return f"{(self.master or self).name}Cnt"

    def count_in_out(self):
        return "countinout" in self.flags

    def poly_name(self):
        return f"{self.name}Poly"

    def is_const(self):
        return "const" in self.flags


class Routine:
    """What the .defs file calls `name`: a routine; `kind` is the word before it."""

    def __init__(self, position, name, number, kind, arguments):
        self.position = position
        self.name = name
        self.number = number
        self.simple = kind == "simpleroutine"
        self.has_trap = kind == "traproutine"
        self.arguments = arguments
        self.request_port = None
        self.reply_port = None

    def message_name(self):
        """The name in the structures: a library wraps _kernelrpc_NAME."""
        return self.name.removeprefix("_kernelrpc_")

    def trap_name(self):
        return f"_kernelrpc_{self.name}_trap"

    def ins(self):
        return [a for a in self.arguments if a.is_in()]

    def outs(self):
        return [a for a in self.arguments if a.is_out()]

    def of(self, direction):
        """The one argument of that direction, or None."""
        found = [a for a in self.arguments if a.direction == direction]
        return found[0] if found else None

    def server_reply(self):
        """The reply port argument, if the server sees it."""
        reply = self.reply_port
        return reply if reply and reply.reply_side != "user" else None

    def user_reply(self):
        reply = self.reply_port
        return reply if reply and reply.reply_side != "server" else None


class Subsystem:
    """A whole .defs file; without a subsystem statement name is None."""

    def __init__(self):
        self.position = None
        self.name = None
        self.base = 0
        self.kernel_server = False
        self.kernel_user = False
        self.user_prefix = ""
        self.server_prefix = ""
        self.demux = None
        self.imports = []
        self.user_imports = []
        self.server_imports = []
        self.slots = []

    def routines(self):
        return [r for r in self.slots if r is not None]

    def end(self):
        return self.base + len(self.slots)

    def demux_name(self):
        return self.demux or f"{self.name}_server"

    def user_name(self, routine):
        """What sends the message: beside a trap it is not the library's NAME."""
        name = f"_kernelrpc_{routine.name}" if routine.has_trap else routine.name
        return self.user_prefix + name

    def library_name(self, routine):
        return self.user_prefix + routine.name

    def server_name(self, routine):
        return self.server_prefix + routine.name

    def uses(self, test):
        """Does any argument of any routine pass the test?"""
        return any(test(a) for r in self.routines() for a in r.arguments)
