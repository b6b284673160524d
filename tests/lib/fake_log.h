/*
 * fake_log - base/log.h that keeps its lines: `info request req=.. user=x`.
 */
#ifndef TESTS_LIB_FAKE_LOG_H
#define TESTS_LIB_FAKE_LOG_H

#include <stddef.h>

void fake_log_reset(void);
size_t fake_log_lines(void); /* since then */
const char *fake_log_last(void);

#endif
