/* SPDX-License-Identifier: MIT */
/*
 * serial.c - the first serial line (a 16550 UART at COM1): the log's device
 * and the console's keyboard.
 *
 * Output waits for the UART, character by character.  Input raises an
 * interrupt, which takes all that is there into a ring; when the ring is
 * full, what comes is lost.
 *
 * (S1) ring[head .. tail) modulo its size is what has come and was not read.
 */
#include "kernel/base/printf.h"
#include "kernel/trap.h"
#include "kernel/x86_64/asmdefs.h"
#include "kernel/x86_64/machine.h"
#include "kernel/x86_64/x86.h"

enum {
    REG_DATA = PORT_COM1, /* with DLAB: divisor, low */
    REG_INTERRUPTS,       /* with DLAB: divisor, high */
    REG_FIFO,
    REG_LINE_CONTROL,
    REG_MODEM_CONTROL,
    REG_LINE_STATUS,
};

#define LINE_8N1  0x03
#define LINE_DLAB 0x80

#define DIVISOR_115200 1

#define FIFO_ENABLE_AND_CLEAR 0x07 /* interrupt at the first character */

#define MODEM_DTR  0x01
#define MODEM_RTS  0x02
#define MODEM_OUT2 0x08 /* lets interrupts through */

#define INTERRUPT_RECEIVED 0x01

#define STATUS_RECEIVED    0x01
#define STATUS_CAN_SEND    0x20
#define STATUS_ALL_SENT    0x40
#define STATUS_NO_HARDWARE 0xff

#define SERIAL_IRQ 4

/* Polls of a UART that does not answer before we give its character up. */
#define PATIENCE 1000000

#define RING_SIZE 1024

static bool present;
static bool line_started; /* something follows the last newline */
static char ring[RING_SIZE];
static unsigned head;
static unsigned tail;

/* 115200 baud, 8N1, FIFOs on, no interrupts yet. */
void
serial_init(void)
{
    outb(REG_INTERRUPTS, 0);
    outb(REG_LINE_CONTROL, LINE_DLAB);
    outb(REG_DATA, DIVISOR_115200);
    outb(REG_INTERRUPTS, 0);
    outb(REG_LINE_CONTROL, LINE_8N1);
    outb(REG_FIFO, FIFO_ENABLE_AND_CLEAR);
    outb(REG_MODEM_CONTROL, MODEM_DTR | MODEM_RTS | MODEM_OUT2);
    present = inb(REG_LINE_STATUS) != STATUS_NO_HARDWARE;
}

void
serial_interrupts_init(void)
{
    if (!present)
        return;
    if (!ioapic_route_isa(SERIAL_IRQ, VECTOR_SERIAL))
        kprintf("serial: no IO-APIC found, so there is no console input\n");
    outb(REG_INTERRUPTS, INTERRUPT_RECEIVED);
}

/* ---- output */

static void
wait_for(uint8_t status)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (inb(REG_LINE_STATUS) & status)
            return;
        cpu_relax();
    }
}

void
machine_putc(char c)
{
    line_started = c != '\n';
    if (!present)
        return;
    wait_for(STATUS_CAN_SEND);
    outb(REG_DATA, (uint8_t)c);
}

bool
machine_at_line_start(void)
{
    return !line_started;
}

void
serial_drain(void)
{
    if (present)
        wait_for(STATUS_ALL_SENT);
}

/* ---- input */

static bool
ring_full(void)
{
    return tail - head == RING_SIZE;
}

void
serial_interrupt(void)
{
    while (inb(REG_LINE_STATUS) & STATUS_RECEIVED) {
        char c = (char)inb(REG_DATA);

        if (!ring_full())
            ring[tail++ % RING_SIZE] = c;
    }
    console_interrupt();
}

int
machine_getc(void)
{
    if (head == tail)
        return -1;
    return (unsigned char)ring[head++ % RING_SIZE];
}
