/*
 * window - when a holder may have a new certificate (R-CERT-3).
 */
#ifndef POLICY_WINDOW_H
#define POLICY_WINDOW_H

#include <stdbool.h>
#include <time.h>

/*
 * The first moment of the renewal window: midnight, local time, `days` days
 * before the day on which the certificate expires. It ends never: an expired
 * certificate may be replaced too. Should the calendar not be able to say it,
 * the window opens when the certificate has expired.
 */
time_t window_opens(time_t not_after, unsigned days);

#endif
