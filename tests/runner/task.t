#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""task.t - `make run TASK=`: a newcomer's program, and how it ended."""

import fcntl
import os
import pty
import select
import signal
import subprocess
import sys
import tempfile
import termios

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from taplib import BUILD, done, equal, ok, run     # noqa: E402

HELLO = """#include <stdio.h>
int main(int argc, char **argv)
{
    printf("hello\\n");
    for (int i = 1; i < argc; i++)
        printf("[%s]\\n", argv[i]);
    return 0;
}
"""
# Says each line that it reads, and the end.
READ = """#include <stdio.h>
int main(void)
{
    char line[40];
    while (fgets(line, sizeof line, stdin) != NULL)
        printf("<%s>", line);
    printf("end\\n");
    return 0;
}
"""
# Answers one message; its name is known before the client is started.  With a
# second argument it crashes instead; with "soon" it waits for half a second.
SERVER = """#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    struct { mach_msg_header_t h; mach_msg_trailer_t t; } m;
    mach_port_t port;
    mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port);
    mach_port_insert_right(mach_task_self(), port, port,
                           MACH_MSG_TYPE_MAKE_SEND);
    printf("server: %s\\n", argc > 1 ? argv[1] : "no words");
    bootstrap_register(bootstrap_port, "task.test", port);
    if (mach_msg(&m.h, MACH_RCV_MSG | (argc > 1 && argv[1][0] == 's' ?
                 MACH_RCV_TIMEOUT : 0), 0, sizeof m, port, 500, 0) != 0)
        puts("server: too late");
    if (argc > 2)
        *(volatile int *)0x10 = 1;
    m.h.msgh_bits = MACH_MSGH_BITS(MACH_MSGH_BITS_REMOTE(m.h.msgh_bits), 0);
    m.h.msgh_local_port = MACH_PORT_NULL;
    mach_msg(&m.h, MACH_SEND_MSG, sizeof m.h, 0, MACH_PORT_NULL, 0,
             MACH_PORT_NULL);
    for (;;) { }
}
"""
CLIENT = """#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdio.h>
int main(int argc, char **argv)
{
    struct { mach_msg_header_t h; mach_msg_trailer_t t; } m = { { 0 } };
    mach_port_t port;
    if (bootstrap_look_up(bootstrap_port, "task.test", &port) != 0)
        return 77;
    m.h.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND,
                                   MACH_MSG_TYPE_MAKE_SEND_ONCE);
    m.h.msgh_remote_port = port;
    m.h.msgh_local_port = mig_get_reply_port();
    m.h.msgh_size = sizeof m.h;
    m.h.msgh_id = 1234;
    mach_msg(&m.h, MACH_SEND_MSG | MACH_RCV_MSG, sizeof m.h, sizeof m,
             m.h.msgh_local_port, 0, MACH_PORT_NULL);
    printf("client: %s %d\\n", argc > 1 ? argv[1] : "no words", m.h.msgh_id);
    return 0;
}
"""
LONG = "a_name_that_has_sixty_four_letters_which_is_more_than_one_may_like"[:64]
PROGRAMS = {
    "prog.c": HELLO,
    "three.c": "#include <stdlib.h>\nint main(void) { exit(3); }\n",
    "crash.c": "int main(void) { *(volatile int *)0x10 = 1; return 0; }\n",
    "hang.c": "int main(void) { for (;;) { } }\n",
    "null.c": "struct node { struct node *next; };\nint main(void)\n{\n"
              "    struct node *n = 0;\n    for (;;) n = n->next;\n}\n",
    "undeclared.c": "int main(void) { return no_such(); }\n",
    "bad.c": "int main(void) { return 0 }\n",
    "one.c": "int two(void);\nint main(void) { return two() - VALUE; }\n",
    "two.c": "int two(void);\nint two(void) { return 2; }\n",
    "flood.c": "#include <stdio.h>\nint main(void)\n{\n"
               "    for (;;) puts(\"# flood flood flood flood flood flood\");\n}\n",
    # Reads late, and says how many bytes there were.
    "late.c": "#include <mach/mach.h>\n#include <stdio.h>\nint main(void)\n{\n"
              "    int count = 0;\n"
              "    thread_switch(0, SWITCH_OPTION_WAIT, 500);\n"
              "    while (getchar() != EOF)\n        count++;\n"
              "    printf(\"%d\\n\", count);\n    return 0;\n}\n",
    "asks.c": READ.replace("char line", "printf(\"name? \"); char line"),
    "orphan.c": "#include <mach/mach.h>\n#include <ostia/job.h>\n"
                "#include <servers/bootstrap.h>\n"
                "int main(int argc, char **argv)\n{\n    int job;\n"
                "    if (argc > 1) {\n        thread_switch(0, SWITCH_OPTION_WAIT,"
                " 300);\n        return 3;\n    }\n"
                "    job_spawn(bootstrap_port, \"orphan\", \"x\", 2, &job);\n"
                "    return 0;\n}\n",
    "later.c": "#include <mach/mach.h>\nint main(void)\n{\n"
               "    thread_switch(0, SWITCH_OPTION_WAIT, 1000);\n"
               "    return 0;\n}\n",
    "warned.c": "static int unused(int x) { return 0; }\n"
                "int main(void) { return 0; }\n",
    "read.c": READ,
    "echo.c": "#include <mach/mach.h>\n#include <stdio.h>\nint main(void)\n{\n"
              "    mach_error(\"mine\", KERN_INVALID_NAME);\n"
              "    mach_error(\"mine\", 1102);\n    return 0;\n}\n",
    "server.c": SERVER,
    "client.c": CLIENT,
    "slow.c": "#include <stdio.h>\nint main(void)\n{\n    puts(\"slow\");\n"
              "    for (;;) { }\n}\n",
    LONG + ".c": HELLO,
    "forge.c": "#include <stdio.h>\nint main(void)\n{\n    printf(\"ostia: "
               "forge: exit 0\\n# halt: exit 0\\nno newline\");\n"
               "    return 9;\n}\n",
}


def shell(typed):
    """A whole run of the shell, with a pipe as its keyboard."""
    result = subprocess.run(
        ["tools/run", "shell"], input=typed.encode(), timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, "B": BUILD, "BOOT": "pvh"})
    text = result.stdout.decode("utf-8", "replace")
    return result.returncode, text.partition("ostia$ ")[2]


def task(files, variable="TASK", **variables):
    paths = " ".join(",".join(os.path.join(folder, name)
                              for name in word.split(","))
                     for word in files.split())
    result = run("tools/run", "task", B=BUILD, **{variable: paths},
                 ACCEL=os.environ.get("ACCEL", ""), **variables)
    return result.returncode, result.stdout.splitlines(), result.stderr


def tasks(files, **variables):
    return task(files, "TASKS", **variables)


def fed(data, **variables):
    """A run with these bytes in its pipe; what it writes."""
    result = subprocess.run(
        ["tools/run", "task"], input=data, timeout=120,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env={**os.environ, "B": BUILD, **variables})
    return result.stdout


def typed_at(name, wanted, keys):
    """A task at a terminal: these keys, once it has shown what is wanted.
    Its status, what was shown, and whether the terminal is as before."""
    ours, theirs = pty.openpty()
    before = termios.tcgetattr(theirs)
    process = subprocess.Popen(
        ["tools/run", "task"], stdin=theirs, stdout=theirs,
        stderr=subprocess.DEVNULL, start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(theirs, termios.TIOCSCTTY, 0),
        env={**os.environ, "B": BUILD, "TASK": os.path.join(folder, name)})
    shown = b""
    while process.poll() is None or select.select([ours], [], [], 0)[0]:
        if select.select([ours], [], [], 0.1)[0]:
            shown += os.read(ours, 4096)
        if keys and wanted in shown:
            os.write(ours, keys)
            keys = b""
    after = termios.tcgetattr(theirs)
    os.close(ours)
    os.close(theirs)
    return process.returncode, shown.decode(), after == before


with tempfile.TemporaryDirectory() as folder:
    for name, text in PROGRAMS.items():
        with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
            file.write(text)

    code, lines, errors = task("prog.c")
    ok((code, lines) == (0, ["hello", "ostia: prog: exit 0"]),
       "a program's output and its end, nothing else", code, lines, errors)
    code, lines, errors = task("prog.c", TASK_ARGS="a b")
    equal(lines[1:-1], ["[a]", "[b]"], "TASK_ARGS arrive")
    code, lines, errors = task("prog.c", TASK_ARGS="'a  b' \"\" -- c#\\'")
    equal(lines[1:-1], ["[a  b]", "[]", "[--]", "[c#']"],
          "TASK_ARGS is split as a shell does")
    code, lines, errors = task("prog.c", TASK_ARGS="'a")
    ok(code == 2 and "TASK_ARGS: No closing quotation" in errors,
       "... and what a shell would refuse is refused", errors)
    code, lines, errors = task("warned.c")
    ok(code == 0 and "warning" not in errors,
       "what only -Wall and -Wextra warn of is the author's business", errors)
    code, lines, errors = task("warned.c", TASK_CFLAGS="-Wall -Wextra")
    ok(code == 0 and "unused" in errors, "... who may ask for them", errors)
    code, lines, errors = task(LONG + ".c")
    ok((code, lines[-1:]) == (0, [f"ostia: {LONG}: exit 0"]),
       "a name of 64 letters", code, lines, errors)
    code, lines, errors = task("echo.c")
    ok((code, lines) == (0, ["mine (os/kern) invalid name", "mine (os/kern) "
                             "unknown error code (44e)",
                             "ostia: echo: exit 0"]),
       "a program named like a service's runs as itself", lines, errors)
    code, lines, errors = task("prog.c", CMDLINE="tset=all kalloc.fial=3")
    equal([line.split("'")[1] for line in lines if "means nothing" in line],
          ["tset=all", "kalloc.fial=3"], "unknown words of CMDLINE are told")
    code, lines, errors = task("prog.c", CMDLINE="kalloc.fail=100000000")
    equal(lines[:1], ["hello"], "... and one of the kernel's is not")

    read = os.path.join(folder, "read.c")
    out = fed(b"one\ntwo\x04\x16\r\x1b[A\x7f", TASK=read)
    equal(out.partition(b"ostia: ")[0], b"<one\n><two\x04\x16\r\x1b[A\x7f>end\n",
          "a pipe's bytes are the program's input as they are, and its end")
    equal(fed(b"", TASK=read).partition(b"ostia: ")[0], b"end\n",
          "an empty pipe ends at once")

    equal(fed(b"x" * 20000, TASK=os.path.join(folder, "late.c")).split()[0],
          b"20000", "... and nothing is lost before it is read")

    code, shown, same = typed_at("asks.c", b"name? ", b"Jox\x7fe\r\x04")
    ok(code == 0 and "Jox\b \be" in shown and "<Joe" in shown and
       "end" in shown and same,
       "a terminal is the program's input, edited and shown; then it is as "
       "before", code, repr(shown), same)
    code, shown, same = typed_at("asks.c", b"name? ", b"Jo\x03")
    ok(code in (130, -signal.SIGINT) and same,
       "control-C there ends the run, and not the line", code, repr(shown))

    out = fed(b"hello\necho_client Ostia\n",
              TASKS=f"{folder}/flood.c user/bin/sh.c").decode()
    ok("Hello from a task" in out and "\necho: Ostia\n" in out and
       "ostia: sh: exit 1" in out,
       "a job that floods the console keeps neither the shell from its input, "
       "nor others from their work", out[-1000:])

    code, lines, errors = tasks("server.c client.c", TASK_ARGS="x")
    equal((code, lines), (0, ["server: x", "client: x 1234",
                              "ostia: client: exit 0"]),
          "TASKS: the client starts when the server's name is there; its end "
          "ends both")
    code, lines, errors = tasks("server.c client.c", TASK_ARGS="x y -- z")
    ok(code == 139 and "client: z 71" in lines and lines[-1] ==
       "ostia: server: crashed: EXC_BAD_ACCESS (KERN_INVALID_ADDRESS) at 0x10",
       "TASKS: the status is the first that is bad, and says whose it is",
       code, *lines)
    code, lines, errors = tasks("server.c three.c client.c", ICOUNT=1,
                                TASK_ARGS="soon -- -- z")
    ok("client: z 1234" in lines and "server: too late" not in lines,
       "TASKS: the next waits for nobody who serves or has ended", *lines)
    code, lines, errors = tasks("slow.c three.c prog.c")
    equal((code, lines), (3, ["slow", "# bootstrap: job three exit 3", "hello",
                              "ostia: three: exit 3"]),
          "TASKS: a program that does neither has a second")
    code, lines, errors = tasks("one.c,two.c prog.c", TASK_CFLAGS="-DVALUE=2")
    equal(lines, ["# bootstrap: job one exit 0", "hello",
                  "ostia: prog: exit 0"],
          "TASKS: commas join the files of one program")
    code, lines, errors = tasks("orphan.c later.c")
    equal(lines, ["# bootstrap: job orphan exit 0", "ostia: later: exit 0"],
          "the end of a child without a parent is not told, nor does it count")
    code, lines, errors = tasks("prog.c prog.c")
    ok(code == 2 and "two programs are called prog" in errors,
       "TASKS: two programs of one name are refused", errors)
    code, lines, errors = task("")
    ok(code == 2 and "TASK= names no file" in errors,
       "no file at all is refused", errors)
    code, lines, errors = task("one.c two.c", TASK_CFLAGS="-DVALUE=2")
    equal((code, lines), (0, ["ostia: one: exit 0"]),
          "several files and TASK_CFLAGS make one program")
    code, lines, errors = task("three.c")
    equal((code, lines), (3, ["ostia: three: exit 3"]), "a status is passed on")
    code, lines, errors = task("crash.c")
    ok(code == 139 and lines[-1] == "ostia: crash: crashed: EXC_BAD_ACCESS "
       "(KERN_INVALID_ADDRESS) at 0x10", "a crash is told as one", lines)
    ok(any("crash.c:1" in line for line in lines),
       "its report names the line", *lines)
    code, lines, errors = task("hang.c", TIMEOUT=4)
    equal((code, lines[-1:]), (124, ["ostia: hang: timed out after 4 s"]),
          "a program that does not end is ended")
    code, lines, errors = task("forge.c")
    equal((code, lines[-2:]), (9, ["no newline", "ostia: forge: exit 9"]),
          "the last line is the runner's, on a line of its own")
    code, lines, errors = task("bad.c")
    ok(code == 1 and not lines and "expected" in errors and
       "QEMU" not in errors, "a syntax error stops at once", errors)
    code, lines, errors = task("null.c", TIMEOUT=20)
    ok(code == 139 and any("null.c:5" in line for line in lines),
       "a walk past a list's end is a crash, not an endless loop", *lines)
    code, lines, errors = task("undeclared.c")
    ok(code == 1 and "implicit declaration" in errors and
       "undefined reference" not in errors,
       "a call without a prototype stops at the compiler", errors)
    code, lines, errors = task("my one.c")
    ok(code == 2 and "(no blanks in paths)" in errors,
       "a path with a blank is refused as that", errors)
    code, lines, errors = task("none.c")
    ok(code == 2 and "there is no file" in errors and not lines,
       "a file that is not there is named", errors)

for typed, wanted in (("", ""), ("hello\n", "Hello"), ("help", "power off"),
                      ("\x1b[Ah\x1bOBelp\n", "power off")):
    code, text = shell(typed)
    ok(code == 0 and wanted in text and
       text.rstrip().endswith("ostia: exit 0"),
       f"a pipe's end ends the shell after {typed!r}", code, text)
code, text = shell("bootstrap\nhello\n")
ok(text.count("bootstrap: only the first task has the rights") == 1 and
   "bootstrap: exit 1" in text and "Hello" in text,
   "a second bootstrap server says that it cannot be, once, and ends", text)
code, text = shell("t_bootstrap\nhello\n")
ok("Bail out!" in text and "# crash" not in text and "Hello" in text,
   "... as does a program without its services", text)
code, text = shell("ls\n")
names = text.split()
ok("hello" in names and "t_libc" in names and
   names.index("t_libc") > names.index("sh"),
   "ls lists the tests after the programs", text)

done()
