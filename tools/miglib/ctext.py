# SPDX-License-Identifier: MIT
"""C text: lines with indentation, parameters, expressions."""

from .layout import round4

BANNER = "/* Made by tools/mig from {source}: do not edit. */"


class Writer:
    """Collects lines; a block's lines are indented by four spaces."""

    def __init__(self):
        self.lines = []
        self.depth = 0

    def line(self, text=""):
        self.lines.append("    " * self.depth + text if text else "")

    def many(self, texts):
        for text in texts:
            self.line(text)

    def open(self, text):
        self.line(text)
        self.depth += 1

    def close(self, text="}"):
        self.depth -= 1
        self.line(text)

    def when(self, condition, action):
        """An if with one statement."""
        self.line(f"if ({condition})")
        self.line(f"    {action}")

    def text(self):
        return "\n".join(self.lines) + "\n"


def join(c_type, name):
    """A declaration: `char *` and x give `char *x`."""
    return c_type + name if c_type.endswith("*") else f"{c_type} {name}"


def pointer(c_type):
    return c_type + "*" if c_type.endswith("*") else f"{c_type} *"


def include_guard(writer, guard, body):
    writer.line(f"#ifndef {guard}")
    writer.line(f"#define {guard}")
    writer.line()
    body()
    writer.line()
    writer.line("#endif")


def includes(writer, paths):
    for path in paths:
        writer.line(f"#include {path}")


# ---- the C type of an argument's value, by who sees it


def value_type(argument, side):
    """side is user, server (of user mode), kserver or kclient."""
    type_ = argument.type
    if side in ("kserver", "kclient"):
        return kernel_type(argument, side)
    if type_.is_string() and argument.is_const() and not argument.is_out():
        return "const char *"  # gcc takes `const name_t` for a full buffer
    if side == "server":
        translated = translation_type(argument)
        if translated:
            return translated
    return type_.c_name("user" if side == "user" else "server")


def translation_type(argument):
    type_ = argument.type
    if argument.direction != "out" and type_.intran:
        return type_.intran.gives
    if argument.is_out() and type_.outtran:
        return type_.outtran.takes
    return None


def kernel_type(argument, side):
    type_ = argument.type
    if side == "kserver" and translation_type(argument):
        return translation_type(argument)
    if type_.kind == "port":
        return "ipc_port_t"
    if type_.kind == "ports":
        return "ipc_port_t *"
    if type_.kind == "oolports":
        return "ipc_ports_t"
    if type_.kind == "ool":
        return "vm_map_copy_t"
    if type_.is_string() and not argument.is_out():
        return "const char *"
    return type_.c_name("server")


def parameters(argument, side):
    """The C parameters that an argument stands for."""
    c_type, type_ = value_type(argument, side), argument.type
    if type_.is_array() or type_.kind == "ports":
        const = "const " if argument.is_const() and not argument.is_out() else ""
        if c_type.startswith("const "):
            const = ""
        result = [const + join(c_type, argument.name)]
    elif argument.is_out():
        result = [join(pointer(c_type), argument.name)]
    else:
        result = [join(c_type, argument.name)]
    star = "*" if argument.is_out() else ""
    if argument.has_count():
        result.append(f"mach_msg_type_number_t {star}{argument.count_name()}")
    if type_.kind == "port" and type_.is_polymorphic():
        result.append(f"mach_msg_type_name_t {star}{argument.poly_name()}")
    return result


def function_head(writer, returns, name, params, end):
    """`returns` on its own line, one parameter a line."""
    writer.line(returns)
    writer.line(f"{name}(")
    for index, param in enumerate(params):
        last = index == len(params) - 1
        writer.line(f"    {param}{')' + end if last else ','}")


# ---- segments of a message (see layout)


def segment(base, number):
    """The pointer to a segment: InP, In1P, In2P …"""
    return f"{base}P" if number == 0 else f"{base}{number}P"


def place(message, argument, role, base):
    """An expression for a field of the message."""
    field = message.find(argument, role)
    return f"{segment(base, field.segment)}->{field.name}"


def count_of(message, argument, base):
    """An expression for the number of elements that the message says."""
    return place(message, argument.master or argument, "count", base)


def bytes_of(argument, count):
    """The bytes of `count` elements, not padded."""
    size = argument.type.element_size
    return count if size == 1 else f"{size} * {count}"


def padded(argument, count):
    """The same as the wire has it."""
    text = bytes_of(argument, count)
    return text if argument.type.element_size % 4 == 0 else f"PADDED({text})"


def next_segment(message, field, base, count):
    """Sets the pointer to what follows a counted array."""
    name = segment(base, field.segment + 1)
    here = segment(base, field.segment)
    room = round4(field.size)
    return f"{name} = MOVED({here}, {room} - {padded(field.argument, count)});"


def needs_moved(messages):
    return any(message.segments > 1 for message in messages)


def helper_macros(writer, messages):
    """The macros that messages with counted arrays need."""
    if any(message.variables() for message in messages):
        writer.line("/* Bytes of an array with its padding */")
        writer.line("#define PADDED(bytes) (((bytes) + 3u) & ~3u)")
        writer.line()
    if needs_moved(messages):
        writer.line("/* A structure's pointer, moved back by what an array left unused */")
        writer.line("#define MOVED(pointer, unused) ((void *)((uintptr_t)(pointer) - (unused)))")
        writer.line()
