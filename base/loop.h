/*
 * loop - small helpers around libevent that every process uses.
 */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

struct event;
struct event_base;
struct loop_timer;

/*
 * A new event base, which other threads may wake or stop; ends the process
 * when there is none.
 */
struct event_base *loop_new(void);

enum {
	LOOP_SPARES = 64
};

/*
 * Calls `fn(arg)` once after `ms` (0: as soon as the loop runs again); or
 * earlier, where there is no memory. LOOP_SPARES of them go on without any; one
 * more ends the process (F-59).
 */
struct loop_timer *loop_after(
    struct event_base *, int64_t ms, void (*fn)(void *), void *arg);
/* The same for what somebody asked for: NULL where there is no memory, and the
 * process goes on (F-59). */
struct loop_timer *loop_try(
    struct event_base *, int64_t ms, void (*fn)(void *), void *arg);
/* NULL is fine; a timer that has fired frees itself before `fn` runs. */
void loop_cancel(struct loop_timer *);

/*
 * As event_new(), and in loop_watch() event_add() without a limit; they end the
 * process when they cannot. event_free() gives it back.
 */
struct event *loop_event(struct event_base *, int fd, short what,
    void (*fn)(int fd, short what, void *arg), void *arg);
struct event *loop_watch(struct event_base *, int fd, short what,
    void (*fn)(int fd, short what, void *arg), void *arg);
/* Both events of a socket that comes and goes: readable is watched for, again
 * and again, writable is when it is added. False: no memory, and neither is
 * there (F-59). */
bool loop_socket(struct event_base *, int fd,
    void (*on_readable)(int fd, short what, void *arg),
    void (*on_writable)(int fd, short what, void *arg), void *arg,
    struct event **readable, struct event **writable);
/* As loop_watch(), whenever that signal comes. */
struct event *loop_signal(struct event_base *, int number,
    void (*fn)(int number, short what, void *arg), void *arg);

/*
 * Wait before the next attempt to connect: doubles from 50 ms to 2 s, of which
 * chance takes off up to a half, so that a crowd does not come back in step.
 * `tries` counts from 0.
 */
int64_t loop_backoff_ms(unsigned tries);

#endif
