# SPDX-License-Identifier: MIT
"""The kernel's client stubs: they send, and never wait."""

from .ctext import (
    BANNER,
    Writer,
    bytes_of,
    function_head,
    helper_macros,
    includes,
    padded,
    place,
    segment,
)
from .fill import advance, clear_pad, clear_tail, memory_size
from .headers import kernel_client_parameters
from .layout import Message

INCLUDES = [
    '"ipc/ipc_port.h"',
    '"kernel/base/assert.h"',
    '"kernel/base/string.h"',
]
NDR = "static const NDR_record_t ndr = { .int_rep = NDR_INT_LITTLE_ENDIAN };"


class KernelClient:
    def __init__(self, subsystem, source, header):
        self.subsystem = subsystem
        self.source = source
        self.header = header
        self.writer = Writer()

    def text(self):
        writer = self.writer
        writer.line(BANNER.format(source=self.source))
        if self.subsystem.name is None:
            return writer.text()
        requests = [Message(r, "request") for r in self.subsystem.routines()]
        includes(writer, [self.header] + INCLUDES)
        writer.line()
        if any(request.has_ndr() for request in requests):
            writer.line(NDR)
            writer.line()
        helper_macros(writer, requests)
        for request in requests:
            KernelStub(writer, self.subsystem, request).emit()
        return writer.text()


class KernelStub:
    def __init__(self, writer, subsystem, request):
        self.writer = writer
        self.request = request
        self.routine = request.routine
        self.name = subsystem.user_name(self.routine)

    def emit(self):
        writer, request = self.writer, self.request
        params = kernel_client_parameters(self.routine)
        function_head(writer, "mach_msg_return_t", self.name, params, "")
        writer.open("{")
        self.sizes()
        writer.line("ipc_kmsg_t kmsg;")
        if self.needs_pointer():
            writer.line(f"{request.c_name()} *InP;")
        for number in range(1, request.segments):
            writer.line(f"{request.c_name()} *{segment('In', number)};")
        writer.line()
        self.allocate()
        self.descriptors()
        self.inline_data()
        writer.line("return ipc_kmsg_send_kernel(kmsg);")
        writer.close()
        writer.line()

    def needs_pointer(self):
        return self.request.is_complex() or self.request.has_ndr()

    def sizes(self):
        """The message has the size that it needs, not the largest."""
        text = str(self.request.min_size())
        for field in self.request.variables():
            argument = field.argument
            if argument.type.kind == "varstring":
                limit = argument.type.count - 1
                self.writer.line(
                    f"const mach_msg_type_number_t {argument.name}Cnt = "
                    f"(mach_msg_type_number_t)strnlen({argument.name}, {limit}) + 1;"
                )
            text += f" + {padded(argument, self.count(argument))}"
        self.writer.line(f"const mach_msg_size_t Size = {text};")

    def count(self, argument):
        if not argument.type.variable:
            return str(argument.type.count)
        if argument.type.kind == "varstring":
            return f"{argument.name}Cnt"
        return argument.count_name()

    def allocate(self):
        writer, request, routine = self.writer, self.request, self.routine
        for argument in routine.ins():
            if argument.has_count() and argument.type.count is not None:
                limit = argument.type.count
                writer.line(f"assert({argument.count_name()} <= {limit});")
        writer.line(
            f"kmsg = ipc_kmsg_alloc_kernel(&kernel_ledger, Size, "
            f"{request.descriptor_count});"
        )
        writer.open("if (kmsg == IKM_NULL) {")
        for line in self.release_all():
            writer.line(line)
        writer.line("return MACH_SEND_NO_BUFFER;")
        writer.close()
        dest = routine.request_port
        kind = dest.poly_name() if dest.type.is_polymorphic() else dest.type.received()
        reply, reply_kind = "IP_NULL", "0"
        if not routine.simple:
            reply, reply_kind = "reply_right", "MACH_MSG_TYPE_PORT_SEND_ONCE"
        is_complex = "true" if request.is_complex() else "false"
        writer.line(
            f"ipc_kmsg_set_header(kmsg, {dest.name}, {kind}, {reply}, {reply_kind}, "
            f"{routine.number}, {is_complex});"
        )
        if self.needs_pointer():
            writer.line("InP = ipc_kmsg_body(kmsg);")

    def release_all(self):
        """Every right that was handed in is consumed, on failure too."""
        dest = self.routine.request_port
        kind = dest.poly_name() if dest.type.is_polymorphic() else dest.type.received()
        lines = [f"ipc_port_release_right({dest.name}, {kind});"]
        if not self.routine.simple:
            lines.append(
                "ipc_port_release_right(reply_right, MACH_MSG_TYPE_PORT_SEND_ONCE);"
            )
        for descriptor in self.request.descriptors:
            argument = descriptor.argument
            type_, name = argument.type, argument.name
            if type_.kind == "port":
                kind = argument.poly_name() if type_.is_polymorphic() else type_.received()
                lines.append(f"ipc_port_release_right({name}, {kind});")
            else:
                lines.append(f"vm_map_copy_discard({name});")
        return lines

    def descriptors(self):
        writer, request = self.writer, self.request
        if not request.is_complex():
            return
        writer.line(f"InP->msgh_body.msgh_descriptor_count = {request.descriptor_count};")
        for descriptor in request.descriptors:
            argument, index = descriptor.argument, descriptor.index
            type_, name = argument.type, argument.name
            if type_.kind == "port":
                kind = argument.poly_name() if type_.is_polymorphic() else type_.received()
                writer.line(f"ipc_kmsg_put_port(kmsg, {index}, {name}, {kind});")
            else:
                size = memory_size(argument, self.count(argument))
                writer.line(f"ipc_kmsg_put_copy(kmsg, {index}, {name}, {size});")

    def inline_data(self):
        writer, request = self.writer, self.request
        if request.has_ndr():
            writer.line("InP->NDR = ndr;")
        for field in request.fields:
            argument = field.argument
            to = place(request, argument, field.role, "In")
            if field.role == "offset":
                writer.line(f"{to} = 0;")
            elif field.role == "count":
                limit = argument.type.count
                value = str(limit) if argument.count_in_out() else self.count(argument)
                writer.line(f"{to} = {value};")
            else:
                self.value(field, to)
                advance(writer, request, field, "In")

    def value(self, field, to):
        argument, writer = field.argument, self.writer
        kind = argument.type.kind
        if kind in ("scalar", "struct"):
            writer.line(f"{to} = {argument.name};")
        elif kind == "string":
            limit = argument.type.count
            writer.line(f"memset({to}, 0, {limit});")
            writer.line(f"memcpy({to}, {argument.name}, "
                        f"strnlen({argument.name}, {limit - 1}));")
        elif kind == "array":
            writer.line(f"memcpy({to}, {argument.name}, {field.size});")
        else:
            size = bytes_of(argument, self.count(argument))
            writer.line(f"memcpy({to}, {argument.name}, {size});")
            if kind == "varstring":
                writer.line(f"{to}[{self.count(argument)} - 1] = '\\0';")
            clear_tail(writer, self.request, field, "In")
        clear_pad(writer, self.request, field, "In")
