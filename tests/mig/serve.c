/* SPDX-License-Identifier: MIT */
/*
 * serve.c - the functions behind kinds_server.
 *
 * Each answers with something that only the right arguments give.  A server
 * owns the memory that came, so it frees it.
 */
#include <stdlib.h>
#include <string.h>

#include "fake.h"
#include "kinds_server.h"

kern_return_t
serve_scalars(mach_port_t port, int a, int64_t b, char c, short d, int64_t *sum,
              short *product, int *turn)
{
    fake.served++;
    *sum = (int64_t)port + a + b + c + d;
    *product = (short)(c * d);
    *turn = -*turn;
    return KERN_SUCCESS;
}

kern_return_t
serve_structs(mach_port_t port, pair_t p, pair_t *q, pair_t *r)
{
    (void)port;
    fake.served++;
    *q = (pair_t){ p.two, p.one };
    *r = (pair_t){ r->two, r->one };
    return KERN_SUCCESS;
}

kern_return_t
serve_arrays(mach_port_t port, const digest_t d, odd_t o, grid_t g, digest_t e,
             odd_t p)
{
    (void)port;
    fake.served++;
    for (int i = 0; i < 16; i++)
        e[i] = d[15 - i];
    for (int i = 0; i < 5; i++)
        p[i] = (uint8_t)(p[i] + o[i] + g[1][2]);
    return KERN_SUCCESS;
}

kern_return_t
serve_counted(mach_port_t port, const bytes_t b, mach_msg_type_number_t bCnt,
              int after_b, const words_t w, mach_msg_type_number_t wCnt,
              const longs_t l, mach_msg_type_number_t lCnt, int64_t after_l,
              bytes_t b_out, mach_msg_type_number_t *b_outCnt, int *b_sum,
              words_t w_out, mach_msg_type_number_t *w_outCnt, longs_t l_out,
              mach_msg_type_number_t *l_outCnt, int64_t *seen)
{
    (void)port;
    fake.served++;
    if (*b_outCnt != 10 || *w_outCnt != 8 || *l_outCnt != 4)
        return KERN_FAILURE;
    memcpy(b_out, b, bCnt);
    memcpy(w_out, w, wCnt * sizeof(*w));
    memcpy(l_out, l, lCnt * sizeof(*l));
    *b_outCnt = bCnt;
    *w_outCnt = wCnt;
    *l_outCnt = lCnt;
    *b_sum = after_b;
    for (unsigned i = 0; i < bCnt; i++)
        *b_sum += b[i];
    *seen = after_l;
    return KERN_SUCCESS;
}

/* Has `want` words to give, and gives as many as there is room for. */
kern_return_t
serve_room(mach_port_t port, int want, words_t w, mach_msg_type_number_t *wCnt)
{
    unsigned most = (unsigned)want < *wCnt ? (unsigned)want : *wCnt;

    (void)port;
    fake.served++;
    for (unsigned i = 0; i < most; i++)
        w[i] = (int)(100 * *wCnt + i);
    *wCnt = most;
    return KERN_SUCCESS;
}

kern_return_t
serve_revise(mach_port_t port, words_t w, mach_msg_type_number_t *wCnt,
             longs_t l, mach_msg_type_number_t *lCnt)
{
    (void)port;
    fake.served++;
    w[*wCnt] = (int)l[*lCnt - 1];
    *wCnt += 1;
    *lCnt -= 1;
    return KERN_SUCCESS;
}

kern_return_t
serve_strings(mach_port_t port, const char *label, const char *text, int after,
              label_t label_out, text_t text_out, int *after_out)
{
    (void)port;
    fake.served++;
    strcpy(label_out, text);
    strcpy(text_out, label);
    *after_out = after;
    return KERN_SUCCESS;
}

kern_return_t
serve_rights(mach_port_t port, mach_port_t copied, mach_port_t moved,
             mach_port_t once, mach_port_t poly, mach_msg_type_name_t polyPoly,
             mach_port_t *made, mach_port_t *receive, mach_port_t *any,
             mach_msg_type_name_t *anyPoly)
{
    (void)port;
    fake.served++;
    if (polyPoly == MACH_MSG_TYPE_PORT_RECEIVE)
        return KERN_INVALID_CAPABILITY;
    *made = copied + moved;
    *receive = once;
    *any = poly;
    *anyPoly = MACH_MSG_TYPE_MAKE_SEND_ONCE;
    return KERN_SUCCESS;
}

kern_return_t
serve_memory(mach_port_t port, vm_offset_t data, mach_msg_type_number_t dataCnt,
             int_array_t four, int_array_t few, mach_msg_type_number_t fewCnt,
             vm_offset_t *out_data, mach_msg_type_number_t *out_dataCnt,
             int_array_t *out_few, mach_msg_type_number_t *out_fewCnt)
{
    static int seven[6];

    (void)port;
    fake.served++;
    *out_dataCnt = 2 * dataCnt;
    *out_data = (vm_offset_t)malloc(2 * dataCnt + 1);
    memcpy((void *)*out_data, (void *)data, dataCnt);
    memcpy((char *)*out_data + dataCnt, (void *)data, dataCnt);
    *out_few = seven;
    *out_fewCnt = fewCnt;
    for (unsigned i = 0; i < fewCnt; i++)
        seven[i] = few[i] + four[3];
    free((void *)data);
    free(four);
    free(few);
    return KERN_SUCCESS;
}

kern_return_t
serve_port_memory(mach_port_t port, mach_port_array_t ports,
                  mach_msg_type_number_t portsCnt, int tag,
                  mach_port_array_t *ports_out,
                  mach_msg_type_number_t *ports_outCnt)
{
    (void)port;
    fake.served++;
    *ports_out = malloc((portsCnt + 1) * sizeof(**ports_out));
    *ports_outCnt = portsCnt;
    for (unsigned i = 0; i < portsCnt; i++)
        (*ports_out)[i] = ports[i] + (unsigned)tag;
    free(ports);
    return KERN_SUCCESS;
}

kern_return_t
serve_port_arrays(mach_port_t port, mach_port_array_t trio,
                  mach_msg_type_number_t trioCnt, words_t numbers,
                  mach_port_array_t duo, mach_port_array_t trio_out,
                  mach_msg_type_number_t *trio_outCnt, words_t numbers_out)
{
    (void)port;
    fake.served++;
    *trio_outCnt = trioCnt;
    for (unsigned i = 0; i < trioCnt; i++) {
        trio_out[i] = trio[i] + duo[1];
        numbers_out[i] = numbers[i] + (int)duo[0];
    }
    return KERN_SUCCESS;
}

kern_return_t
serve_later(mach_port_t port, mach_port_t reply, int how, int *answer)
{
    (void)port;
    fake.served++;
    *answer = (int)reply;
    return how;
}

int told;

kern_return_t
serve_tell(mach_port_t port, int number, const char *text)
{
    fake.served++;
    told = number + (int)strlen(text) + (int)port;
    return KERN_SUCCESS;
}

/* ---- Objects */

static struct box box;

box_t
port_to_box(mach_port_t port)
{
    box.port = port;
    box.uses++;
    return &box;
}

mach_port_t
box_to_port(box_t object)
{
    object->uses--;
    return object->port + 1;
}

void
box_release(box_t object)
{
    object->uses--;
}

degrees_t
degrees_of(int tenths)
{
    return (degrees_t){ tenths / 10.0 };
}

int
degrees_to(degrees_t degrees)
{
    return (int)(degrees.value * 10);
}

int
box_uses(void)
{
    return box.uses;
}

kern_return_t
serve_objects(mach_port_t port, box_t in, degrees_t heat, box_t *box_out,
              degrees_t *heat_out)
{
    (void)port;
    fake.served++;
    if (heat.value < 0)
        return KERN_INVALID_ARGUMENT;
    in->uses++;
    *box_out = in;
    heat_out->value = heat.value * 2;
    return KERN_SUCCESS;
}

/* ---- The rest */

kern_return_t
serve_who(mach_port_t port, audit_token_t audit, security_token_t security,
          int *first, int *second)
{
    (void)port;
    fake.served++;
    *first = (int)audit.val[7];
    *second = (int)security.val[1];
    return KERN_SUCCESS;
}

kern_return_t
serve_timed(mach_port_t port, int *passed)
{
    (void)port;
    fake.served++;
    *passed = 1;
    return KERN_SUCCESS;
}

kern_return_t
serve_backwards(int number, mach_port_t port, mach_msg_type_name_t portPoly,
                int *doubled)
{
    (void)port;
    fake.served++;
    *doubled = 2 * number + (int)portPoly;
    return KERN_SUCCESS;
}

kern_return_t
serve_tell_back(mach_port_t port, mach_port_t back, int number)
{
    (void)port;
    fake.served++;
    told = number + (int)back;
    return KERN_SUCCESS;
}

kern_return_t
serve_bare(mach_port_t port)
{
    fake.served++;
    return port == FAKE_SERVER ? KERN_SUCCESS : KERN_FAILURE;
}
