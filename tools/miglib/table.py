# SPDX-License-Identifier: MIT
"""mig/subsystems.h: all servers of the kernel in one table."""

from .ctext import Writer
from .errors import MigError


def kernel_table(subsystems):
    """The header's text, sorted by the first id; ranges must not overlap."""
    servers = [s for s in subsystems if s.name and s.kernel_server and s.routines()]
    servers.sort(key=lambda s: s.base)
    for before, after in zip(servers, servers[1:]):
        if after.base < before.end():
            raise MigError(
                after.position,
                f"subsystem {after.name} begins at {after.base}, but {before.name} "
                f"({before.position}) has the numbers up to {before.end() - 1}",
            )
    return render(servers)


def render(servers):
    writer = Writer()
    writer.line("/* Made by tools/mig: do not edit. */")
    writer.line("#ifndef _MIG_subsystems_h_")
    writer.line("#define _MIG_subsystems_h_")
    writer.line()
    writer.line('#include "ipc/mig_kernel.h"')
    writer.line()
    for server in servers:
        writer.line(f"extern const struct mig_subsystem {server.name}_subsystem;")
    writer.line()
    writer.line("/* Sorted by ms_start; no two ranges overlap */")
    writer.open("static const struct mig_subsystem *const mig_subsystems[] = {")
    for server in servers:
        writer.line(f"&{server.name}_subsystem,")
    writer.close("};")
    writer.line()
    writer.line("#endif")
    return writer.text()
