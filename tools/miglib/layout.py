# SPDX-License-Identifier: MIT
"""A routine to the fields of its messages.

    request          header [body descriptors] [NDR fields]
    simple reply     header NDR RetCode fields
    complex reply    header body descriptors [NDR fields]

A counted array takes as many bytes on the wire as it has, rounded up to 4;
what follows it moves up.  In C the structure has the array at its full size,
so the fields behind it are reached through a pointer that is moved back by
the unused bytes: each counted array but the last ends a segment.
"""

HEADER, BODY, NDR, RETCODE = 24, 4, 8, 4

DESCRIPTORS = {
    "port": ("mach_msg_port_descriptor_t", 12),
    "ports": ("mach_msg_port_descriptor_t", 12),
    "ool": ("mach_msg_ool_descriptor_t", 16),
    "oolports": ("mach_msg_ool_ports_descriptor_t", 16),
}


def round4(size):
    return (size + 3) & ~3


class Field:
    """A field of the inline data.

    role   value, count (a number of elements), offset (of a varstring)
    size   bytes on the wire, at most, without padding
    """

    def __init__(self, argument, role, name, size, segment):
        self.argument = argument
        self.role = role
        self.name = name
        self.size = size
        self.segment = segment

    def is_variable(self):
        return self.role == "value" and self.argument.type.variable


class Descriptor:
    """The descriptors of one argument: `count` from number `index` on."""

    def __init__(self, argument, index, count):
        self.argument = argument
        self.index = index
        self.count = count


class Message:
    """direction is request or reply."""

    def __init__(self, routine, direction):
        self.routine = routine
        self.direction = direction
        self.fields = []
        self.descriptors = []
        self.descriptor_count = 0
        self.segments = 1
        arguments = routine.ins() if direction == "request" else routine.outs()
        for argument in routine.arguments:
            if argument in arguments:
                self.add(argument)
            elif direction == "request" and argument.count_in_out():
                self.field(argument, "count", argument.count_name(), 4)

    def add(self, argument):
        type_ = argument.type
        if type_.has_descriptor():
            count = type_.count if type_.kind == "ports" else 1
            self.descriptors.append(Descriptor(argument, self.descriptor_count, count))
            self.descriptor_count += count
        if type_.kind == "varstring":
            self.field(argument, "offset", f"{argument.name}Offset", 4)
            self.field(argument, "count", f"{argument.name}Cnt", 4)
        elif argument.has_count():
            self.field(argument, "count", argument.count_name(), 4)
        if not type_.has_descriptor():
            self.field(argument, "value", argument.name, type_.size())

    def field(self, argument, role, name, size):
        self.end_segment()
        self.fields.append(Field(argument, role, name, size, self.segments - 1))

    def end_segment(self):
        if self.fields and self.fields[-1].is_variable():
            self.segments += 1

    # ---- what the message is

    def c_name(self):
        kind = "Request" if self.direction == "request" else "Reply"
        return f"__{kind}__{self.routine.message_name()}_t"

    def is_complex(self):
        return self.descriptor_count > 0

    def has_retcode(self):
        return self.direction == "reply" and not self.is_complex()

    def has_ndr(self):
        return bool(self.fields) or self.has_retcode()

    def variables(self):
        return [f for f in self.fields if f.is_variable()]

    def max_size(self):
        size = HEADER
        if self.is_complex():
            size += BODY
            for descriptor in self.descriptors:
                _, each = DESCRIPTORS[descriptor.argument.type.kind]
                size += each * descriptor.count
        size += NDR if self.has_ndr() else 0
        size += RETCODE if self.has_retcode() else 0
        return size + sum(round4(field.size) for field in self.fields)

    def min_size(self):
        return self.max_size() - sum(round4(f.size) for f in self.variables())

    def has_field(self, argument, role):
        return self.find(argument, role) is not None

    def find(self, argument, role):
        for field in self.fields:
            if field.argument is argument and field.role == role:
                return field
        return None

    def descriptor(self, argument):
        for descriptor in self.descriptors:
            if descriptor.argument is argument:
                return descriptor
        return None


# ---- C declarations


def declaration(field, side):
    """The field as a member of the structure, with its padding."""
    type_ = field.argument.type
    if field.role != "value":
        return [f"mach_msg_type_number_t {field.name};"]
    if type_.is_array():
        line = f"{type_.element_c(side)} {field.name}{dimensions(type_)};"
    else:
        line = f"{wire_type(type_, side)} {field.name};"
    lines = [line]
    if field.size % 4:
        lines.append(f"char {field.name}Pad[{round4(field.size) - field.size}];")
    return lines


def wire_type(type_, side):
    """An integer that is translated travels as what the translator takes."""
    if type_.kind == "scalar" and side == "server":
        if type_.intran:
            return type_.intran.takes
        if type_.outtran:
            return type_.outtran.gives
    return type_.c_name(side)


def dimensions(type_):
    result = f"[{type_.count}]"
    element = type_.element
    while element and element.kind in ("array", "struct") and not element.name:
        result += f"[{element.count}]"
        element = element.element
    return result


def structure(message, side):
    """The lines of the message's structure."""
    lines = ["typedef struct {", "    mach_msg_header_t Head;"]
    if message.is_complex():
        lines.append("    mach_msg_body_t msgh_body;")
        for descriptor in message.descriptors:
            argument = descriptor.argument
            c_type, _ = DESCRIPTORS[argument.type.kind]
            array = f"[{descriptor.count}]" if argument.type.kind == "ports" else ""
            lines.append(f"    {c_type} {argument.name}{array};")
    if message.has_ndr():
        lines.append("    NDR_record_t NDR;")
    if message.has_retcode():
        lines.append("    kern_return_t RetCode;")
    for field in message.fields:
        lines += [f"    {line}" for line in declaration(field, side)]
    lines.append(f"}} {message.c_name()};")
    return lines
