/*
 * output - standard output, where goes what somebody asked for.
 */
#ifndef CLI_OUTPUT_H
#define CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes what is held back. False: it cannot be written. That has been said,
 * and nothing more is written.
 */
bool output_flush(void);
/*
 * The same for a part of a list. Who reads it and goes away has seen enough
 * (`| head`): false as well, but nothing is said.
 */
bool output_flush_list(void);

/* How wide the terminal is that standard output is; 0: it is none, or does
 * not say. */
size_t output_width(void);
/* Whether it is one that shows colours, and nobody has said no: NO_COLOR,
 * TERM=dumb. */
bool output_colours(void);

#endif
