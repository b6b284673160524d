/*
 * time_text - a date or a date with time, as people type it and as listings
 * show it: 2027-04-25, 2027-04-25 09:30, 2027-04-25T09:30:00+09:00.
 */
#ifndef CLI_TIME_TEXT_H
#define CLI_TIME_TEXT_H

#include <stdbool.h>
#include <time.h>

/*
 * In the service's zone unless it says another; a date alone is its midnight.
 * False if there is no such day or time.
 */
bool time_text_read(const char *text, time_t *at);

#endif
