# SPDX-License-Identifier: MIT
"""What is wrong with the input, and where."""


class Position:
    """A line of a source file, as the user knows it."""

    def __init__(self, path, line):
        self.path = path
        self.line = line

    def __str__(self):
        return f"{self.path}:{self.line}"

    def text(self):
        """The line itself, or None if the file cannot be read."""
        try:
            with open(self.path, encoding="utf-8") as file:
                return file.read().split("\n")[self.line - 1].rstrip()
        except (OSError, IndexError, UnicodeDecodeError):
            return None


class MigError(Exception):
    """A message for the user; position is None if no line is to blame."""

    def __init__(self, position, message):
        super().__init__(message)
        self.position = position
        self.message = message

    def report(self):
        if self.position is None:
            return f"mig: error: {self.message}"
        lines = [f"{self.position}: error: {self.message}"]
        text = self.position.text()
        if text is not None:
            lines.append(f"    {text.strip()}")
        return "\n".join(lines)
