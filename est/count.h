/*
 * count - the steps that take a place for an attempt and settle it, so that
 * exactly six failures are ever evaluated (R-LOCK-1..5, I-7), and that tell
 * PostgreSQL about a lock (R-LOCK-8).
 */
#ifndef EST_COUNT_H
#define EST_COUNT_H

#include "est/est.h"

struct enroll;

enum flow_next count_take_place(struct flow *);
enum flow_next count_failure(struct flow *);
enum flow_next count_record_lock(struct flow *);
enum flow_next count_clear(struct flow *);

/* A lock that PostgreSQL has to be told about; of a known account only. */
void count_note_lock(
    struct enroll *, unsigned number, time_t until, bool blocked);

/* Gives back a place that nobody settled; for endpoint->leave. */
void count_leave(struct flow *);

#endif
