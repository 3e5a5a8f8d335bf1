/* SPDX-License-Identifier: MIT */
/*
 * serial.c - the first serial line (a 16550 UART at COM1): the log's device
 * and the console's keyboard.
 *
 * Output goes into a ring, and from there to the UART by its interrupt, as
 * many characters at a time as its FIFO takes.  Before interrupts are routed,
 * without an IO-APIC, and once the end has begun, each character is waited
 * for.  Input raises an interrupt, which takes what is there into a second
 * ring; when that is full, what comes stays in the UART.
 *
 * (S1) r_bytes[r_head .. r_tail) modulo the size is in the ring.
 * (S2) by_interrupt and output is not empty => the UART interrupts when it can
 *      send
 */
#include "kernel/base/printf.h"
#include "kernel/base/string.h"
#include "kernel/core/trap.h"
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
#define FIFO_ENABLED          0xc0 /* as read: there is one */

#define MODEM_DTR  0x01
#define MODEM_RTS  0x02
#define MODEM_OUT2 0x08 /* lets interrupts through */

#define INTERRUPT_RECEIVED 0x01
#define INTERRUPT_CAN_SEND 0x02

#define STATUS_RECEIVED    0x01
#define STATUS_CAN_SEND    0x20
#define STATUS_ALL_SENT    0x40
#define STATUS_NO_HARDWARE 0xff

#define SERIAL_IRQ 4

/* Polls of a UART that does not answer before we give its character up. */
#define PATIENCE 10000000

#define FIFO_SIZE 16
#define RING_SIZE 8192

struct ring {
    unsigned r_head;
    unsigned r_tail;
    char r_bytes[RING_SIZE];
};

static bool present; /* until it fails to take what cannot wait */
static unsigned fifo_size = 1;
static bool by_interrupt; /* output is, not only input */
static bool line_started; /* something follows the last newline */
static struct ring input;
static struct ring output;

static unsigned
ring_count(const struct ring *ring)
{
    return ring->r_tail - ring->r_head;
}

static bool
ring_full(const struct ring *ring)
{
    return ring_count(ring) == RING_SIZE;
}

/* Puts as many bytes as find room in one piece; returns how many. */
static size_t
ring_put(struct ring *ring, const char *data, size_t count)
{
    unsigned at = ring->r_tail % RING_SIZE;
    size_t room = min(RING_SIZE - ring_count(ring), RING_SIZE - at);

    count = min(count, room);
    memcpy(&ring->r_bytes[at], data, count);
    ring->r_tail += (unsigned)count;
    return count;
}

static unsigned char
ring_take(struct ring *ring)
{
    return (unsigned char)ring->r_bytes[ring->r_head++ % RING_SIZE];
}

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
    if ((inb(REG_FIFO) & FIFO_ENABLED) == FIFO_ENABLED)
        fifo_size = FIFO_SIZE;
    outb(REG_MODEM_CONTROL, MODEM_DTR | MODEM_RTS | MODEM_OUT2);
    present = inb(REG_LINE_STATUS) != STATUS_NO_HARDWARE;
}

void
serial_interrupts_init(void)
{
    if (!present)
        return;
    by_interrupt = ioapic_route_isa(SERIAL_IRQ, VECTOR_SERIAL);
    if (!by_interrupt)
        kprintf("serial: no IO-APIC found, so there is no console input\n");
    outb(REG_INTERRUPTS, INTERRUPT_RECEIVED);
}

/* ---- output */

static bool
wait_for(uint8_t status)
{
    for (unsigned i = 0; i < PATIENCE; i++) {
        if (inb(REG_LINE_STATUS) & status)
            return true;
        cpu_relax();
    }
    return false;
}

/* Waits until the UART takes the oldest character; false if it never does. */
static bool
send_one(void)
{
    bool sent = wait_for(STATUS_CAN_SEND);

    outb(REG_DATA, ring_take(&output));
    return sent;
}

/* The UART interrupts for what can be done now. */
static void
set_interrupts(void)
{
    outb(REG_INTERRUPTS,
         (ring_full(&input) ? 0 : INTERRUPT_RECEIVED) |
             (ring_count(&output) > 0 ? INTERRUPT_CAN_SEND : 0));
}

/* Only the kernel's own lines find the ring full: they cannot wait. */
void
machine_write(const char *data, size_t count)
{
    if (count == 0)
        return;
    line_started = data[count - 1] != '\n';
    if (!present)
        return;
    while (count > 0 && present) {
        size_t piece = ring_put(&output, data, count);

        data += piece;
        count -= piece;
        if (count > 0 && by_interrupt && ring_full(&output))
            (void)send_one();
        while (!by_interrupt && present && ring_count(&output) > 0)
            present = send_one();
    }
    if (by_interrupt)
        set_interrupts();
}

size_t
machine_output_room(void)
{
    return RING_SIZE - ring_count(&output);
}

bool
machine_at_line_start(void)
{
    return !line_started;
}

void
serial_drain(void)
{
    by_interrupt = false;
    while (ring_count(&output) > 0 && present)
        present = send_one();
    if (present)
        (void)wait_for(STATUS_ALL_SENT);
}

/* Fills the UART's FIFO, once it is empty. */
static void
send_some(void)
{
    if (!(inb(REG_LINE_STATUS) & STATUS_CAN_SEND))
        return;
    for (unsigned i = 0; i < fifo_size && ring_count(&output) > 0; i++)
        outb(REG_DATA, ring_take(&output));
}

/* ---- input, and the interrupt */

/*
 * serial_interrupt - the line has input, or takes output.
 *
 * The IO-APIC sees edges alone: interrupts of the UART are off meanwhile, and
 * one that is pending when they come on makes a new edge.
 */
void
serial_interrupt(void)
{
    outb(REG_INTERRUPTS, 0);
    for (unsigned i = 0; i < FIFO_SIZE && !ring_full(&input) &&
                         (inb(REG_LINE_STATUS) & STATUS_RECEIVED);
         i++) {
        char c = (char)inb(REG_DATA);

        (void)ring_put(&input, &c, 1);
    }
    send_some();
    console_interrupt();
    set_interrupts();
}

bool
machine_has_input(void)
{
    return ring_count(&input) > 0;
}

int
machine_getc(void)
{
    bool was_full = ring_full(&input);
    int c = machine_has_input() ? ring_take(&input) : -1;

    if (was_full)
        set_interrupts();
    return c;
}
