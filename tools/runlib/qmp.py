# SPDX-License-Identifier: MIT
"""qmp.py - QEMU's control channel: why the machine stopped, and where."""

import json
import re
import select
import socket

ANSWER_SECONDS = 10


class Qmp:
    """One end of a socket pair; the other is QEMU's `-mon`."""

    def __init__(self):
        self.ours, self.theirs = socket.socketpair()
        self.ours.setblocking(False)
        self.buffer = b""
        self.reason = ""
        self.registers = ""
        self.open = True

    def fileno(self):
        return self.ours.fileno()

    def options(self):
        fd = self.theirs.fileno()
        return ["-chardev", f"socket,id=qmp,fd={fd}",
                "-mon", "chardev=qmp,mode=control"]

    def send(self, command, **arguments):
        text = json.dumps({"execute": command, "arguments": arguments})
        try:
            self.ours.sendall(text.encode() + b"\n")
        except OSError:
            self.open = False

    def monitor(self, line):
        """A command of the monitor for people; returns when it is done."""
        self.send("human-monitor-command", **{"command-line": line})
        while select.select([self], [], [], ANSWER_SECONDS)[0]:
            if self.read() or not self.open:
                return

    def read(self):
        """Takes what came.  True when the machine has stopped for good."""
        try:
            data = self.ours.recv(65536)
        except BlockingIOError:
            return False
        except OSError:
            data = b""
        if not data:
            self.open = False
            return False
        self.buffer += data
        *lines, self.buffer = self.buffer.split(b"\n")
        return any([self._message(json.loads(line)) for line in lines if line])

    def _message(self, message):
        if "QMP" in message:
            self.send("qmp_capabilities")
        elif message.get("event") == "SHUTDOWN":
            self.reason = message.get("data", {}).get("reason", "unknown")
            self.send("human-monitor-command",
                      **{"command-line": "info registers"})
        elif isinstance(message.get("return"), str):
            self.registers = message["return"]
            return True
        return bool(self.reason) and "error" in message

    @property
    def ended(self):
        """How, once `read` has said that it has."""
        return "reset" if self.reason == "guest-reset" else "stopped"

    def instruction_pointer(self):
        match = re.search(r"[RE]IP=([0-9a-f]+)", self.registers)
        return int(match.group(1), 16) if match else None

    def close(self):
        self.ours.close()
        self.theirs.close()
