/* SPDX-License-Identifier: MIT */
/*
 * bootstrap.c - asking the bootstrap server, with names of any length.
 *
 * The messages hold names of BOOTSTRAP_MAX_NAME_LEN bytes.  A longer one is
 * refused here: cut off, it would be the name of another service.
 */
#include <mach/mach.h>
#include <servers/bootstrap.h>
#include <stdbool.h>
#include <string.h>

static bool
is_name(const char *name)
{
    return strnlen(name, BOOTSTRAP_MAX_NAME_LEN) < BOOTSTRAP_MAX_NAME_LEN;
}

kern_return_t
bootstrap_check_in(mach_port_t bp, const char *service_name,
                   mach_port_t *service_port)
{
    if (!is_name(service_name))
        return BOOTSTRAP_BAD_COUNT;

    return _rpc_bootstrap_check_in(bp, service_name, service_port);
}

kern_return_t
bootstrap_register(mach_port_t bp, const char *service_name,
                   mach_port_t service_port)
{
    if (!is_name(service_name))
        return BOOTSTRAP_BAD_COUNT;

    return _rpc_bootstrap_register(bp, service_name, service_port);
}

kern_return_t
bootstrap_look_up(mach_port_t bp, const char *service_name,
                  mach_port_t *service_port)
{
    if (!is_name(service_name))
        return BOOTSTRAP_BAD_COUNT;

    return _rpc_bootstrap_look_up(bp, service_name, service_port);
}

kern_return_t
bootstrap_look_up_array(mach_port_t bp, name_array_t service_names,
                        mach_msg_type_number_t count,
                        mach_port_array_t *service_ports,
                        mach_msg_type_number_t *ports_count,
                        boolean_t *all_known)
{
    if (count > BOOTSTRAP_MAX_LOOKUP_COUNT)
        return BOOTSTRAP_BAD_COUNT;
    for (mach_msg_type_number_t i = 0; i < count; i++)
        if (!is_name(service_names[i]))
            return BOOTSTRAP_BAD_COUNT;

    return _rpc_bootstrap_look_up_array(bp, service_names, count, service_ports,
                                        ports_count, all_known);
}

kern_return_t
bootstrap_status(mach_port_t bp, const char *service_name,
                 bootstrap_status_t *service_active)
{
    if (!is_name(service_name))
        return BOOTSTRAP_BAD_COUNT;

    return _rpc_bootstrap_status(bp, service_name, service_active);
}

const char *
bootstrap_strerror(kern_return_t code)
{
    switch (code) {
    case BOOTSTRAP_SUCCESS:
        return "Success";
    case BOOTSTRAP_NOT_PRIVILEGED:
        return "Permission denied";
    case BOOTSTRAP_NAME_IN_USE:
    case BOOTSTRAP_SERVICE_ACTIVE:
        return "Service name already exists";
    case BOOTSTRAP_UNKNOWN_SERVICE:
        return "Unknown service name";
    case BOOTSTRAP_BAD_COUNT:
        return "Too many lookups were requested in one request";
    case BOOTSTRAP_NO_MEMORY:
        return "Out of memory";
    default:
        return mach_error_string(code);
    }
}
