# SPDX-License-Identifier: MIT
#
# Ostia's build.  There are no file lists: a source file in the right folder is
# built, a program, a test or a .defs file in its folder is found.
#
#   k/  kernel objects   u/  user objects   h/  host objects   gen/  generated
#
# `make help` prints the targets; the variables are documented there too.

MEM    ?= 256M
SMP    ?= 1
export MEM SMP BOOT ACCEL ICOUNT CMDLINE TIMEOUT QEMU_ARGS V CC CROSS
export EMU CPU LIMIT

# What nobody would look at is refused: it is misspelt, as task= for TASK=.
UNKNOWN := $(strip $(foreach v,$(.VARIABLES),$(if $(filter command,$(firstword \
    $(origin $v))),$v)))
UNKNOWN := $(if $(UNKNOWN),$(shell tools/variables Makefile $(UNKNOWN) \
    2>/dev/null))
ifneq ($(UNKNOWN),)
$(error $(UNKNOWN))
endif
ifneq ($(filter %.c,$(MAKECMDGOALS)),)
$(error a program is run by: make run TASK="$(filter %.c,$(MAKECMDGOALS))")
endif

.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules

Q      := $(if $(V),,@)
say     = @printf '  %-7s %s\n' $(1) $(patsubst $(B)/%,%,$@)
JOBS   := $(if $(findstring j,$(filter-out --%,$(MAKEFLAGS))),,-j$(shell nproc))
again   = $(MAKE) --no-print-directory $(JOBS)

# --- Tools ------------------------------------------------------------------

CROSS  ?= $(if $(filter x86_64,$(shell uname -m)),,x86_64-linux-gnu-)
ifeq ($(origin CC),default)
CC     := $(CROSS)gcc
endif
LD     := $(CROSS)ld
AR     := $(CROSS)ar
OBJCOPY := $(CROSS)objcopy
HOSTCC ?= gcc
NASM   ?= nasm
MIG    ?= tools/mig
CLANG  := $(findstring clang,$(CC))

# Each compiler and each DEBUG has a folder of its own, so that going back to
# one builds nothing anew: build, build-debug, build-clang, build-clang-debug.
ifneq ($(filter-out 0 1,$(DEBUG)),)
$(error DEBUG=$(DEBUG) is neither 0 nor 1)
endif
OTHERCC := $(filter-out gcc $(CROSS)gcc,$(notdir $(lastword $(CC))))
B      ?= build$(addprefix -,$(OTHERCC))$(if $(filter 1,$(DEBUG)),-debug)
export B

# --- Flags ------------------------------------------------------------------

WARN   := -Wall -Wextra -Wshadow -Wundef -Wvla -Wpointer-arith \
          -Wwrite-strings -Wstrict-prototypes -Wmissing-prototypes \
          -Wold-style-definition -Wformat=2
CCINC  := $(shell $(CC) -print-file-name=include 2>/dev/null)
COMMON := -std=gnu11 -O2 -g -fno-pic -fno-pie -fno-omit-frame-pointer \
          -fno-asynchronous-unwind-tables -fcf-protection=none -m64 \
          $(if $(CLANG),--target=x86_64-linux-gnu)
DEPS    = -MMD -MP -MF $@.d

KFLAGS := $(COMMON) $(WARN) -Werror -ffreestanding -nostdinc -mcmodel=kernel \
          -mno-red-zone -mgeneral-regs-only -fstack-protector-strong \
          -mstack-protector-guard=global \
          -DDEBUG=$(if $(filter 1,$(DEBUG)),1,0) -I. -Iinclude -I$(B)/gen \
          -isystem $(CCINC) $(KMORE)

# What a user's own program is compiled with; our own files add WARN.
UFLAGS := $(COMMON) -fno-stack-protector -ffunction-sections -fdata-sections \
          -nostdinc -Iuser/libc/include -Iinclude -I$(B)/include \
          -isystem $(CCINC)
OURS   := $(WARN) -Werror
LIBS   := -ffreestanding -mgeneral-regs-only

HFLAGS := -std=gnu11 -O1 -g -fno-omit-frame-pointer $(WARN) -Werror \
          -fsanitize=address,undefined -fno-sanitize-recover=all -DDEBUG=1 \
          -I. -Iinclude -I$(B)/gen

RFLAGS := -I$(B)/include -iquote tests/guest

# A loop in memset must not become a call of memset.
NOLOOP := -fno-builtin $(if $(CLANG),,-fno-tree-loop-distribute-patterns)

KLINK  := -nostdlib -static -T linker.ld -z noexecstack -z max-page-size=4096 \
          --build-id=none
ULINK  := -nostdlib -static -T user/user.ld -z noexecstack \
          -z max-page-size=4096 --build-id=none --gc-sections
ASM     = $(NASM) -f elf64 -g -F dwarf -w+error -I./ -I$(B)/gen/

# --- What there is ----------------------------------------------------------

# Files with a subsystem; the others hold types that these include.
DEFS   := $(shell grep -lsE '^[[:space:]]*subsystem' include/*/*.defs)
KSDEFS := $(if $(DEFS),$(shell grep -ls KERNEL_SERVER $(DEFS)))
KUDEFS := $(if $(DEFS),$(shell grep -ls KERNEL_USER $(DEFS)))
program = $(patsubst %,$(B)/user/%,$(call names,$(1)))
names   = $(basename $(notdir $(1)))

KSRC   := $(wildcard boot/*.asm kernel/*.c kernel/base/*.c kernel/core/*.c \
          kernel/x86_64/*.c kernel/x86_64/*.asm ipc/*.c vm/*.c)
# What only debug builds call.
CHECKS := $(if $(filter 1,$(DEBUG)),,ipc/ipc_check.c vm/vm_check.c)
KSRC   := $(filter-out $(CHECKS),$(KSRC))
KOBJ   := $(KSRC:%=$(B)/k/%.o) \
          $(patsubst %,$(B)/k/mig/%_server.c.o,$(call names,$(KSDEFS))) \
          $(patsubst %,$(B)/k/mig/%_user.c.o,$(call names,$(KUDEFS)))

MACH   := $(patsubst %,$(B)/u/%.o,$(wildcard user/libmach/*.c \
          user/libmach/*.asm)) \
          $(foreach n,$(call names,$(DEFS)),$(B)/u/mig/$nUser.c.o \
          $(B)/u/mig/$nServer.c.o)
LIBC   := $(patsubst %,$(B)/u/%.o,$(wildcard user/libc/*.c user/libc/*.asm \
          kernel/base/string.c kernel/base/exc_names.c))
TESTLIB := $(patsubst %,$(B)/u/%.o,$(filter-out tests/guest/t_%, \
          $(wildcard tests/guest/*.c))) $(B)/u/tests/bench/bench.c.o
ULIBS  := $(B)/libtest.a $(B)/libmach.a $(B)/libc.a

SINGLE := $(wildcard user/demos/*.c user/bin/*.c tests/guest/t_*.c \
          tests/ipc/t_*.c)
SERVERS := $(patsubst user/servers/%/,%,$(wildcard user/servers/*/))
PROGS  := $(call names,$(SINGLE)) $(SERVERS)
ETC    := $(wildcard user/etc/*)

# Programs that are measured, none of which is in the boot file system.
BENCH  := $(wildcard tests/bench/b_*.c tests/bench/path_*.c)
LATENCY := $(wildcard tests/latency/l_*.c)

HTESTS := $(call names,$(wildcard tests/host/t_*.c))
HOBJ   := $(patsubst %,$(B)/h/%.o,$(filter-out tests/host/t_%, \
          $(wildcard tests/host/*.c)))
HTAP   := $(patsubst %,$(B)/r/%.o,tests/guest/tap.c user/libmach/mach_error.c)
HLIB   := $(patsubst %,$(B)/h/%.o,$(wildcard ipc/*.c kernel/base/*.c) \
          kernel/core/ledger.c kernel/core/work.c \
          user/servers/bootstrap/elf.c user/servers/bootstrap/tar.c) \
          $(patsubst %,$(B)/h/mig/%_server.c.o,$(call names,$(KSDEFS))) \
          $(patsubst %,$(B)/h/mig/%_user.c.o,$(call names,$(KUDEFS)))

# A test of tests/ipc/ runs in both rings.  On the host it is linked with
# libmach as in the guest, and that with ipc/: see tests/ipc/ring.h.
RTESTS := $(call names,$(wildcard tests/ipc/t_*.c))
RUSER  := $(patsubst %,$(B)/r/%.o,tests/ipc/ring_user.c tests/ipc/ring_traps.c \
          $(addprefix tests/guest/,child_task.c guest.c rights.c \
          tap.c worker.c) \
          $(filter-out %/crt0.c %/traps.c,$(wildcard user/libmach/*.c))) \
          $(foreach n,$(call names,$(DEFS)),$(B)/r/mig/$nUser.c.o)
RHOST  := $(B)/h/tests/ipc/ring_host.c.o

# --- The goals --------------------------------------------------------------

.PHONY: all image headers host run test nightly latency bench profile path \
        check debug doctor help clean FORCE

all: image $(B)/ostia.iso      ## build ostia.elf, bootfs.tar and ostia.iso
image: $(B)/ostia.elf $(B)/bootfs.tar $(B)/tools.mk
host: $(HTESTS:%=$(B)/host/%) $(RTESTS:%=$(B)/host/%)

# A program of the user's, or several; make run TASK= is a mistake to be told.
TASKED := $(strip $(TASK) $(TASKS) $(filter command,$(origin TASK) \
    $(origin TASKS)))
export TASK TASKS TASK_CFLAGS TASK_ARGS

run:                           ## boot, to a shell; TASK= and TASKS= run programs
ifneq ($(TASKED),)
	@tools/doctor --setup task
	@$(again) -s headers $(B)/tools.mk
	@tools/run compile
	@$(again) -s image
	@tools/run task compiled
else
	@tools/doctor --setup shell
	@$(again) $(if $(filter pvh,$(BOOT)),image,all)
	@tools/run shell
endif

test:                          ## every test, or T=name
	@tools/doctor --setup test
	@$(again) all $(B)/plugins/stretches.so $(call program,$(LATENCY)) \
	    $(if $(HTESTS)$(RTESTS),host)
	@tools/test $(T)

nightly:                       ## every guest test on Bochs: half an hour
	@tools/doctor --setup test
	@$(again) all
	@tools/test --nightly

latency:                       ## the longest stretches with interrupts off
	@tools/doctor --setup measure
	@$(again) image $(B)/plugins/stretches.so $(call program,$(LATENCY))
	@tools/latency $(T)

bench:                         ## instructions an operation, against expected.txt
	@tools/doctor --setup measure
	@$(again) image $(B)/plugins/profile.so \
	    $(B)/plugins/stretches.so $(call program,$(BENCH))
	@tools/bench $(T)

profile:                       ## T=bench: its instructions by function
	@tools/doctor --setup measure
	@$(again) image $(B)/plugins/profile.so $(call program,$(BENCH))
	@tools/bench --profile $(T)

# Functions that are inlined would not be seen: a kernel of its own.  In DWARF 5
# binutils 2.40 misses the file of a function that is in a header.
path:                          ## the functions from a send to its wait
	@tools/doctor --setup measure
	@$(MAKE) --no-print-directory $(JOBS) B=$(B)-noinline \
	    KMORE='-fno-inline -gdwarf-4' \
	    image $(B)-noinline/plugins/profile.so \
	    $(patsubst $(B)/%,$(B)-noinline/%,$(call program,$(BENCH)))
	@B=$(B)-noinline tools/bench --path

check:                         ## formatting, layers, sizes, lone headers
	@tools/doctor --setup check
	@$(again) all
	@tools/check

debug:                         ## QEMU halted, GDB attached; also with TASK=
	@tools/doctor --setup debug
ifneq ($(TASKED),)
	@$(again) -s headers $(B)/tools.mk
	@tools/run compile
	@$(again) -s image
	@tools/run debug compiled
else
	@$(again) $(if $(filter bios uefi,$(BOOT)),all,image)
	@tools/run debug
endif

doctor:                        ## what is missing here, and what mends it
	@tools/doctor

help:                          ## this
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20
	@echo 'Variables: SMP=n MEM=size ICOUNT=1 ACCEL=tcg|kvm BOOT=pvh|bios|uefi'
	@echo '  DEBUG=1 V=1 CMDLINE=words TIMEOUT=seconds CC=gcc|clang CROSS=prefix'
	@echo '  EMU=qemu|bochs CPU=model (as the emulator names it)'
	@echo '  T=test LIMIT=instructions (make latency fails above it)'
	@echo '  QEMU_ARGS=words B=directory, if it is not to be'
	@echo '  build[-clang][-debug] by CC and DEBUG'
	@echo '  TASK="a.c b.c"             one program; TASK_ARGS= TASK_CFLAGS='
	@echo '  TASKS="a.c,b.c client.c"   several in one boot, in this order'

clean:                         ## remove what was built in B
	rm -rf $(B)

# --- Stamps: a file that changes when its text does ---------------------------

define STAMP
$(B)/$(1): FORCE
	@mkdir -p $(B)
	@printf '%b\n' '$(2)' | cmp -s - $$@ || printf '%b\n' '$(2)' > $$@
endef

FLAGSTAMP := $(B)/flags
$(eval $(call STAMP,flags,$(CC) $(KFLAGS) | $(UFLAGS) | $(HOSTCC) $(HFLAGS)))
$(eval $(call STAMP,list.kernel,$(KOBJ)))
$(eval $(call STAMP,list.user,$(MACH) $(LIBC) $(TESTLIB) $(RUSER)))
$(eval $(call STAMP,list.progs,$(PROGS) $(ETC)))
$(eval $(call STAMP,list.servers,$(wildcard user/servers/*/*.c)))
$(eval $(call STAMP,list.defs,$(KSDEFS)))

# tools/run compiles a user's own program with these, tools/check headers.
$(eval $(call STAMP,tools.mk,CC=$(CC)\nCFLAGS=$(UFLAGS)\nKFLAGS=$(KFLAGS)\n\
LD=$(LD)\nLDFLAGS=$(ULINK)))

# --- Compiling --------------------------------------------------------------

$(B)/k/%.c.o: %.c $(FLAGSTAMP) | headers
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(KEXTRA) $(DEPS) -c -o $@ $<

$(B)/k/mig/%.c.o: $(B)/gen/mig/%.c $(FLAGSTAMP) | headers
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(KFLAGS) $(DEPS) -c -o $@ $<

$(B)/k/%.asm.o: %.asm $(FLAGSTAMP) | headers
	$(call say,NASM)
	@mkdir -p $(@D)
	$(Q)$(ASM) -M -MP -MF $@.d -MT $@ $<
	$(Q)$(ASM) -o $@ $<

$(B)/u/%.asm.o: %.asm $(FLAGSTAMP) | headers
	$(call say,NASM)
	@mkdir -p $(@D)
	$(Q)$(ASM) -M -MP -MF $@.d -MT $@ $<
	$(Q)$(ASM) -o $@ $<

$(B)/u/%.c.o: %.c $(FLAGSTAMP) | headers
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(OURS) $(UEXTRA) $(DEPS) -c -o $@ $<

$(B)/u/mig/%.c.o: $(B)/gen/user/%.c $(FLAGSTAMP) | headers
	$(call say,CC)
	@mkdir -p $(@D)
	$(Q)$(CC) $(UFLAGS) $(OURS) $(LIBS) $(DEPS) -c -o $@ $<

$(B)/h/%.c.o: %.c $(FLAGSTAMP) | headers
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) $(HEXTRA) $(DEPS) -c -o $@ $<

$(B)/h/kernel/core/work.c.o: HEXTRA = -include tests/host/fake_cpu.h
$(B)/h/ipc/ipc_kobject.c.o $(B)/h/ipc/mach_msg.c.o $(B)/h/ipc/mach_msg_fast.c.o: \
  HEXTRA = -include tests/host/fake_handover.h

$(B)/h/mig/%.c.o: $(B)/gen/mig/%.c $(FLAGSTAMP) | headers
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) $(DEPS) -c -o $@ $<

$(B)/r/%.c.o: %.c $(FLAGSTAMP) | headers
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) $(RFLAGS) $(DEPS) -c -o $@ $<

$(B)/r/mig/%.c.o: $(B)/gen/user/%.c $(FLAGSTAMP) | headers
	$(call say,HOSTCC)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) $(RFLAGS) $(DEPS) -c -o $@ $<

$(B)/u/tests/ipc/%: UEXTRA = -iquote tests/guest
$(B)/u/user/libmach/% $(B)/u/user/libc/%: UEXTRA = $(LIBS)
$(B)/u/tests/bench/%: UEXTRA = -mgeneral-regs-only -iquote . \
    -iquote $(B)/gen/bench
$(B)/u/tests/latency/%: UEXTRA = -iquote .
$(B)/u/user/libc/float%: UEXTRA = -ffreestanding
$(B)/u/kernel/%: UEXTRA = $(LIBS) -iquote .
$(B)/k/kernel/base/string.c.o: KEXTRA = $(NOLOOP)
# Nobody's registers are to be kept for its caller, and nothing returns to it.
$(B)/k/ipc/mach_msg_fast.c.o: KEXTRA = -fomit-frame-pointer -fno-stack-protector \
    $(if $(CLANG),,-fcall-used-rbx -fcall-used-r12 \
    -fcall-used-r13 -fcall-used-r14 -fcall-used-r15)
$(B)/u/kernel/base/string.c.o: UEXTRA = $(LIBS) -iquote . $(NOLOOP)

# --- What tools/mig and others generate -------------------------------------

# The numbers that C and assembly share, as NASM reads them.
$(B)/gen/asmdefs.inc: kernel/x86_64/asmdefs.h
	$(call say,GEN)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -fpreprocessed -dD -E -P $< | \
	    sed -n 's/^ *#define/%define/p' > $@

ASMDEFS := $(patsubst kernel/x86_64/%.h,$(B)/gen/%.inc, \
          $(wildcard kernel/x86_64/asmdefs.h))

# One .defs file: $(1) its path below include/ without suffix, $(2) its name.
define USERMIG
GENERATED += $(B)/include/$(1).h
$(B)/include/$(1).h $(B)/include/$(1)_server.h $(B)/gen/user/$(2)User.c \
$(B)/gen/user/$(2)Server.c &: include/$(1).defs $(MIGFILES)
	@printf '  %-7s %s\n' MIG $(1).defs
	@mkdir -p $(B)/include/$(dir $(1)) $(B)/gen/user
	$(Q)$(MIG) -Iinclude --deps $(B)/gen/user/$(2).d \
	    --user-header $(B)/include/$(1).h \
	    --user-client $(B)/gen/user/$(2)User.c \
	    --server-header $(B)/include/$(1)_server.h \
	    --server-source $(B)/gen/user/$(2)Server.c include/$(1).defs
endef

# $(3) server or user, $(4) server or client, $(5) the symbol that it defines.
define KERNELMIG
GENERATED += $(B)/gen/mig/$(2)_$(3).h
$(B)/gen/mig/$(2)_$(3).h $(B)/gen/mig/$(2)_$(3).c &: include/$(1).defs \
    $(MIGFILES)
	@printf '  %-7s %s\n' MIG '$(1).defs (kernel $(3))'
	@mkdir -p $(B)/gen/mig
	$(Q)$(MIG) -Iinclude -D$(5)=1 --deps $(B)/gen/mig/$(2)_$(3).d \
	    --kernel-$(4)-header $(B)/gen/mig/$(2)_$(3).h \
	    --kernel-$(4)-source $(B)/gen/mig/$(2)_$(3).c include/$(1).defs
endef

MIGFILES := $(wildcard tools/mig tools/miglib/*.py)
below     = $(patsubst include/%.defs,%,$(1))
$(foreach d,$(DEFS),$(eval $(call USERMIG,$(call below,$d),$(call names,$d))))
$(foreach d,$(KSDEFS),$(eval $(call KERNELMIG,$(call below,$d),$(call \
    names,$d),server,server,KERNEL_SERVER)))
$(foreach d,$(KUDEFS),$(eval $(call KERNELMIG,$(call below,$d),$(call \
    names,$d),user,client,KERNEL_USER)))

# The subsystem of a row, which its program includes.
$(B)/gen/bench/add.h $(B)/gen/bench/addUser.c $(B)/gen/bench/addServer.c &: \
    tests/bench/add.defs $(MIGFILES)
	$(call say,MIG)
	@mkdir -p $(B)/gen/bench
	$(Q)$(MIG) -Iinclude --user-header $(B)/gen/bench/add.h \
	    --user-client $(B)/gen/bench/addUser.c \
	    --server-header $(B)/gen/bench/add_server.h \
	    --server-source $(B)/gen/bench/addServer.c tests/bench/add.defs
$(B)/u/tests/bench/b_rpc_mig.c.o: $(B)/gen/bench/addUser.c

$(B)/gen/mig/subsystems.h: $(KSDEFS) $(MIGFILES) $(B)/list.defs
	$(call say,MIG)
	@mkdir -p $(@D)
	$(Q)$(MIG) -Iinclude -DKERNEL_SERVER=1 --kernel-table $@ $(KSDEFS)

# User programs may report exceptions, too.
BASE   := $(patsubst kernel/%,$(B)/include/%,$(wildcard \
          kernel/base/exc_names.h))
$(B)/include/base/%.h: kernel/base/%.h
	@mkdir -p $(@D)
	$(Q)cp $< $@

headers: $(BASE) $(GENERATED) $(ASMDEFS) \
    $(if $(KSDEFS),$(B)/gen/mig/subsystems.h)

# --- Linking ----------------------------------------------------------------

$(B)/ostia.elf: $(KOBJ) linker.ld $(B)/list.kernel
	$(call say,LD)
	$(Q)$(LD) $(KLINK) -o $@ $(KOBJ)

$(B)/libmach.a: $(MACH)
$(B)/libc.a: $(LIBC)
$(B)/libtest.a: $(TESTLIB)
$(B)/libhost.a: $(HLIB)
$(B)/libring.a: $(RUSER)
$(ULIBS) $(B)/libhost.a $(B)/libring.a: $(B)/list.user
	$(call say,AR)
	$(Q)rm -f $@; $(AR) rcsPD $@ $(filter %.o,$^)

# A program: $(1) its name, $(2) its sources.
define PROGRAM
$(B)/user/$(1): $(2:%=$(B)/u/%.o) $(ULIBS) user/user.ld $(B)/list.servers
	$$(call say,LD)
	@mkdir -p $(B)/user $(B)/bootfs/bin
	$(Q)$(LD) $(ULINK) -o $$@ $(2:%=$(B)/u/%.o) \
	    --start-group $(ULIBS) --end-group
	$(Q)$(OBJCOPY) --strip-all $$@ $(B)/bootfs/bin/$(1)
endef
$(foreach s,$(SINGLE) $(BENCH) $(LATENCY),$(eval $(call PROGRAM,$(call \
    names,$s),$s)))
$(foreach s,$(SERVERS),$(eval $(call PROGRAM,$s,$(wildcard \
    user/servers/$s/*.c))))

$(B)/bootfs.tar: $(PROGS:%=$(B)/user/%) $(ETC) $(B)/list.progs tools/mkbootfs
	$(call say,TAR)
	$(Q)tools/mkbootfs $@ $(B)/user/bootstrap $(PROGS:%=$(B)/bootfs/bin/%) $(ETC)

$(B)/ostia.iso: $(B)/ostia.elf $(B)/bootfs.tar iso/boot/grub/grub.cfg \
    tools/mkiso
	$(call say,ISO)
	$(Q)tools/mkiso $@ $(B)/ostia.elf $(B)/bootfs.tar

$(B)/plugins/%.so: tools/plugins/%.c tools/plugins/symbols.c \
    tools/plugins/plugin.h
	$(call say,PLUGIN)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) -std=gnu11 -O2 -g $(WARN) -Werror -shared -fPIC \
	    -fvisibility=hidden -o $@ $(filter %.c,$^)

$(B)/host/%: $(B)/h/tests/host/%.c.o $(HTAP) $(HOBJ) $(B)/libhost.a
	$(call say,HOSTLD)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) -o $@ $^

# The test's side keeps its names to itself, but for the way in.
$(B)/r/%.o: $(B)/r/tests/ipc/%.c.o $(B)/libring.a
	$(Q)$(LD) -r -u ring_main -o $@ $^
	$(Q)$(OBJCOPY) --keep-global-symbol=ring_main $@

$(RTESTS:%=$(B)/host/%): $(B)/host/%: $(B)/r/%.o $(RHOST) $(HOBJ) \
    $(B)/libhost.a
	$(call say,HOSTLD)
	@mkdir -p $(@D)
	$(Q)$(HOSTCC) $(HFLAGS) -pthread -o $@ $^

-include $(shell find $(B) -name '*.d' 2>/dev/null)
