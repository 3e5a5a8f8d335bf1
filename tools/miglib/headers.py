# SPDX-License-Identifier: MIT
"""The four headers: user client, user server, kernel server, kernel client."""

from .ctext import BANNER, Writer, function_head, include_guard, includes, parameters
from .layout import Message, structure

USER_INCLUDES = [
    "<mach/kern_return.h>",
    "<mach/message.h>",
    "<mach/mig.h>",
    "<mach/mig_errors.h>",
    "<mach/ndr.h>",
    "<mach/notify.h>",
    "<mach/port.h>",
]
KERNEL_INCLUDES = ['"ipc/mig_kernel.h"']


def side_imports(subsystem, kind):
    """Files that the .defs file imports for this output."""
    if kind in ("user", "kclient"):
        return subsystem.imports + subsystem.user_imports
    return subsystem.imports + subsystem.server_imports


def messages_of(routine):
    result = [Message(routine, "request")]
    if not routine.simple:
        result.append(Message(routine, "reply"))
    return result


def client_parameters(routine, side):
    """Parameters of a client stub, in the order of the .defs file."""
    result = []
    for argument in routine.arguments:
        if argument.direction in ("audittoken", "sectoken"):
            continue
        if argument.direction == "reply" and argument.reply_side == "server":
            continue
        result += parameters(argument, side)
    return result


def server_parameters(routine, side):
    """Parameters of the function that serves."""
    result = []
    for argument in routine.arguments:
        if argument.direction in ("waittime", "sendtime", "msgoption"):
            continue
        if argument.direction == "reply" and argument.reply_side == "user":
            continue
        result += parameters(argument, side)
    return result


def kernel_client_parameters(routine):
    """The destination, then the reply right, then what is sent."""
    result = parameters(routine.request_port, "kclient")
    if not routine.simple:
        result.append("ipc_port_t reply_right")
    for argument in routine.ins():
        result += kernel_in_parameters(argument)
    return result


def kernel_in_parameters(argument):
    """An inout argument is sent by value."""
    if argument.direction != "inout" or argument.type.is_array():
        result = parameters(argument, "kclient")
    else:
        result = [p.replace("*", "", 1) for p in parameters(argument, "kclient")]
    return [p.replace("mach_msg_type_number_t *", "mach_msg_type_number_t ") for p in result]


class Header:
    """kind is user, server, kserver or kclient."""

    def __init__(self, subsystem, source, kind):
        self.subsystem = subsystem
        self.source = source
        self.kind = kind
        self.writer = Writer()

    def text(self):
        writer = self.writer
        writer.line(BANNER.format(source=self.source))
        name = self.subsystem.name
        if name is None:
            writer.line(f"/* {self.source} has no subsystem: types alone. */")
            return writer.text()
        guard = f"_MIG_{name}_{self.kind}_h_"
        include_guard(writer, guard, self.body)
        return writer.text()

    def body(self):
        writer = self.writer
        kernel = self.kind in ("kserver", "kclient")
        paths = KERNEL_INCLUDES if kernel else USER_INCLUDES
        imports = [p for p in side_imports(self.subsystem, self.kind) if p not in paths]
        includes(writer, paths + imports)
        writer.line()
        self.prototypes()
        self.structures()
        if self.kind in ("user", "server"):
            self.unions()
        if self.kind in ("user", "server"):
            self.name_map()
        if self.kind == "server":
            self.server_table()
        if self.kind == "kserver":
            writer.line(f"extern const struct mig_subsystem {self.subsystem.name}_subsystem;")

    def prototypes(self):
        for routine in self.subsystem.routines():
            returns, name, params = self.prototype(routine)
            function_head(self.writer, returns, name, params, ";")
            self.writer.line()
            if routine.has_trap and self.kind == "user":
                name = self.subsystem.library_name(routine)
                function_head(self.writer, returns, name, params, ";")
                self.writer.line()

    def prototype(self, routine):
        subsystem = self.subsystem
        if self.kind == "user":
            name = subsystem.user_name(routine)
            return "kern_return_t", name, client_parameters(routine, "user")
        if self.kind == "kclient":
            name = subsystem.user_name(routine)
            return "mach_msg_return_t", name, kernel_client_parameters(routine)
        name = subsystem.server_name(routine)
        return "kern_return_t", name, server_parameters(routine, self.kind)

    def structures(self):
        """Once, whichever header of this subsystem comes first."""
        writer, name = self.writer, self.subsystem.name
        writer.line(f"#ifndef __{name}_messages__defined")
        writer.line(f"#define __{name}_messages__defined")
        writer.line("#pragma pack(push, 4)")
        view = "user" if self.kind in ("user", "kclient") else "server"
        for routine in self.subsystem.routines():
            for message in messages_of(routine):
                writer.line()
                writer.many(structure(message, view))
                writer.line(
                    f"_Static_assert(sizeof({message.c_name()}) == "
                    f"{message.max_size()}, \"{message.c_name()}\");"
                )
        writer.line()
        writer.line("#pragma pack(pop)")
        writer.line("#endif")
        writer.line()

    def unions(self):
        prefix = self.subsystem.server_prefix if self.kind == "server" else ""
        name = f"{prefix}{self.subsystem.name}_subsystem"
        self.union(f"__RequestUnion__{name}", "request")
        self.union(f"__ReplyUnion__{name}", "reply")

    def union(self, name, direction):
        writer = self.writer
        writer.line(f"#ifndef {name}__defined")
        writer.line(f"#define {name}__defined")
        writer.open(f"union {name} {{")
        for routine in self.subsystem.routines():
            field = f"{'Request' if direction == 'request' else 'Reply'}_"
            if direction == "reply" and routine.simple:
                c_type = "mig_reply_error_t"
            else:
                c_type = Message(routine, direction).c_name()
            writer.line(f"{c_type} {field}{routine.message_name()};")
        if not self.subsystem.routines():
            writer.line("mig_reply_error_t None;")
        writer.close("};")
        writer.line("#endif")
        writer.line()

    def name_map(self):
        writer, subsystem = self.writer, self.subsystem
        macro = f"subsystem_to_name_map_{subsystem.name}"
        writer.line(f"#ifndef {macro}")
        rows = [f"{{ \"{r.message_name()}\", {r.number} }}" for r in subsystem.routines()]
        writer.line(f"#define {macro} \\")
        writer.line("    " + ", \\\n    ".join(rows))
        writer.line("#endif")
        writer.line()
        count = f"{subsystem.name}_MSG_COUNT"
        writer.line(f"#ifndef {count}")
        writer.line(f"#define {count} {len(subsystem.slots)}")
        writer.line("#endif")

    def server_table(self):
        writer, subsystem = self.writer, self.subsystem
        writer.line()
        writer.line("/* Answers a request; false if its id is none of ours. */")
        function_head(
            writer,
            "boolean_t",
            subsystem.demux_name(),
            ["mach_msg_header_t *InHeadP", "mach_msg_header_t *OutHeadP"],
            ";",
        )
        writer.line()
        function_head(
            writer,
            "mig_routine_t",
            f"{subsystem.demux_name()}_routine",
            ["mach_msg_header_t *InHeadP"],
            ";",
        )
        writer.line()
        name = f"{subsystem.server_prefix}{subsystem.name}_subsystem"
        writer.open(f"extern const struct {name} {{")
        writer.line("mig_server_routine_t server;")
        writer.line("mach_msg_id_t start;")
        writer.line("mach_msg_id_t end;")
        writer.line("unsigned int maxsize;")
        writer.line("vm_address_t reserved;")
        writer.line(f"struct routine_descriptor routine[{max(1, len(subsystem.slots))}];")
        writer.close(f"}} {name};")
