# SPDX-License-Identifier: MIT
"""Judges a routine's arguments, and finds its request and reply ports."""

from .errors import MigError

# Directions of which a routine has at most one, and their .defs words.
SINGLE = {
    "request": "requestport",
    "reply": "reply port",
    "waittime": "waittime",
    "sendtime": "sendtime",
    "msgoption": "msgoption",
    "audittoken": "serveraudittoken",
    "sectoken": "serversectoken",
}
TOKEN_SIZES = {"audittoken": 32, "sectoken": 8}
C_WORDS = frozenset(
    """auto break case char const continue default do double else enum extern
    float for goto if inline int long register restrict return short signed
    sizeof static struct switch typedef union unsigned void volatile while
    Head NDR RetCode msgh_body Mess InP OutP""".split()
)


def finish_routine(routine):
    names = set()
    for argument in routine.arguments:
        check_name(argument, names)
    for direction in SINGLE:
        check_single(routine, direction)
    find_ports(routine)
    if routine.has_trap and routine.request_port is not routine.arguments[0]:
        wrong(routine.request_port, "expected a traproutine's first argument to be "
                                    "the port that is sent to")
    share_counts(routine)
    for argument in routine.arguments:
        check_argument(routine, argument)
    times = [a for a in routine.arguments if a.direction in ("waittime", "sendtime")]
    if len(times) > 1:
        wrong(times[1], "expected one time: mach_msg takes one for both ways")


def wrong(argument, message):
    raise MigError(argument.position, message)


def check_name(argument, names):
    if argument.name in C_WORDS:
        wrong(argument, f"'{argument.name}' cannot be the name of an argument")
    if argument.name in names:
        wrong(argument, f"a second argument called {argument.name}")
    names.add(argument.name)


def check_single(routine, direction):
    found = [a for a in routine.arguments if a.direction == direction]
    if len(found) > 1:
        wrong(found[1], f"expected one {SINGLE[direction]}, found a second")


def find_ports(routine):
    """The first argument is the request port, if no other says that it is."""
    request = routine.of("request")
    if request is None:
        if not routine.arguments:
            raise MigError(
                routine.position, f"expected a request port, found none in {routine.name}"
            )
        request = routine.arguments[0]
        if request.direction != "in" or request.type.kind != "port":
            wrong(request, "expected the first argument to be a port that is sent to")
        request.direction = "request"
    routine.request_port = request
    routine.reply_port = routine.of("reply")


def share_counts(routine):
    """A SameCount array has the count of the array before it."""
    previous = None
    for argument in routine.arguments:
        if "samecount" in argument.flags:
            if previous is None or not argument.type.is_counted():
                wrong(argument, "expected a counted array before a SameCount array")
            if previous.direction != argument.direction:
                wrong(argument, f"expected SameCount arrays in one direction, but "
                                f"{previous.name} is {previous.direction}")
            argument.master = previous
        elif argument.type.is_counted():
            previous = argument


def check_argument(routine, argument):
    kind, direction = argument.type.kind, argument.direction
    if direction in ("request", "reply") and kind != "port":
        wrong(argument, f"expected a port type for the {SINGLE[direction]}")
    if direction == "reply" and argument.type.is_polymorphic():
        wrong(argument, "expected a reply port with a disposition, found polymorphic")
    if direction in ("waittime", "sendtime", "msgoption") and kind != "scalar":
        wrong(argument, f"expected an integer for {direction}")
    if direction in TOKEN_SIZES and argument.type.size() != TOKEN_SIZES[direction]:
        wrong(argument, f"expected {TOKEN_SIZES[direction]} bytes for {SINGLE[direction]}")
    if routine.simple and argument.is_out():
        wrong(argument, f"expected no result in simpleroutine {routine.name}")
    if direction == "waittime" and routine.simple:
        wrong(argument, f"expected no waittime: simpleroutine {routine.name} never waits")
    if kind == "ports" and direction == "inout":
        wrong(argument, "expected in or out for an array of port descriptors")
    element = argument.type.element
    if argument.type.is_array() and element and element.is_string():
        wrong(argument, "expected no strings in an array inline: ^array[] takes them")
    check_flags(argument)


def check_flags(argument):
    kind = argument.type.kind
    if argument.count_in_out() and not (
        argument.direction == "out" and argument.has_count() and kind == "vararray"
    ):
        wrong(argument, "expected CountInOut on an out array[*:N] alone")
    if "dealloc" in argument.flags and kind not in ("ool", "oolports"):
        wrong(argument, "expected dealloc on an argument out of line alone")
    if kind == "ports" and argument.type.is_polymorphic():
        wrong(argument, "expected one disposition for all ports of an array")
    if kind == "oolports" and argument.type.is_polymorphic():
        wrong(argument, "expected one disposition for all ports of an array")
