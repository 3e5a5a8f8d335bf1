# SPDX-License-Identifier: MIT
"""User client stubs."""

from .check import Check
from .ctext import (
    BANNER,
    Writer,
    bytes_of,
    count_of,
    function_head,
    helper_macros,
    includes,
    place,
    segment,
)
from .fill import (
    advance,
    clear_pad,
    clear_tail,
    memory_descriptor,
    port_descriptor,
    total_size,
)
from .headers import client_parameters, messages_of
from .layout import Message
from .trap import library_call

FAILED = """\
/*
 * mach_msg failed.  The reply port may still get a late reply, so only one
 * that was never sent is kept; a message that came back is destroyed.
 */
static void
call_failed(
    mach_msg_header_t *message,
    mach_port_t reply_port,
    mach_msg_return_t result)
{
    if (result == MACH_SEND_TIMED_OUT || result == MACH_SEND_INTERRUPTED ||
        (result & ~MACH_MSG_MASK) == MACH_RCV_BODY_ERROR)
        mach_msg_destroy_received(message);
    if (result == MACH_SEND_INVALID_DATA || result == MACH_SEND_INVALID_DEST ||
        result == MACH_SEND_INVALID_HEADER)
        mig_put_reply_port(reply_port);
    else
        mig_dealloc_reply_port(reply_port);
}
"""


class Client:
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
        routines = self.subsystem.routines()
        paths = ["<mach/mach_init.h>", "<ostia/message.h>", "<stdint.h>", "<string.h>"]
        if any(r.has_trap for r in routines):
            paths.insert(1, "<mach/mach_traps.h>")
        includes(writer, [self.header] + paths)
        writer.line()
        helper_macros(writer, [m for r in routines for m in messages_of(r)])
        if any(own_reply_port(r) for r in routines):
            writer.many(FAILED.split("\n"))
        for routine in routines:
            if not routine.simple:
                Check(writer, Message(routine, "reply")).emit()
            Stub(writer, self.subsystem, routine).emit()
            if routine.has_trap:
                library_call(writer, self.subsystem, routine)
        return writer.text()


def own_reply_port(routine):
    """Does the stub bring the reply port, rather than its caller?"""
    return not routine.simple and routine.user_reply() is None


class Stub:
    """One routine's client."""

    def __init__(self, writer, subsystem, routine):
        self.writer = writer
        self.routine = routine
        self.request = Message(routine, "request")
        self.reply = None if routine.simple else Message(routine, "reply")
        self.name = subsystem.user_name(routine)

    def emit(self):
        writer = self.writer
        params = client_parameters(self.routine, "user")
        function_head(writer, "kern_return_t", self.name, params, "")
        writer.open("{")
        self.locals()
        self.refuse_too_large()
        self.descriptors()
        self.inline_data()
        self.header()
        if self.reply is None:
            self.send()
        else:
            self.call()
            self.results()
            writer.line("return KERN_SUCCESS;")
        writer.close()
        writer.line()

    # ---- the request

    def locals(self):
        writer, request = self.writer, self.request
        writer.open("union {")
        writer.line(f"{request.c_name()} In;")
        if self.reply:
            writer.open("struct {")
            writer.line(f"{self.reply.c_name()} Out;")
            writer.line("mach_msg_trailer_t Trailer;")
            writer.close("} Reply;")
        writer.close("} Mess;")
        writer.line(f"{request.c_name()} *InP = &Mess.In;")
        for number in range(1, request.segments):
            writer.line(f"{request.c_name()} *{segment('In', number)};")
        writer.line("mach_msg_return_t Result;")
        if self.reply:
            self.reply_locals()
        for field in request.fields:
            if field.is_variable() and field.argument.type.kind == "varstring":
                name = field.argument.name
                limit = field.argument.type.count
                writer.line(
                    f"const mach_msg_type_number_t {name}Cnt = "
                    f"(mach_msg_type_number_t)strnlen({name}, {limit}) + 1;"
                )
        writer.line()

    def reply_locals(self):
        writer, reply = self.writer, self.reply
        writer.line(f"{reply.c_name()} *OutP = &Mess.Reply.Out;")
        for number in range(1, reply.segments):
            writer.line(f"{reply.c_name()} *{segment('Out', number)};")
        user = self.routine.user_reply()
        port = user.name if user else "mig_get_reply_port()"
        if user:
            writer.line(f"const mach_port_t ReplyPort = {port};")
        else:
            writer.line("mach_port_t ReplyPort;")

    def refuse_too_large(self):
        """Before anything else happens: a call that cannot be made."""
        for argument in self.routine.ins():
            type_, writer = argument.type, self.writer
            if argument.has_count() and type_.count is not None:
                star = "*" if argument.direction == "inout" else ""
                count = f"{star}{argument.count_name()}"
                writer.when(f"{count} > {type_.count}", "return MIG_ARRAY_TOO_LARGE;")
            elif type_.kind == "string":
                text = f"strnlen({argument.name}, {type_.count})"
                writer.when(f"{text} == {type_.count}", "return MIG_ARRAY_TOO_LARGE;")
            elif type_.kind == "varstring":
                count = f"{argument.name}Cnt"
                writer.when(f"{count} > {type_.count}", "return MIG_ARRAY_TOO_LARGE;")

    def descriptors(self):
        request, writer = self.request, self.writer
        if request.is_complex():
            writer.line(
                f"InP->msgh_body.msgh_descriptor_count = {request.descriptor_count};"
            )
        for descriptor in request.descriptors:
            self.descriptor(descriptor)

    def descriptor(self, descriptor):
        argument, writer = descriptor.argument, self.writer
        type_, place_ = argument.type, f"InP->{argument.name}"
        if type_.kind == "port":
            star = "*" if argument.direction == "inout" else ""
            kind = star + argument.poly_name() if type_.is_polymorphic() else type_.disposition
            writer.many(port_descriptor(place_, f"{star}{argument.name}", kind))
        elif type_.kind == "ports":
            self.port_array(descriptor)
        else:
            star = "*" if argument.direction == "inout" else ""
            count = self.sent_count(argument)
            writer.many(
                memory_descriptor(place_, argument, f"{star}{argument.name}", count)
            )

    def port_array(self, descriptor):
        """All descriptors are always there; those not used carry no port."""
        argument, writer = descriptor.argument, self.writer
        value = f"{argument.name}[Index]"
        if argument.type.variable:
            value = f"Index < {self.sent_count(argument)} ? {value} : MACH_PORT_NULL"
        writer.open(f"for (unsigned Index = 0; Index < {descriptor.count}; Index++) {{")
        place_ = f"InP->{argument.name}[Index]"
        writer.many(port_descriptor(place_, value, argument.type.disposition))
        writer.close()

    def sent_count(self, argument):
        """The caller's count of an array that is sent."""
        if not argument.type.variable:
            return str(argument.type.count)
        star = "*" if argument.direction == "inout" else ""
        return f"{star}{argument.count_name()}"

    def inline_data(self):
        request, writer = self.request, self.writer
        if request.has_ndr():
            writer.line("InP->NDR = NDR_record;")
        for field in request.fields:
            argument = field.argument
            to = place(request, argument, field.role, "In")
            if field.role == "offset":
                writer.line(f"{to} = 0;")
            elif field.role == "count":
                self.count(argument, to)
            else:
                self.value(field, to)
                advance(writer, request, field, "In")

    def count(self, argument, to):
        if argument.count_in_out():
            name, limit = f"*{argument.count_name()}", argument.type.count
            self.writer.line(f"{to} = {name} < {limit} ? {name} : {limit};")
        elif argument.type.kind == "varstring":
            self.writer.line(f"{to} = {argument.name}Cnt;")
        else:
            self.writer.line(f"{to} = {self.sent_count(argument)};")

    def value(self, field, to):
        argument, writer = field.argument, self.writer
        kind = argument.type.kind
        if kind in ("scalar", "struct"):
            star = "*" if argument.direction == "inout" else ""
            writer.line(f"{to} = {star}{argument.name};")
            clear_pad(writer, self.request, field, "In")
        elif kind == "string":
            limit = argument.type.count
            writer.line(f"mig_strncpy_zerofill({to}, {argument.name}, {limit});")
            clear_pad(writer, self.request, field, "In")
        elif kind == "array":
            writer.line(f"memcpy({to}, {argument.name}, {field.size});")
            clear_pad(writer, self.request, field, "In")
        else:
            count = count_of(self.request, argument, "In")
            size = bytes_of(argument, count)
            writer.line(f"memcpy({to}, {argument.name}, {size});")
            clear_tail(writer, self.request, field, "In")

    def header(self):
        writer, request = self.writer, self.request
        if own_reply_port(self.routine):
            writer.line("ReplyPort = mig_get_reply_port();")
        bits, local = self.bits()
        writer.many(
            [
                "InP->Head = (mach_msg_header_t){",
                f"    .msgh_bits = {bits},",
                f"    .msgh_size = {total_size(request, 'In')},",
                f"    .msgh_remote_port = {self.routine.request_port.name},",
                f"    .msgh_local_port = {local},",
                f"    .msgh_id = {self.routine.number},",
                "};",
            ]
        )

    def bits(self):
        """msgh_bits, and the port that goes in the local field."""
        dest, user = self.routine.request_port, self.routine.user_reply()
        remote = dest.poly_name() if dest.type.is_polymorphic() else dest.type.disposition
        if user:
            disposition, local = user.type.disposition, user.name
        elif self.routine.simple:
            disposition, local = "0", "MACH_PORT_NULL"
        else:
            disposition, local = "MACH_MSG_TYPE_MAKE_SEND_ONCE", "ReplyPort"
        bits = f"MACH_MSGH_BITS({remote}, {disposition})"
        if user:
            ports = f"MACH_MSGH_BITS({remote}, 0)"
            bits = f"{local} == MACH_PORT_NULL ? {ports} : {bits}"
        if self.request.is_complex():
            bits = f"MACH_MSGH_BITS_COMPLEX | ({bits})" if user else (
                f"MACH_MSGH_BITS_COMPLEX | {bits}"
            )
        return bits, local

    # ---- mach_msg

    def options(self, base):
        """Options and time of the mach_msg call."""
        wait, send = self.routine.of("waittime"), self.routine.of("sendtime")
        option = self.routine.of("msgoption")
        text, time = base, "MACH_MSG_TIMEOUT_NONE"
        for argument, bit in ((send, "MACH_SEND_TIMEOUT"), (wait, "MACH_RCV_TIMEOUT")):
            if argument:
                text, time = f"{text} | {bit}", argument.name
        if option:
            text = f"{text} | {option.name}"
        return text, time

    def send(self):
        writer = self.writer
        options, time = self.options("MACH_SEND_MSG")
        writer.line(
            f"Result = mach_msg(&InP->Head, {options}, InP->Head.msgh_size, 0, "
            f"MACH_PORT_NULL, {time}, MACH_PORT_NULL);"
        )
        if options != "MACH_SEND_MSG":
            writer.when(
                "Result == MACH_SEND_TIMED_OUT || Result == MACH_SEND_INTERRUPTED",
                "mach_msg_destroy_received(&InP->Head);",
            )
        writer.line("return Result;")

    def call(self):
        writer = self.writer
        options, time = self.options("MACH_SEND_MSG | MACH_RCV_MSG")
        writer.line(
            f"Result = mach_msg(&InP->Head, {options}, InP->Head.msgh_size, "
            f"sizeof(Mess.Reply), ReplyPort, {time}, MACH_PORT_NULL);"
        )
        own = own_reply_port(self.routine)
        if own:
            writer.open("if (Result != MACH_MSG_SUCCESS) {")
            writer.line("call_failed(&InP->Head, ReplyPort, Result);")
            writer.line("return Result;")
            writer.close()
            writer.line("mig_put_reply_port(ReplyPort);")
        else:
            writer.when("Result != MACH_MSG_SUCCESS", "return Result;")
        check = Check(writer, self.reply).name()
        writer.line(f"Result = {check}(OutP, OutP->Head.msgh_size);")
        self.bad_reply("Result != KERN_SUCCESS", [], "Result")

    def bad_reply(self, condition, before, code):
        writer = self.writer
        writer.open(f"if ({condition}) {{")
        writer.many(before)
        writer.line("mach_msg_destroy_received(&OutP->Head);")
        writer.line(f"return {code};")
        writer.close()

    # ---- the reply

    def results(self):
        for field in self.reply.fields:
            if field.is_variable():
                advance(self.writer, self.reply, field, "Out")
        for argument in self.routine.outs():
            self.judge_room(argument)
        for argument in self.routine.outs():
            self.result(argument)

    def judge_room(self, argument):
        """A caller who said how much room there is gets no more than that."""
        if not argument.count_in_out():
            return
        count = count_of(self.reply, argument, "Out")
        to = f"*{argument.count_name()}"
        value = place(self.reply, argument, "value", "Out")
        part = bytes_of(argument, to)
        before = [f"memcpy({argument.name}, {value}, {part});", f"{to} = {count};"]
        self.bad_reply(f"{count} > {to}", before, "MIG_ARRAY_TOO_LARGE")

    def result(self, argument):
        writer, kind = self.writer, argument.type.kind
        name = argument.name
        if kind == "port":
            writer.line(f"*{name} = OutP->{name}.name;")
            if argument.type.is_polymorphic():
                writer.line(f"*{argument.poly_name()} = OutP->{name}.disposition;")
        elif kind == "ports":
            limit = count_of(self.reply, argument, "Out") if argument.type.variable else (
                str(argument.type.count)
            )
            writer.line(f"for (unsigned Index = 0; Index < {limit}; Index++)")
            writer.line(f"    {name}[Index] = OutP->{name}[Index].name;")
        elif kind in ("ool", "oolports"):
            c_type = argument.type.c_name("user")
            writer.line(f"*{name} = ({c_type})OutP->{name}.address;")
        else:
            self.inline_result(argument, kind)
        if argument.has_count():
            count = count_of(self.reply, argument, "Out")
            writer.line(f"*{argument.count_name()} = {count};")

    def inline_result(self, argument, kind):
        writer, name = self.writer, argument.name
        value = place(self.reply, argument, "value", "Out")
        if kind in ("scalar", "struct"):
            writer.line(f"*{name} = {value};")
        elif kind == "string":
            writer.line(f"mig_strncpy({name}, {value}, {argument.type.count});")
        elif kind == "varstring":
            count = count_of(self.reply, argument, "Out")
            writer.line(f"mig_strncpy({name}, {value}, (int){count});")
        elif kind == "array":
            writer.line(f"memcpy({name}, {value}, {argument.type.size()});")
        else:
            count = count_of(self.reply, argument, "Out")
            writer.line(f"memcpy({name}, {value}, {bytes_of(argument, count)});")
