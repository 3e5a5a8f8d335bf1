# SPDX-License-Identifier: MIT
"""The parts of tools/mig, in the order in which a .defs file passes them.

    source    the C preprocessor, and which line came from where
    lexer     characters to tokens
    ipctypes  what a type is on the wire and in C
    parser    tokens to a Subsystem of Routines
    layout    a routine to the fields of its request and its reply
    check     the C function that judges a received message
    headers   the .h files
    client    user client stubs
    server    server stubs and demultiplexer, for user and kernel
    kclient   the kernel's client stubs
    cli       the command line
"""
