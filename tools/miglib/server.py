# SPDX-License-Identifier: MIT
"""Server stubs: what user and kernel servers have in common.

A stub checks the request, takes it apart, calls the function that serves, and
builds the reply.  How rights and memory are fetched and given is the business
of a Side: UserSide and KernelSide below.
"""

from .check import TRAILERS, Check
from .ctext import bytes_of, count_of, join, place, segment, value_type
from .fill import advance, clear_pad, clear_tail, total_size
from .layout import Message, dimensions


def in_place(argument):
    """May the function read or write the array right in the message?"""
    return argument.type.unit() <= 4


class ServerStub:
    """One routine's stub; `side` says for whom."""

    def __init__(self, writer, subsystem, routine, side):
        self.writer = writer
        self.subsystem = subsystem
        self.routine = routine
        self.side = side
        self.request = Message(routine, "request")
        self.reply = None if routine.simple else Message(routine, "reply")

    def emit(self):
        writer, side = self.writer, self.side
        Check(writer, self.request).emit()
        writer.line("static void")
        writer.line(side.stub_head(self.routine))
        writer.open("{")
        self.locals()
        check = Check(writer, self.request).name()
        writer.line(f"RetCode = {check}(InP, {side.size()});")
        self.give_up_unless_success()
        self.find_segments()
        for argument in self.routine.arguments:
            self.prepare(argument)
        self.call()
        self.after_call()
        if self.reply is None:
            writer.line(f"{side.fail('RetCode')};")
        else:
            self.give_up_unless_success()
            self.build_reply()
        writer.close()
        writer.line()

    def give_up_unless_success(self):
        self.writer.open("if (RetCode != KERN_SUCCESS) {")
        self.writer.line(f"{self.side.fail('RetCode')};")
        self.writer.line("return;")
        self.writer.close()

    # ---- before the call

    def locals(self):
        writer, side = self.writer, self.side
        c_type = self.request.c_name()
        writer.line(f"{c_type} *InP = {side.body('In', c_type)};")
        for number in range(1, self.request.segments):
            writer.line(f"{c_type} *{segment('In', number)};")
        if self.reply:
            c_type = self.reply.c_name()
            writer.line(f"{c_type} *OutP = {side.body('Out', c_type)};")
            for number in range(1, self.reply.segments):
                writer.line(f"{c_type} *{segment('Out', number)};")
        writer.line("kern_return_t RetCode;")
        for argument in self.routine.arguments:
            self.local(argument)
        writer.line()

    def local(self, argument):
        """A variable for each result, and for each object made from a port."""
        writer, type_ = self.writer, argument.type
        if argument.is_out():
            self.out_local(argument)
        elif self.is_translated(argument):
            writer.line(f"{join(value_type(argument, self.side.name), argument.name)};")
        elif type_.is_array() and not in_place(argument) and argument.is_in():
            element = type_.element_c("server")
            writer.line(f"{element} {argument.name}{dimensions(type_)};")
        elif type_.kind == "ports" and argument.is_in():
            element = self.side.port_element
            writer.line(f"{element} {argument.name}[{type_.count}];")

    def out_local(self, argument):
        writer, type_ = self.writer, argument.type
        c_type = value_type(argument, self.side.name)
        if type_.kind == "ports":
            writer.line(f"{self.side.port_element} {argument.name}[{type_.count}];")
        elif type_.is_array():
            if not in_place(argument):
                element = type_.element_c("server")
                writer.line(f"{element} {argument.name}{dimensions(type_)};")
        else:
            null = self.side.null(argument)
            writer.line(f"{join(c_type, argument.name)} = {null};")
        if argument.has_count():
            writer.line(f"mach_msg_type_number_t {argument.count_name()};")
        if type_.kind == "port" and type_.is_polymorphic():
            writer.line(f"mach_msg_type_name_t {argument.poly_name()} = 0;")

    def is_translated(self, argument):
        return argument.type.intran is not None and argument.direction in (
            "in",
            "inout",
            "request",
            "reply",
        )

    def find_segments(self):
        for field in self.request.fields:
            if field.is_variable():
                advance(self.writer, self.request, field, "In")

    def prepare(self, argument):
        type_, writer = argument.type, self.writer
        if self.is_translated(argument):
            value = self.side.port_value(self, argument)
            if type_.kind == "scalar":
                value = place(self.request, argument, "value", "In")
            writer.line(f"{argument.name} = {type_.intran.function}({value});")
        elif argument.direction == "inout":
            self.prepare_inout(argument)
        elif argument.is_in() and type_.kind == "ports":
            self.side.take_ports(self, argument)
        elif argument.is_in() and type_.is_array() and not in_place(argument):
            self.copy_in(argument, argument.name)
        if argument.direction == "out":
            self.prepare_out(argument)

    def copy_in(self, argument, to):
        value = place(self.request, argument, "value", "In")
        size = str(argument.type.size())
        if argument.type.variable:
            size = bytes_of(argument, count_of(self.request, argument, "In"))
        self.writer.line(f"memcpy({to}, {value}, {size});")

    def prepare_inout(self, argument):
        type_, writer = argument.type, self.writer
        if argument.has_count():
            count = count_of(self.request, argument, "In")
            writer.line(f"{argument.count_name()} = {count};")
        if type_.is_array():
            self.clear_out(argument)
            self.copy_in(argument, self.out_place(argument))
        elif type_.has_descriptor():
            writer.line(f"{argument.name} = {self.side.in_value(self, argument)};")
            if type_.kind == "port" and type_.is_polymorphic():
                writer.line(f"{argument.poly_name()} = InP->{argument.name}.disposition;")
        else:
            value = place(self.request, argument, "value", "In")
            writer.line(f"{argument.name} = {value};")

    def prepare_out(self, argument):
        """Room for a result: the count says how much there is."""
        type_, writer = argument.type, self.writer
        if argument.count_in_out():
            count, limit = count_of(self.request, argument, "In"), type_.count
            writer.line(
                f"{argument.count_name()} = {count} < {limit} ? {count} : {limit};"
            )
        elif argument.has_count():
            limit = type_.count if type_.count is not None else 0
            limit = 0 if type_.kind in ("ool", "oolports") else limit
            writer.line(f"{argument.count_name()} = {limit};")
        self.clear_out(argument)
        if type_.kind == "ports":
            null = self.side.port_null
            writer.line(f"for (unsigned Index = 0; Index < {type_.count}; Index++)")
            writer.line(f"    {argument.name}[Index] = {null};")

    def clear_out(self, argument):
        """Nothing that lay in the buffer before may leave with the reply."""
        if argument.type.is_array() and not argument.type.is_counted():
            to = self.out_place(argument)
            self.writer.line(f"memset({to}, 0, {argument.type.size()});")

    def out_place(self, argument):
        return f"OutP->{argument.name}" if in_place(argument) else argument.name

    # ---- the call

    def call(self):
        writer = self.writer
        values = []
        for argument in self.routine.arguments:
            values += self.values(argument)
        depth = self.refuse_null()
        writer.depth += depth
        name = self.subsystem.server_name(self.routine)
        writer.line(f"RetCode = {name}(")
        for index, value in enumerate(values):
            writer.line(f"    {value}{');' if index == len(values) - 1 else ','}")
        writer.depth -= depth

    def refuse_null(self):
        """The code of an object that is none comes in place of the call."""
        writer, word = self.writer, "if"
        for argument in self.routine.arguments:
            if self.is_translated(argument) and argument.type.if_null:
                writer.line(f"{word} ({argument.name} == NULL)")
                writer.line(f"    RetCode = {argument.type.if_null};")
                word = "else if"
        if word == "if":
            return 0
        writer.line("else")
        return 1

    def values(self, argument):
        """The C arguments that the function gets for one argument."""
        if argument.direction in ("waittime", "sendtime", "msgoption"):
            return []
        if argument.direction == "reply" and argument.reply_side == "user":
            return []
        if argument.direction in TRAILERS:
            field = "msgh_audit" if argument.direction == "audittoken" else "msgh_sender"
            c_type = TRAILERS[argument.direction]
            return [
                f"((const {c_type} *)((const char *)InP + "
                f"round_msg(InP->Head.msgh_size)))->{field}"
            ]
        if argument.is_out():
            return self.out_values(argument)
        return self.in_values(argument)

    def out_values(self, argument):
        type_ = argument.type
        if type_.is_array():
            result = [self.out_place(argument)]
        elif type_.kind == "ports":
            result = [argument.name]
        else:
            result = [f"&{argument.name}"]
        if argument.has_count():
            result.append(f"&{argument.count_name()}")
        if type_.kind == "port" and type_.is_polymorphic():
            result.append(f"&{argument.poly_name()}")
        return result

    def in_values(self, argument):
        type_ = argument.type
        if self.is_translated(argument) or type_.kind == "ports":
            result = [argument.name]
        elif argument.direction in ("request", "reply") or type_.has_descriptor():
            result = [self.side.in_value(self, argument)]
        elif type_.is_array() and not in_place(argument):
            result = [argument.name]
        else:
            result = [place(self.request, argument, "value", "In")]
        if argument.has_count():
            result.append(count_of(self.request, argument, "In"))
        if type_.kind == "port" and type_.is_polymorphic():
            result.append(self.side.in_poly(argument))
        return result

    def after_call(self):
        for argument in self.routine.arguments:
            destructor = argument.type.destructor
            if destructor and argument.direction in ("in", "request"):
                value = self.in_values(argument)[0]
                self.writer.line(f"{destructor}({value});")
        self.side.consumed(self)

    # ---- the reply

    def build_reply(self):
        reply, writer = self.reply, self.writer
        if reply.is_complex():
            writer.line("OutP->Head.msgh_bits |= MACH_MSGH_BITS_COMPLEX;")
            writer.line(f"OutP->msgh_body.msgh_descriptor_count = {reply.descriptor_count};")
        for descriptor in reply.descriptors:
            self.side.give(self, descriptor)
        if reply.has_ndr():
            writer.line(f"OutP->NDR = {self.side.ndr};")
        if reply.has_retcode():
            writer.line("OutP->RetCode = KERN_SUCCESS;")
        for field in reply.fields:
            self.put(field)
        writer.line(f"OutP->Head.msgh_size = {total_size(reply, 'Out')};")

    def put(self, field):
        argument, reply, writer = field.argument, self.reply, self.writer
        to = place(reply, argument, field.role, "Out")
        if field.role == "offset":
            writer.line(f"{to} = 0;")
        elif field.role == "count" and argument.type.kind == "varstring":
            # The text lies at its full-size place until it is moved below.
            limit = argument.type.count - 1
            writer.line(
                f"{to} = (mach_msg_type_number_t)strnlen(OutP->{argument.name}, {limit}) + 1;"
            )
        elif field.role == "count":
            writer.line(f"{to} = {argument.count_name()};")
        else:
            self.put_value(field, to)
            advance(writer, reply, field, "Out")

    def put_value(self, field, to):
        argument, reply, writer = field.argument, self.reply, self.writer
        type_ = argument.type
        if type_.is_array():
            self.put_array(field, to)
            return
        value = argument.name
        if type_.outtran:
            value = f"{type_.outtran.function}({value})"
        writer.line(f"{to} = {value};")
        clear_pad(writer, reply, field, "Out")

    def put_array(self, field, to):
        argument, reply, writer = field.argument, self.reply, self.writer
        size = str(argument.type.size())
        if argument.type.variable:
            size = bytes_of(argument, count_of(reply, argument, "Out"))
        if not in_place(argument):
            writer.line(f"memcpy({to}, {argument.name}, {size});")
        elif field.segment > 0:
            writer.line(f"memmove({to}, OutP->{argument.name}, {size});")
        if argument.type.is_string():
            last = count_of(reply, argument, "Out") if argument.type.variable else size
            writer.line(f"{to}[{last} - 1] = '\\0';")
        if argument.type.variable:
            clear_tail(writer, reply, field, "Out")
        else:
            clear_pad(writer, reply, field, "Out")
