# SPDX-License-Identifier: MIT
"""C that writes inline data into a message, for clients and servers alike.

Data is written in the order of the fields, so that what follows a counted
array lands right behind it (see layout).
"""

from .ctext import count_of, next_segment, padded, place, segment
from .layout import round4


def total_size(message, base):
    """An expression for the bytes of the message, after it is filled."""
    text = str(message.min_size())
    for field in message.variables():
        text += f" + {padded(field.argument, count_of(message, field.argument, base))}"
    return text


def clear_tail(writer, message, field, base):
    """Zeroes the bytes between a counted array's end and the next word."""
    type_ = field.argument.type
    if type_.element_size % 4 == 0:
        return
    count = count_of(message, field.argument, base)
    size = count if type_.element_size == 1 else f"{type_.element_size} * {count}"
    name = place(message, field.argument, "value", base)
    writer.line(f"memset((char *){name} + {size}, 0, PADDED({size}) - {size});")


def clear_pad(writer, message, field, base):
    """Zeroes the padding of a field of fixed size."""
    if field.size % 4 and not field.is_variable():
        here = segment(base, field.segment)
        pad = round4(field.size) - field.size
        writer.line(f"memset({here}->{field.name}Pad, 0, {pad});")


def advance(writer, message, field, base):
    if field.is_variable() and field.segment + 1 < message.segments:
        count = count_of(message, field.argument, base)
        writer.line(next_segment(message, field, base, count))


def port_descriptor(name, value, disposition):
    return [
        f"{name} = (mach_msg_port_descriptor_t){{",
        f"    .name = {value},",
        f"    .disposition = {disposition},",
        "    .type = MACH_MSG_PORT_DESCRIPTOR,",
        "};",
    ]


def memory_descriptor(name, argument, address, count):
    """Out-of-line memory or ports; `count` is a C expression."""
    ports = argument.type.kind == "oolports"
    c_type = "mach_msg_ool_ports_descriptor_t" if ports else "mach_msg_ool_descriptor_t"
    dealloc = "TRUE" if "dealloc" in argument.flags else "FALSE"
    physical = "physicalcopy" in argument.flags
    copy = "MACH_MSG_PHYSICAL_COPY" if physical else "MACH_MSG_VIRTUAL_COPY"
    lines = [
        f"{name} = ({c_type}){{",
        f"    .address = (void *){address},",
        f"    .deallocate = {dealloc},",
        f"    .copy = {copy},",
    ]
    if ports:
        lines.append(f"    .disposition = {argument.type.disposition},")
        lines.append("    .type = MACH_MSG_OOL_PORTS_DESCRIPTOR,")
        lines.append(f"    .count = {count},")
    else:
        lines.append("    .type = MACH_MSG_OOL_DESCRIPTOR,")
        lines.append(f"    .size = {memory_size(argument, count)},")
    return lines + ["};"]


def memory_size(argument, count):
    size = argument.type.element_size
    return f"{count}" if size == 1 else f"{size} * {count}"
