/*
 * reason - what OpenSSL has to say about its last failure.
 */
#ifndef BENCH_REASON_H
#define BENCH_REASON_H

/*
 * The oldest entry of the error queue as text, or `otherwise` if there is
 * none; the queue is empty after it. Valid for now.
 */
const char *reason_take(const char *otherwise);

#endif
