/* SPDX-License-Identifier: MIT */
/*
 * tokens.c - who the kernel is, in the trailers of its messages.
 */
#include <mach/message.h>

const security_token_t KERNEL_SECURITY_TOKEN = KERNEL_SECURITY_TOKEN_VALUE;
const audit_token_t KERNEL_AUDIT_TOKEN = KERNEL_AUDIT_TOKEN_VALUE;
