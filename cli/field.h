/*
 * field - values that people type on the command line, judged by
 * policy/input and told with the name of the field.
 */
#ifndef CLI_FIELD_H
#define CLI_FIELD_H

#include <stdbool.h>
#include <stddef.h>

/* True if `wrong` is NULL; otherwise it says `field: wrong`. */
bool field_ok(const char *field, const char *wrong);
/* R-ACC-5: in NFC, 1 to 20 characters. False, and it has been said. */
bool field_name(const char *text, char *nfc, size_t size);
/*
 * Says how a text of NFC differs from what was typed, where a reader would see
 * it: names have characters that are kept as others (C-44).
 */
void field_tell_stored(const char *field, const char *typed, const char *nfc);
/* The name of a contract, in NFC. False, and it has been said. */
bool field_title(const char *field, const char *text, char *nfc, size_t size);
/* Hexadecimal, colons and capitals as they come; 40 digits in `hex`. */
#define FIELD_SERIAL_DIGITS 40
bool field_serial(const char *text, char hex[FIELD_SERIAL_DIGITS + 1]);
/* The number of a mail, as `koshin mail list` shows it. */
bool field_mail(const char *text);

/* Judges of options: NULL, or what the value must be. */

/* How many rows at most. */
const char *field_limit(const char *text, size_t len);
/* As time_text_read() takes it, in the zone of the service. */
const char *field_time(const char *text, size_t len);

#endif
