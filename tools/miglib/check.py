# SPDX-License-Identifier: MIT
"""The C function that judges a received message before anything is used."""

from .ctext import bytes_of, count_of, next_segment, padded, place, segment

DESCRIPTOR_TYPES = {
    "port": "MACH_MSG_PORT_DESCRIPTOR",
    "ports": "MACH_MSG_PORT_DESCRIPTOR",
    "ool": "MACH_MSG_OOL_DESCRIPTOR",
    "oolports": "MACH_MSG_OOL_PORTS_DESCRIPTOR",
}
TRAILERS = {
    "audittoken": "mach_msg_audit_trailer_t",
    "sectoken": "mach_msg_security_trailer_t",
}


class Check:
    """Emits one check function; base is In for requests, Out for replies."""

    def __init__(self, writer, message):
        self.writer = writer
        self.message = message
        self.is_reply = message.direction == "reply"
        self.base = "Out" if self.is_reply else "In"
        self.bad = "MIG_TYPE_ERROR" if self.is_reply else "MIG_BAD_ARGUMENTS"

    def name(self):
        return f"check_{self.message.direction}_{self.message.routine.message_name()}"

    def emit(self):
        writer, base = self.writer, self.base
        writer.line("static kern_return_t")
        writer.line(
            f"{self.name()}(const {self.message.c_name()} *{base}P, mach_msg_size_t Size)"
        )
        writer.open("{")
        self.pointers()
        if self.is_reply:
            self.reply_head()
        self.sizes()
        for descriptor in self.message.descriptors:
            self.descriptor(descriptor)
        self.arrays()
        self.counts()
        self.trailer()
        writer.line("return KERN_SUCCESS;")
        writer.close()
        writer.line()

    def refuse(self, condition, code=None):
        self.writer.when(condition, f"return {code or self.bad};")

    def pointers(self):
        message, writer = self.message, self.writer
        if message.variables():
            writer.line(f"mach_msg_size_t Left = Size - {message.min_size()};")
        for number in range(1, self.last_segment() + 1):
            writer.line(f"const {message.c_name()} *{segment(self.base, number)};")
        if message.variables():
            writer.line()

    def last_segment(self):
        """The last segment that has something to be judged: a text, a count."""
        judged = [
            field.segment
            for field in self.message.fields
            if field.argument.type.kind == "string"
            or (field.role == "value" and field.argument.type.kind == "varstring")
            or (field.role == "count" and field.argument.type.variable
                and (self.is_reply or not field.argument.count_in_out()))
        ]
        return max(judged, default=0)

    def reply_head(self):
        """A reply that says why there is no reply, and who it comes from."""
        writer, number = self.writer, self.message.routine.number + 100
        writer.line(f"if (OutP->Head.msgh_id != {number})")
        writer.line("    return OutP->Head.msgh_id == MACH_NOTIFY_SEND_ONCE")
        writer.line("               ? MIG_SERVER_DIED")
        writer.line("               : MIG_REPLY_MISMATCH;")
        self.refuse("OutP->Head.msgh_remote_port != MACH_PORT_NULL")
        writer.line("if (!(OutP->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX) &&")
        writer.line("    Size == sizeof(mig_reply_error_t) &&")
        writer.line("    ((const mig_reply_error_t *)OutP)->RetCode != KERN_SUCCESS)")
        writer.line("    return ((const mig_reply_error_t *)OutP)->RetCode;")

    def sizes(self):
        message, base = self.message, self.base
        sign = "!" if message.is_complex() else ""
        wrong_bit = f"{sign}({base}P->Head.msgh_bits & MACH_MSGH_BITS_COMPLEX)"
        if message.variables():
            wrong_size = f"Size < {message.min_size()} || Size > {message.max_size()}"
        else:
            wrong_size = f"Size != {message.max_size()}"
        self.refuse(f"{wrong_bit} || {wrong_size}")
        if message.is_complex():
            count = message.descriptor_count
            self.refuse(f"{base}P->msgh_body.msgh_descriptor_count != {count}")
        if message.has_retcode():
            self.refuse("OutP->RetCode != KERN_SUCCESS", "OutP->RetCode")

    def descriptor(self, descriptor):
        argument = descriptor.argument
        name = f"{self.base}P->{argument.name}"
        if argument.type.kind == "ports":
            self.writer.open(
                f"for (unsigned Index = 0; Index < {descriptor.count}; Index++) {{"
            )
            self.one_descriptor(f"{name}[Index]", argument.type)
            self.writer.close()
        else:
            self.one_descriptor(name, argument.type)

    def one_descriptor(self, name, type_):
        conditions = [f"{name}.type != {DESCRIPTOR_TYPES[type_.kind]}"]
        if type_.kind != "ool" and type_.is_polymorphic():
            conditions.append(f"{name}.disposition < MACH_MSG_TYPE_PORT_RECEIVE")
            conditions.append(f"{name}.disposition > MACH_MSG_TYPE_PORT_SEND_ONCE")
        elif type_.kind != "ool":
            conditions.append(f"{name}.disposition != {type_.received()}")
        writer = self.writer
        for index, condition in enumerate(conditions):
            start = "if (" if index == 0 else "    "
            end = ")" if index == len(conditions) - 1 else " ||"
            writer.line(f"{start}{condition}{end}")
        writer.line("    return MIG_TYPE_ERROR;")

    def arrays(self):
        """Counts and texts in their order: a later one lies behind earlier."""
        for field in self.message.fields:
            if field.role != "value":
                continue
            if field.argument.type.kind == "string":
                self.fixed_string(field)
            elif field.is_variable():
                self.variable(field)
        if self.message.variables():
            self.refuse("Left != 0")

    def fixed_string(self, field):
        name = place(self.message, field.argument, "value", self.base)
        self.refuse(f"memchr({name}, '\\0', {field.argument.type.count}) == NULL")

    def variable(self, field):
        argument, message = field.argument, self.message
        count = count_of(message, argument, self.base)
        room = padded(argument, count)
        self.refuse(f"{count} > {argument.type.count} || Left < {room}")
        if argument.type.kind == "varstring":
            name = place(message, argument, "value", self.base)
            self.refuse(f"memchr({name}, '\\0', {count}) == NULL")
        self.writer.line(f"Left -= {room};")
        if field.segment < self.last_segment():
            self.writer.line(next_segment(message, field, self.base, count))

    def counts(self):
        """What a descriptor says of its size against what the data says."""
        for descriptor in self.message.descriptors:
            argument = descriptor.argument
            kind, limit = argument.type.kind, argument.type.count
            counted = argument.type.variable
            if counted:
                count = count_of(self.message, argument, self.base)
                if limit is not None and argument.has_count():
                    self.refuse(f"{count} > {limit}")
            else:
                count = str(limit)
            name = f"{self.base}P->{argument.name}"
            if kind == "ool":
                wide = f"(unsigned long){count}" if counted else count
                self.refuse(f"{name}.size != {bytes_of(argument, wide)}", "MIG_TYPE_ERROR")
            elif kind == "oolports":
                self.refuse(f"{name}.count != {count}", "MIG_TYPE_ERROR")

    def trailer(self):
        """The token of the sender is in the trailer, if it was asked for."""
        if self.is_reply:
            return
        for direction, c_type in TRAILERS.items():
            if self.message.routine.of(direction) is None:
                continue
            name = f"{direction.title()}P"
            writer = self.writer
            writer.line(f"const {c_type} *{name} =")
            writer.line(f"    (const {c_type} *)((const char *)InP + round_msg(Size));")
            self.refuse(
                f"{name}->msgh_trailer_type != MACH_MSG_TRAILER_FORMAT_0 || "
                f"{name}->msgh_trailer_size < sizeof(*{name})",
                "MIG_TRAILER_ERROR",
            )
