/* SPDX-License-Identifier: MIT */
/*
 * mach/host_reboot.h - options of host_reboot.
 */
#ifndef _MACH_HOST_REBOOT_H_
#define _MACH_HOST_REBOOT_H_

#define HOST_REBOOT_HALT     0x8
#define HOST_REBOOT_UPSDELAY 0x100
#define HOST_REBOOT_DEBUGGER 0x1000

#endif
