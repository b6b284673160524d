/*
 * smtp_memory - starts libcurl with a memory that is wiped when it is freed:
 * its upload buffers hold codes, its handles the relay's password. For smtp.c.
 */
#ifndef MAILER_SMTP_MEMORY_H
#define MAILER_SMTP_MEMORY_H

#include <stdbool.h>

/* Undone by curl_global_cleanup(). */
bool smtp_memory_init(void);

#endif
