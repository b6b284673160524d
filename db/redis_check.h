/*
 * redis_check - is this server set up to keep what it is given?
 */
#ifndef DB_REDIS_CHECK_H
#define DB_REDIS_CHECK_H

#include <stdbool.h>

/* `memory` is the answer to INFO memory: nothing is evicted (F-32). */
bool redis_keeps(const char *memory);

#endif
