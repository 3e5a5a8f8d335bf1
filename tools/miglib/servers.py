# SPDX-License-Identifier: MIT
"""Whole server files: the user's demultiplexer, the kernel's table."""

from .ctext import BANNER, Writer, function_head, helper_macros, includes
from .headers import messages_of, server_parameters
from .layout import Message
from .server import ServerStub
from .sides import KernelSide, UserSide
from .trap import TrapHandler, is_made

USER_ERROR = """\
/* Makes the reply say that, and why, there are no results. */
static void
reply_error(mach_msg_header_t *OutHeadP, kern_return_t code)
{
    mig_reply_error_t *OutP = (mig_reply_error_t *)OutHeadP;

    OutP->Head.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    OutP->Head.msgh_size = sizeof(*OutP);
    OutP->NDR = NDR_record;
    OutP->RetCode = code;
}
"""

KERNEL_ERROR = """\
static const NDR_record_t ndr = { .int_rep = NDR_INT_LITTLE_ENDIAN };

/* Makes the reply say that, and why, there are no results. */
static void
reply_error(ipc_kmsg_t reply, kern_return_t code)
{
    mig_reply_error_t *OutP = ipc_kmsg_body(reply);

    OutP->Head.msgh_bits &= ~MACH_MSGH_BITS_COMPLEX;
    OutP->Head.msgh_size = sizeof(*OutP);
    OutP->NDR = ndr;
    OutP->RetCode = code;
}
"""


class ServerFile:
    """What both files begin with."""

    def __init__(self, subsystem, source, header):
        self.subsystem = subsystem
        self.source = source
        self.header = header
        self.writer = Writer()

    def text(self):
        self.writer.line(BANNER.format(source=self.source))
        if self.subsystem.name is not None:
            self.body()
        return self.writer.text()

    def stubs(self, system_includes, error, side):
        writer, routines = self.writer, self.subsystem.routines()
        includes(writer, [self.header] + system_includes)
        writer.line()
        helper_macros(writer, [m for r in routines for m in messages_of(r)])
        writer.many(error.split("\n"))
        for routine in routines:
            ServerStub(writer, self.subsystem, routine, side).emit()


class UserServer(ServerFile):
    def body(self):
        self.stubs(["<stdint.h>", "<string.h>"], USER_ERROR, UserSide())
        self.table()
        self.find()
        self.demux()

    def table_name(self):
        return f"{self.subsystem.server_prefix}{self.subsystem.name}_subsystem"

    def table(self):
        writer, subsystem, name = self.writer, self.subsystem, self.table_name()
        writer.open(f"const struct {name} {name} = {{")
        writer.line(f".server = {subsystem.demux_name()}_routine,")
        writer.line(f".start = {subsystem.base},")
        writer.line(f".end = {subsystem.end()},")
        writer.line(f".maxsize = sizeof(union __ReplyUnion__{name}),")
        writer.open(".routine = {")
        for index, routine in enumerate(subsystem.slots):
            if routine is not None:
                self.row(index, routine)
        if not subsystem.routines():
            writer.line("[0] = { .stub_routine = NULL },")
        writer.close("},")
        writer.close("};")
        writer.line()

    def row(self, index, routine):
        writer = self.writer
        request = Message(routine, "request")
        size = "mig_reply_error_t"
        if not routine.simple:
            size = Message(routine, "reply").c_name()
        name = self.subsystem.server_name(routine)
        writer.open(f"[{index}] = {{")
        writer.line(f".impl_routine = (mig_impl_routine_t){name},")
        writer.line(f".stub_routine = _X{routine.message_name()},")
        writer.line(f".argc = {len(server_parameters(routine, 'server'))},")
        writer.line(f".descr_count = {request.descriptor_count},")
        writer.line(f".max_reply_msg = sizeof({size}),")
        writer.close("},")

    def find(self):
        writer, subsystem, name = self.writer, self.subsystem, self.table_name()
        function_head(
            writer,
            "mig_routine_t",
            f"{subsystem.demux_name()}_routine",
            ["mach_msg_header_t *InHeadP"],
            "",
        )
        writer.open("{")
        writer.line("const mach_msg_id_t id = InHeadP->msgh_id;")
        writer.line()
        writer.when(f"id < {subsystem.base} || id >= {subsystem.end()}", "return NULL;")
        writer.line(f"return {name}.routine[id - {subsystem.base}].stub_routine;")
        writer.close()
        writer.line()

    def demux(self):
        writer, subsystem = self.writer, self.subsystem
        function_head(
            writer,
            "boolean_t",
            subsystem.demux_name(),
            ["mach_msg_header_t *InHeadP", "mach_msg_header_t *OutHeadP"],
            "",
        )
        writer.open("{")
        writer.line(f"const mig_routine_t routine = {subsystem.demux_name()}_routine(InHeadP);")
        writer.line()
        writer.many(
            [
                "*OutHeadP = (mach_msg_header_t){",
                "    .msgh_bits =",
                "        MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(InHeadP->msgh_bits), 0),",
                "    .msgh_remote_port = InHeadP->msgh_remote_port,",
                "    .msgh_id = (mach_msg_id_t)((unsigned)InHeadP->msgh_id + 100u),",
                "};",
            ]
        )
        writer.open("if (routine == NULL) {")
        writer.line("reply_error(OutHeadP, MIG_BAD_ID);")
        writer.line("return FALSE;")
        writer.close()
        writer.line("routine(InHeadP, OutHeadP);")
        writer.line("return TRUE;")
        writer.close()


class KernelServer(ServerFile):
    def body(self):
        made = [r for r in self.subsystem.routines() if r.has_trap and is_made(r)]
        paths = ['"ipc/mig_trap.h"'] if made else []
        paths.append('"kernel/base/string.h"')
        self.stubs(paths, KERNEL_ERROR, KernelSide())
        for routine in made:
            TrapHandler(self.writer, self.subsystem, routine).emit()
        self.table()

    def table(self):
        writer, subsystem = self.writer, self.subsystem
        name = subsystem.name
        writer.open(f"static const struct mig_routine routines[] = {{")
        for index, routine in enumerate(subsystem.slots):
            if routine is not None:
                writer.line(f"[{index}] = {self.row(routine)},")
        writer.close("};")
        writer.line()
        writer.open(f"static const char *const routine_names[] = {{")
        for index, routine in enumerate(subsystem.slots):
            if routine is not None:
                writer.line(f"[{index}] = \"{routine.name}\",")
        writer.close("};")
        writer.line()
        writer.open(f"const struct mig_subsystem {name}_subsystem = {{")
        writer.line(f".ms_name = \"{name}\",")
        writer.line(f".ms_start = {subsystem.base},")
        writer.line(f".ms_end = {self.last()},")
        writer.line(f".ms_routines = routines,")
        writer.line(f".ms_names = routine_names,")
        writer.close("};")

    def last(self):
        """One past the last routine: slots skipped at the end have no row."""
        rows = [r.number for r in self.subsystem.routines()]
        return max(rows) + 1

    def row(self, routine):
        if routine.simple:
            size, descriptors = "sizeof(mig_reply_error_t)", 0
        else:
            reply = Message(routine, "reply")
            size = f"sizeof({reply.c_name()})"
            descriptors = reply.descriptor_count
        return f"{{ x_{routine.message_name()}, {size}, {descriptors} }}"
