# SPDX-License-Identifier: MIT
"""Tokens to a Subsystem.  The grammar is drawn in docs/mig.md."""

from . import ipctypes
from .arguments import finish_routine
from .errors import MigError
from .model import Argument, Routine, Subsystem

DIRECTIONS = {
    "in": "in",
    "out": "out",
    "inout": "inout",
    "requestport": "request",
    "replyport": "reply",
    "sreplyport": "reply",
    "ureplyport": "reply",
    "waittime": "waittime",
    "sendtime": "sendtime",
    "msgoption": "msgoption",
    "serveraudittoken": "audittoken",
    "serversectoken": "sectoken",
}
REPLY_SIDES = {"replyport": "both", "sreplyport": "server", "ureplyport": "user"}
FLAGS = ("countinout", "samecount", "dealloc", "notdealloc", "const", "physicalcopy")
ATTRIBUTES = ("ctype", "cusertype", "cservertype", "intran", "outtran", "destructor",
              "ifnull")
STATEMENTS = (
    "subsystem, type, routine, simpleroutine, traproutine, skip, import, "
    "serverprefix, userprefix or serverdemux"
)
IMPORTS = {"import": "imports", "uimport": "user_imports", "simport": "server_imports"}


class Parser:
    def __init__(self, tokens):
        self.tokens = tokens
        self.index = 0
        self.types = {}
        self.routines = {}
        self.subsystem = Subsystem()

    # ---- tokens

    def peek(self):
        return self.tokens[self.index]

    def next(self):
        token = self.peek()
        if token.kind != "end":
            self.index += 1
        return token

    def at(self, text):
        token = self.peek()
        return token.kind in ("mark", "name") and token.text == text

    def accept(self, text):
        if self.at(text):
            return self.next()
        return None

    def expect(self, text, after):
        if not self.at(text):
            self.wrong(f"'{text}' {after}")
        return self.next()

    def name(self, what):
        if self.peek().kind != "name":
            self.wrong(what)
        return self.next()

    def wrong(self, expected):
        token = self.peek()
        position = token.position
        raise MigError(position, f"expected {expected}, found {token.shown()}")

    # ---- statements

    def parse(self):
        while self.peek().kind != "end":
            if not self.accept(";"):
                self.statement()
        return self.subsystem

    def statement(self):
        token = self.peek()
        word = token.text.lower() if token.kind == "name" else ""
        action = getattr(self, f"do_{word}", None)
        if action is None:
            self.wrong(f"a statement ({STATEMENTS})")
        self.next()
        action(token)

    def do_subsystem(self, token):
        subsystem = self.subsystem
        if subsystem.name:
            raise MigError(
                token.position, f"a second subsystem; the first is {subsystem.name}"
            )
        name = self.name("the subsystem's name")
        while name.text.lower() in ("kernelserver", "kerneluser"):
            if name.text.lower() == "kernelserver":
                subsystem.kernel_server = True
            else:
                subsystem.kernel_user = True
            name = self.name("the subsystem's name")
        subsystem.position = token.position
        subsystem.name = name.text
        subsystem.base = self.number("the number of the first routine")
        self.expect(";", f"after subsystem {name.text} {subsystem.base}")

    def do_type(self, _token):
        name = self.name("the new type's name")
        self.expect("=", f"after type {name.text}")
        result = self.translated(name)
        if name.text in self.types:
            raise MigError(name.position, f"type {name.text} is defined already")
        self.types[name.text] = result
        self.expect(";", f"at the end of type {name.text}")

    def do_routine(self, token):
        self.routine(token)

    do_simpleroutine = do_traproutine = do_routine

    def do_skip(self, token):
        self.need_subsystem(token, "skip")
        count = 1
        if self.peek().kind == "number":
            count = self.number("a number of routines")
        self.subsystem.slots += [None] * count
        self.expect(";", "after skip")

    def do_import(self, token):
        if self.peek().kind != "path":
            self.wrong(f'a file, as <mach/port.h> or "name.h", after {token.text}')
        path = self.next().text
        files = getattr(self.subsystem, IMPORTS[token.text.lower()])
        if path not in files:
            files.append(path)
        self.expect(";", f"after {token.text} {path}")

    do_uimport = do_simport = do_import

    def do_serverprefix(self, _token):
        self.subsystem.server_prefix = self.name("a prefix").text
        self.expect(";", "after serverprefix")

    def do_userprefix(self, _token):
        self.subsystem.user_prefix = self.name("a prefix").text
        self.expect(";", "after userprefix")

    def do_serverdemux(self, _token):
        self.subsystem.demux = self.name("the demultiplexer's name").text
        self.expect(";", "after serverdemux")

    def need_subsystem(self, token, what):
        if not self.subsystem.name:
            raise MigError(
                token.position, f"{what} before the subsystem statement: it has no number"
            )

    # ---- numbers

    def number(self, what):
        """A constant expression of numbers, + - * / and parentheses."""
        value = self.product(what)
        while self.at("+") or self.at("-"):
            if self.next().text == "+":
                value += self.product(what)
            else:
                value -= self.product(what)
        return value

    def product(self, what):
        value = self.factor(what)
        while self.at("*") or self.at("/"):
            operator = self.next()
            right = self.factor(what)
            if operator.text == "/" and right == 0:
                raise MigError(operator.position, "division by zero")
            value = value * right if operator.text == "*" else value // right
        return value

    def factor(self, what):
        if self.accept("("):
            value = self.number(what)
            self.expect(")", "to close the expression")
            return value
        if self.peek().kind != "number":
            self.wrong(what)
        return int(self.next().text, 0)

    # ---- types

    def translated(self, name):
        """A type with its attributes: ctype, intran and so on."""
        result = self.plain_type().renamed(name.text)
        while self.peek().kind == "name":
            attribute = self.peek()
            word = attribute.text.lower()
            if word not in ATTRIBUTES:
                self.wrong("ctype:, cusertype:, cservertype:, intran:, outtran:, "
                           "destructor:, ifnull: or ';'")
            self.next()
            self.expect(":", f"after {word}")
            self.attribute(result, word)
        return result

    def attribute(self, result, word):
        if word == "ctype":
            result.cuser = result.cserver = self.c_type()
        elif word == "cusertype":
            result.cuser = self.c_type()
        elif word == "cservertype":
            result.cserver = self.c_type()
        elif word == "destructor":
            function, _ = self.function("the destructor's name")
            result.destructor = function
        elif word == "ifnull":
            if result.kind != "port" or result.intran is None:
                self.wrong("ifnull after the intran of a port alone")
            result.if_null = self.name("a return code").text
        else:
            self.translation(result, word)

    def translation(self, result, word):
        if result.kind not in ("port", "scalar"):
            self.wrong(f"{word} on a port or an integer alone, not on this type")
        gives = self.c_type()
        function, takes = self.function("a function's name")
        translation = ipctypes.Translation(gives, function, takes)
        setattr(result, word, translation)

    def function(self, what):
        name = self.name(what).text
        self.expect("(", f"after {name}")
        takes = self.c_type()
        self.expect(")", f"after {name}({takes}")
        return name, takes

    def c_type(self):
        """A C type: names, and stars."""
        words = [self.name("a C type").text]
        while words[-1] in ("const", "struct", "union", "unsigned"):
            words.append(self.name("a C type").text)
        stars = ""
        while self.accept("*"):
            stars += "*"
        return " ".join(words) + (f" {stars}" if stars else "")

    def plain_type(self):
        if self.accept("^"):
            return self.pointer()
        token = self.name("a type")
        word = token.text.lower()
        if word == "array" and self.at("["):
            return self.array(token)
        if word == "struct" and self.at("["):
            count = self.fixed_count("struct")
            element = self.element(token)
            return ipctypes.block("struct", element, count)
        if word == "c_string" and self.at("["):
            return self.string()
        if token.text in self.types:
            return self.types[token.text]
        if word == "polymorphic":
            return ipctypes.port(ipctypes.POLYMORPHIC)
        if token.text in ipctypes.PORTS:
            return ipctypes.port(token.text)
        if token.text in ipctypes.DATA:
            return ipctypes.data(token.text)
        raise MigError(
            token.position,
            f"expected a type, found '{token.text}', which no type statement defines",
        )

    def pointer(self):
        token = self.peek()
        if token.text.lower() != "array":
            inner = self.plain_type()
            if inner.kind in ("ool", "oolports", "varstring"):
                raise MigError(
                    token.position,
                    "expected a type inline after '^', found one that is not",
                )
            return ipctypes.out_of_line(inner)
        self.next()
        return self.array(token, pointer=True)

    def array(self, token, pointer=False):
        self.expect("[", "after array")
        if self.accept("]"):
            return self.unbounded(token, pointer)
        variable = self.accept("*") is not None
        if variable:
            self.expect(":", "and a bound after '*'")
        count = self.bound("the array's bound")
        self.expect("]", "after the array's bound")
        element = self.element(token)
        make = ipctypes.vararray if variable else None
        inner = make(element, count) if make else ipctypes.block("array", element, count)
        return ipctypes.out_of_line(inner) if pointer else inner

    def unbounded(self, token, pointer):
        if not pointer:
            raise MigError(
                token.position,
                "expected a bound, as array[*:100]: only an array out of line, "
                "^array[], can do without",
            )
        inner = ipctypes.vararray(self.element(token), 1)
        inner.count = None
        return ipctypes.out_of_line(inner)

    def element(self, token):
        of = self.name("'of' and the element's type")
        if of.text.lower() != "of":
            self.index -= 1
            self.wrong("'of' and the element's type")
        element = self.plain_type()
        if element.kind in ("scalar", "port", "struct", "array", "string"):
            return element
        raise MigError(
            token.position, "expected an element of fixed size, found one that is not"
        )

    def string(self):
        self.expect("[", "after c_string")
        variable = self.accept("*") is not None
        if variable:
            self.expect(":", "and a bound after '*'")
        count = self.bound("the string's bound")
        self.expect("]", "after the string's bound")
        return ipctypes.string(count, variable)

    def fixed_count(self, what):
        self.expect("[", f"after {what}")
        count = self.bound(f"the number of the {what}'s elements")
        self.expect("]", "after the number")
        return count

    def bound(self, what):
        token = self.peek()
        value = self.number(what)
        if not 0 < value <= 1 << 20:
            raise MigError(
                token.position, f"expected {what} from 1 to 1048576, found {value}"
            )
        return value

    # ---- routines

    def routine(self, token):
        self.need_subsystem(token, token.text)
        name = self.name("the routine's name")
        if name.text in self.routines:
            first = self.routines[name.text]
            raise MigError(
                name.position, f"routine {name.text} is defined already, at {first}"
            )
        self.routines[name.text] = name.position
        self.expect("(", f"after {name.text}")
        arguments = []
        while not self.at(")"):
            arguments.append(self.argument(name.text))
            if not self.accept(";") and not self.at(")"):
                self.wrong(f"';' or ')' after argument {arguments[-1].name}")
        self.next()
        number = self.subsystem.end()
        kind = token.text.lower()
        routine = Routine(name.position, name.text, number, kind, arguments)
        finish_routine(routine)
        self.expect(";", f"after routine {name.text}(…)")
        self.subsystem.slots.append(routine)

    def argument(self, routine):
        first = self.name(f"an argument of {routine}")
        word, name = "in", first
        if not self.at(":"):
            word = first.text.lower()
            if word not in DIRECTIONS:
                if self.peek().kind == "name":
                    self.index -= 1
                    self.wrong("a direction (in, out, inout, requestport, replyport, "
                               "sreplyport, ureplyport, waittime, sendtime, msgoption, "
                               "serveraudittoken, serversectoken)")
                self.wrong(f"':' after argument {first.text}")
            name = self.name(f"an argument's name after {first.text}")
        self.expect(":", f"after argument {name.text}")
        result = Argument(
            name.position, DIRECTIONS[word], name.text, self.argument_type(), self.flags()
        )
        result.reply_side = REPLY_SIDES.get(word)
        return result

    def argument_type(self):
        """`type`, or `name = type` with attributes, for this argument alone."""
        token = self.peek()
        if token.kind == "name" and self.tokens[self.index + 1].text == "=":
            self.index += 2
            return self.translated(token)
        return self.plain_type()

    def flags(self):
        found = set()
        while self.accept(","):
            token = self.name("a flag")
            if token.text.lower() not in FLAGS:
                self.index -= 1
                self.wrong("a flag (CountInOut, SameCount, Dealloc, NotDealloc, "
                           "Const, PhysicalCopy)")
            found.add(token.text.lower())
        return found


def parse(tokens):
    parser = Parser(tokens)
    try:
        return parser.parse()
    except RecursionError:
        raise MigError(parser.peek().position, "nested too deeply") from None
