# SPDX-License-Identifier: MIT
"""What a type is: its bytes on the wire, and its names in C.

A type is of one of these kinds:

    scalar    one integer                          natural_t
    struct    a block of bytes passed by value     struct[2] of uint32_t
    array     a block of bytes passed by address   array[16] of byte
    vararray  the same with a count                array[*:16] of int
    string    text in a block of fixed size        c_string[128]
    varstring text, as many bytes as it has        c_string[*:512]
    port      a port right                         mach_port_t
    ports     port rights, each a descriptor       array[*:32] of mach_port_t
    ool       memory out of line                   ^array[] of byte
    oolports  port rights out of line              ^array[] of mach_port_t
"""

import copy

# IPC type: bytes, and the C type of an element that has no name of its own.
DATA = {
    "MACH_MSG_TYPE_BOOLEAN": (4, "boolean_t"),
    "MACH_MSG_TYPE_INTEGER_8": (1, "int8_t"),
    "MACH_MSG_TYPE_INTEGER_16": (2, "int16_t"),
    "MACH_MSG_TYPE_INTEGER_32": (4, "int"),
    "MACH_MSG_TYPE_INTEGER_64": (8, "int64_t"),
    "MACH_MSG_TYPE_CHAR": (1, "char"),
    "MACH_MSG_TYPE_BYTE": (1, "uint8_t"),
    "MACH_MSG_TYPE_REAL_32": (4, "float"),
    "MACH_MSG_TYPE_REAL_64": (8, "double"),
    "MACH_MSG_TYPE_PORT_NAME": (4, "mach_port_name_t"),
}

POLYMORPHIC = "MACH_MSG_TYPE_POLYMORPHIC"

# What is sent: what arrives.
PORTS = {
    "MACH_MSG_TYPE_MOVE_RECEIVE": "MACH_MSG_TYPE_PORT_RECEIVE",
    "MACH_MSG_TYPE_MOVE_SEND": "MACH_MSG_TYPE_PORT_SEND",
    "MACH_MSG_TYPE_MOVE_SEND_ONCE": "MACH_MSG_TYPE_PORT_SEND_ONCE",
    "MACH_MSG_TYPE_COPY_SEND": "MACH_MSG_TYPE_PORT_SEND",
    "MACH_MSG_TYPE_MAKE_SEND": "MACH_MSG_TYPE_PORT_SEND",
    "MACH_MSG_TYPE_MAKE_SEND_ONCE": "MACH_MSG_TYPE_PORT_SEND_ONCE",
    "MACH_MSG_TYPE_PORT_RECEIVE": "MACH_MSG_TYPE_PORT_RECEIVE",
    "MACH_MSG_TYPE_PORT_SEND": "MACH_MSG_TYPE_PORT_SEND",
    "MACH_MSG_TYPE_PORT_SEND_ONCE": "MACH_MSG_TYPE_PORT_SEND_ONCE",
    POLYMORPHIC: POLYMORPHIC,
}


class Translation:
    """intran or outtran: `gives` is what the function returns."""

    def __init__(self, gives, function, takes):
        self.gives = gives
        self.function = function
        self.takes = takes


class Type:
    """Wire and C view of one type; see the kinds above.

    element      the type of an array's elements
    count        how many there are, at most; None if there is no bound
    element_size bytes of one element on the wire
    """

    def __init__(self, kind, element=None, count=1, element_size=0):
        self.name = None
        self.kind = kind
        self.element = element
        self.count = count
        self.element_size = element_size
        self.variable = kind in ("vararray", "varstring")
        self.disposition = None
        self.wire_c = None
        self.cuser = None
        self.cserver = None
        self.intran = None
        self.outtran = None
        self.destructor = None
        self.if_null = None  # the code of a call whose intran gave NULL

    def size(self):
        """Bytes inline, at most."""
        return self.element_size * self.count

    def unit(self):
        """Bytes of the innermost element: what alignment the array wants."""
        inner = self
        while inner.element is not None:
            inner = inner.element
        return inner.element_size

    def received(self):
        """The disposition of the right when it has arrived."""
        return PORTS[self.disposition]

    def is_polymorphic(self):
        return self.disposition == POLYMORPHIC

    def has_descriptor(self):
        return self.kind in ("port", "ports", "ool", "oolports")

    def is_string(self):
        return self.kind in ("string", "varstring")

    def is_array(self):
        """Passed by address, and stored in the message itself."""
        return self.kind in ("array", "vararray", "string", "varstring")

    def is_counted(self):
        """Has a separate count argument."""
        return self.variable and self.kind != "varstring"

    def c_name(self, side):
        """The C type of a value on the `user` or the `server` side."""
        chosen = self.cuser if side == "user" else self.cserver
        return chosen or self.default_c()

    def default_c(self):
        if self.name:
            return self.name
        if self.wire_c:
            return self.wire_c
        if self.kind == "port":
            return "mach_port_t"
        if self.is_string():
            return "char *"
        return f"{self.element.default_c()} *"

    def element_c(self, side="user"):
        """The C type of an element, as the message's structure has it."""
        if self.is_string():
            return "char"
        element = self.element
        while element.kind in ("array", "struct") and not element.name:
            element = element.element
        return element.c_name(side)

    def renamed(self, name):
        """The same on the wire under a new name, without its C attributes."""
        other = copy.copy(self)
        other.name = name
        other.cuser = other.cserver = None
        other.intran = other.outtran = other.destructor = other.if_null = None
        return other


def data(ipc_type):
    size, c_type = DATA[ipc_type]
    result = Type("scalar", element_size=size)
    result.wire_c = c_type
    return result


def port(ipc_type):
    result = Type("port", element_size=4)
    result.disposition = ipc_type
    return result


def string(count, variable):
    return Type("varstring" if variable else "string", None, count, 1)


def block(kind, element, count):
    """A struct or an array of fixed size; arrays of arrays are flat."""
    if element.kind == "port":
        result = Type("ports", element, count, 4)
        result.disposition = element.disposition
        return result
    return Type(kind, element, count, element.size())


def vararray(element, count):
    result = block("vararray", element, count)
    result.variable = True
    return result


def out_of_line(inner):
    """`inner` is an array or a single value: ^inner."""
    if inner.kind in ("array", "vararray", "ports"):
        element, count = inner.element, inner.count
        size = inner.element_size
    else:
        element, count, size = inner, 1, inner.size()
    ports = element.kind == "port"
    result = Type("oolports" if ports else "ool", element, count, size)
    result.variable = inner.variable
    result.disposition = element.disposition
    return result
