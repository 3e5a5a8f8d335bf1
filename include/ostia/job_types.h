/* SPDX-License-Identifier: MIT */
/*
 * ostia/job_types.h - numbers that are no job's own, for job.defs.
 */
#ifndef _OSTIA_JOB_TYPES_H_
#define _OSTIA_JOB_TYPES_H_

#define JOB_SELF   (-1) /* the job that asks */
#define JOB_SERVER 0    /* the bootstrap server */

#endif
