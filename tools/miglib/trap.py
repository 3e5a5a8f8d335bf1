# SPDX-License-Identifier: MIT
"""A traproutine's two ends without a message: the library's call, which tries
the trap first, and the kernel's handler.

The handler is made if all arguments but the first are integers, for then each
is what its register holds, or where its register points to; any other handler
is written by hand.
"""

from .ctext import function_head, join, parameters, value_type

REGISTERS = 6


def argument_names(routine):
    """How a function passes on the parameters of its own."""
    names = []
    for argument in routine.arguments:
        names.append(argument.name)
        if argument.has_count():
            names.append(argument.count_name())
        if argument.type.kind == "port" and argument.type.is_polymorphic():
            names.append(argument.poly_name())
    return ", ".join(names)


def library_call(writer, subsystem, routine):
    """NAME: the trap, and for another task's port the message."""
    params = [p for a in routine.arguments for p in parameters(a, "user")]
    names = argument_names(routine)
    function_head(writer, "kern_return_t", subsystem.library_name(routine), params, "")
    writer.open("{")
    writer.line(f"kern_return_t RetCode = {routine.trap_name()}({names});")
    writer.line()
    writer.line("if (RetCode == MACH_SEND_INVALID_DEST)")
    writer.line(f"    RetCode = {subsystem.user_name(routine)}({names});")
    writer.line("return RetCode;")
    writer.close()
    writer.line()


def is_made(routine):
    """Can the handler be made?"""
    rest = routine.arguments[1:]
    return len(rest) < REGISTERS and all(
        a.type.kind == "scalar" and a.type.intran is None and a.type.outtran is None
        for a in rest
    )


class TrapHandler:
    """The kernel's handler of one traproutine."""

    def __init__(self, writer, subsystem, routine):
        self.writer = writer
        self.subsystem = subsystem
        self.routine = routine
        self.target = routine.request_port

    def emit(self):
        writer, routine = self.writer, self.routine
        params = ["ipc_thread_t self", "const struct trap_args *args"]
        function_head(writer, "uint64_t", routine.trap_name(), params, "")
        writer.open("{")
        self.locals()
        found = self.target.name if self.is_space() else "port"
        writer.when(f"{found} == NULL", "return MACH_SEND_INVALID_DEST;")
        for index, argument in self.results():
            self.prepare(index, argument)
        self.call()
        for index, argument in self.results():
            writer.line("if (RetCode == KERN_SUCCESS)")
            writer.line(f"    RetCode = {self.access('put', index, argument)};")
        writer.line("return (uint64_t)RetCode;")
        writer.close()
        writer.line()

    def results(self):
        return [(i, a) for i, a in enumerate(self.routine.arguments) if a.is_out()]

    def is_space(self):
        """The caller's own names need no conversion, nor a reference."""
        intran = self.target.type.intran
        return intran is not None and intran.function == "convert_port_to_space"

    def locals(self):
        writer = self.writer
        target = join(value_type(self.target, 'kserver'), self.target.name)
        if self.is_space():
            writer.line(f"{target} = mig_trap_space(self, args);")
        else:
            writer.line("ipc_port_t port = mig_trap_target(self, args);")
            writer.line(f"{target};")
        writer.line("kern_return_t RetCode;")
        for _, argument in self.results():
            writer.line(f"{join(value_type(argument, 'kserver'), argument.name)} = 0;")
        writer.line()

    def access(self, what, index, argument):
        name = argument.name
        return f"mig_trap_{what}(args->arg[{index}], &{name}, sizeof({name}))"

    def prepare(self, index, argument):
        """D13: what can fail at the caller's memory fails before the call."""
        writer = self.writer
        if argument.is_in():
            writer.line(f"RetCode = {self.access('fetch', index, argument)};")
        else:
            size = f"sizeof({argument.name})"
            writer.line(f"RetCode = mig_trap_prepare(args->arg[{index}], {size});")
        writer.when("RetCode != KERN_SUCCESS", "return (uint64_t)RetCode;")

    def call(self):
        writer, type_, name = self.writer, self.target.type, self.target.name
        if not self.is_space():
            writer.line(f"{name} = {type_.intran.function}(port);")
        values = [name]
        for index, argument in enumerate(self.routine.arguments[1:], 1):
            cast = f"({value_type(argument, 'kserver')})args->arg[{index}]"
            values.append(f"&{argument.name}" if argument.is_out() else cast)
        writer.line(f"RetCode = {self.subsystem.server_name(self.routine)}(")
        for index, value in enumerate(values):
            writer.line(f"    {value}{');' if index == len(values) - 1 else ','}")
        if type_.destructor and not self.is_space():
            writer.line(f"{type_.destructor}({name});")
