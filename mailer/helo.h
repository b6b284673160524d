/*
 * helo - by which name this host greets a relay (RFC 5321 4.1.1.1, 4.1.3).
 * Many relays refuse one without a dot, and say so only when they hear for
 * whom a mail is.
 */
#ifndef MAILER_HELO_H
#define MAILER_HELO_H

enum {
	HELO_SIZE = 256 /* with its NUL */
};

/*
 * The host's full name: as the kernel has it, or as /etc/hosts completes it
 * (nobody is asked over the network). A host without one gives its address,
 * [192.0.2.1] or [IPv6:2001:db8::1], and if it has none but loopback,
 * [127.0.0.1].
 */
void helo_own(char name[HELO_SIZE]);

#endif
