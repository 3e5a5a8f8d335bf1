# SPDX-License-Identifier: MIT
"""How a server stub gets at rights and memory: in user mode, in the kernel."""

from .fill import memory_descriptor, memory_size, port_descriptor


def is_block(type_):
    """May the C type be a structure?"""
    translated = type_.intran or type_.outtran
    return type_.kind == "struct" or bool(type_.kind == "scalar" and translated)


class UserSide:
    """Names and addresses are in the message itself."""

    name = "server"
    port_element = "mach_port_t"
    port_null = "MACH_PORT_NULL"
    ndr = "NDR_record"

    def stub_head(self, routine):
        return (
            f"_X{routine.message_name()}"
            "(mach_msg_header_t *InHeadP, mach_msg_header_t *OutHeadP)"
        )

    def body(self, base, c_type):
        return f"({c_type} *){base}HeadP"

    def size(self):
        return "InP->Head.msgh_size"

    def fail(self, code):
        return f"reply_error(OutHeadP, {code})"

    def null(self, argument):
        if is_block(argument.type):
            return "{ 0 }"
        if argument.type.kind == "port" and not argument.type.outtran:
            return "MACH_PORT_NULL"
        return "0"

    def port_value(self, _stub, argument):
        if argument.direction == "request":
            return "InP->Head.msgh_local_port"
        if argument.direction == "reply":
            return "InP->Head.msgh_remote_port"
        return f"InP->{argument.name}.name"

    def in_value(self, stub, argument):
        if argument.type.kind in ("ool", "oolports"):
            return f"({argument.type.c_name('server')})InP->{argument.name}.address"
        return self.port_value(stub, argument)

    def in_poly(self, argument):
        if argument.direction == "request":
            return "MACH_MSGH_BITS_LOCAL(InP->Head.msgh_bits)"
        return f"InP->{argument.name}.disposition"

    def take_ports(self, stub, argument):
        writer = stub.writer
        writer.line(f"for (unsigned Index = 0; Index < {argument.type.count}; Index++)")
        writer.line(f"    {argument.name}[Index] = InP->{argument.name}[Index].name;")

    def consumed(self, _stub):
        """On success the function owns what came; else the loop destroys it."""

    def give(self, stub, descriptor):
        argument, writer = descriptor.argument, stub.writer
        type_, place = argument.type, f"OutP->{argument.name}"
        if type_.kind == "port":
            value = argument.name
            if type_.outtran:
                value = f"{type_.outtran.function}({value})"
            kind = argument.poly_name() if type_.is_polymorphic() else type_.disposition
            writer.many(port_descriptor(place, value, kind))
        elif type_.kind == "ports":
            writer.open(f"for (unsigned Index = 0; Index < {descriptor.count}; Index++) {{")
            name = f"{argument.name}[Index]"
            writer.many(port_descriptor(f"OutP->{name}", name, type_.disposition))
            writer.close()
        else:
            count = argument.count_name() if type_.variable else str(type_.count)
            writer.many(memory_descriptor(place, argument, argument.name, count))


class KernelSide:
    """Rights and memory lie beside the message, by descriptor index."""

    name = "kserver"
    port_element = "ipc_port_t"
    port_null = "IP_NULL"
    ndr = "ndr"

    def stub_head(self, routine):
        return f"x_{routine.message_name()}(ipc_kmsg_t InK, ipc_kmsg_t OutK)"

    def body(self, base, _c_type):
        return f"ipc_kmsg_body({base}K)"

    def size(self):
        return "ipc_kmsg_size(InK)"

    def fail(self, code):
        return f"reply_error(OutK, {code})"

    def null(self, argument):
        if is_block(argument.type):
            return "{ 0 }"
        return "NULL" if argument.type.has_descriptor() else "0"

    def port_value(self, stub, argument):
        if argument.direction == "request":
            return "ipc_kmsg_remote(InK)"
        if argument.direction == "reply":
            return "ipc_kmsg_reply_port(InK)"
        return f"ipc_kmsg_port(InK, {self.index(stub, argument)})"

    def index(self, stub, argument):
        return stub.request.descriptor(argument).index

    def in_value(self, stub, argument):
        if argument.type.kind == "ool":
            return f"ipc_kmsg_copy(InK, {self.index(stub, argument)})"
        if argument.type.kind == "oolports":
            return f"ipc_kmsg_ports(InK, {self.index(stub, argument)})"
        return self.port_value(stub, argument)

    def in_poly(self, argument):
        if argument.direction == "request":
            return "MACH_MSGH_BITS_REMOTE(InP->Head.msgh_bits)"
        return f"InP->{argument.name}.disposition"

    def take_ports(self, stub, argument):
        first = self.index(stub, argument)
        stub.writer.line(
            f"for (unsigned Index = 0; Index < {argument.type.count}; Index++)"
        )
        stub.writer.line(
            f"    {argument.name}[Index] = ipc_kmsg_port(InK, {first} + Index);"
        )

    def consumed(self, stub):
        """Tells the message what the function has taken over."""
        writer, taken = stub.writer, self.taken(stub)
        if taken:
            writer.open("if (RetCode == KERN_SUCCESS || RetCode == MIG_NO_REPLY) {")
            writer.many(taken)
            writer.close()
        reply = stub.routine.server_reply()
        if reply is not None:
            writer.when("RetCode == MIG_NO_REPLY", "ipc_kmsg_reply_taken(InK);")

    def taken(self, stub):
        lines = []
        for descriptor in stub.request.descriptors:
            type_ = descriptor.argument.type
            if type_.intran or type_.kind == "oolports":
                continue  # an object was made from it; the rights stay here
            for index in range(descriptor.index, descriptor.index + descriptor.count):
                lines.append(f"ipc_kmsg_taken(InK, {index});")
        return lines

    def give(self, stub, descriptor):
        argument, writer = descriptor.argument, stub.writer
        type_, name = argument.type, argument.name
        if type_.kind == "port":
            if type_.outtran:
                name = f"{type_.outtran.function}({name})"
            kind = argument.poly_name() if type_.is_polymorphic() else type_.received()
            writer.line(f"ipc_kmsg_put_port(OutK, {descriptor.index}, {name}, {kind});")
        elif type_.kind == "ports":
            writer.line(f"for (unsigned Index = 0; Index < {descriptor.count}; Index++)")
            writer.line(
                f"    ipc_kmsg_put_port(OutK, {descriptor.index} + Index, "
                f"{name}[Index], {type_.received()});"
            )
        else:
            self.give_memory(writer, descriptor)

    def give_memory(self, writer, descriptor):
        argument, index = descriptor.argument, descriptor.index
        type_, name = argument.type, argument.name
        count = argument.count_name() if type_.variable else str(type_.count)
        if type_.kind == "oolports":
            writer.line(
                f"ipc_kmsg_put_ports(OutK, {index}, {name}, {count}, {type_.received()});"
            )
        else:
            size = memory_size(argument, count)
            writer.line(f"ipc_kmsg_put_copy(OutK, {index}, {name}, {size});")
