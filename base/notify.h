/*
 * notify - tells the service manager how the service is (sd_notify(3), without
 * its library).
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/*
 * `state` is what sd_notify takes: "READY=1", "STOPPING=1", "WATCHDOG=1",
 * "STATUS=...", several joined by newlines. Does nothing when no service
 * manager listens ($NOTIFY_SOCKET); waits at most a second.
 */
void notify_send(const char *state);

#endif
