/*
 * outbox - the mails that are due, for the courier.
 *
 * Role:   koshin_courier. Several couriers share the work: a row is taken
 *         with a lease (FOR UPDATE SKIP LOCKED); a courier that dies gives it
 *         back when the lease ends (F-55).
 * Repeat: at least once, always with the same Message-ID (I-10). A notice of
 *         the planner is made once, however many plan.
 */
#ifndef DB_OUTBOX_H
#define DB_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "base/call.h"
#include "db/rc.h"
#include "policy/code.h"
#include "policy/notice.h"

#define OUTBOX_LEASE_S 120
#define OUTBOX_PARAMETERS_MAX 12

struct event_base;
struct outbox;

struct outbox_options {
	const char *conninfo;
	void (*ring)(void *arg); /* there is new mail (NOTIFY), or the
				  * connection is back */
	void *arg;
};
/* The options are copied, what they point to must outlive it. */
struct outbox *outbox_open(struct event_base *, const struct outbox_options *);
/* Open questions are answered DB_DOWN first. NULL is fine. */
void outbox_close(struct outbox *);

struct outbox_mail {
	int64_t id;
	char kind[32]; /* "code", "issued", "locked", ...: a template */
	char locale[8];
	char recipient[64];  /* judged when it was written; judge it again */
	char message_id[96]; /* left part; stable for the event */
	time_t made_at;
	time_t dies_at;	   /* 0: never (a code mail dies with its code) */
	time_t taken_at;   /* all three by the clock of the database, */
	int64_t taken_us;  /* and this by clock_mono_us(): the same moment */
	unsigned attempts; /* before this one */
	bool has_nonce;
	unsigned char nonce[CODE_NONCE_SIZE];
	struct outbox_parameter { /* for the template */
		char name[32];
		char value[160];
	} parameters[OUTBOX_PARAMETERS_MAX];
	size_t parameter_count;
};

/*
 * The time of the database: what judges a mail's times, and what `next_at` is.
 * Several couriers have one outbox, and each a clock of its own (F-74).
 */
time_t outbox_now(time_t taken_at, int64_t taken_us);

/* Takes up to `most` due mails, code mails first. `mails` live for the call. */
typedef void outbox_taken_fn(
    void *arg, enum db_rc rc, const struct outbox_mail *mails, size_t count);
struct call *outbox_take(
    struct outbox *, size_t most, outbox_taken_fn *taken, void *arg);
/* Code mails only, for places that are kept for them. */
struct call *outbox_take_codes(
    struct outbox *, size_t most, outbox_taken_fn *taken, void *arg);

enum outbox_end {
	OUTBOX_SENT,
	OUTBOX_LATER,  /* try again at `next_at` */
	OUTBOX_FAILED, /* 5xx, or out of time: recorded and shown */
};
struct outbox_result {
	int64_t id;
	enum outbox_end end;
	time_t next_at;
	const char *answer; /* the server's last words, for the operator */
};
typedef void outbox_done_fn(void *arg, enum db_rc rc);
/*
 * How it ended with some mails, all or none; the results are copied. A mail
 * that was withdrawn meanwhile stays so, but one that was sent is recorded as
 * sent.
 */
struct call *outbox_settle(struct outbox *, const struct outbox_result *,
    size_t count, outbox_done_fn *done, void *arg);

/* Seconds until the next mail is due (0: now, -1: none); for the timer. */
typedef void outbox_number_fn(void *arg, enum db_rc rc, int64_t number);
struct call *outbox_next(struct outbox *, outbox_number_fn *next, void *arg);

/* Which audit row has waited longest for its seal, by its id; -1: none. */
struct call *outbox_oldest_unsealed(
    struct outbox *, outbox_number_fn *oldest, void *arg);

/* Closes reservations whose lease is over (I-4, F-15). */
struct call *outbox_close_abandoned(
    struct outbox *, outbox_done_fn *done, void *arg);

/* How far a walk along the certificates has come; all zero: not begun. */
struct outbox_place {
	char time[48]; /* as PostgreSQL wrote it */
	char serial[48];
};
/*
 * Makes the notices that are due (R-MAIL-1) among the next OUTBOX_PLAN_MOST
 * certificates behind a place. `looked_at` of fewer is the end of the walk;
 * -1: somebody else plans just now. The same walk twice makes nothing twice.
 */
#define OUTBOX_PLAN_MOST 1000
struct outbox_planned {
	int64_t looked_at;
	int64_t planned; /* mails made */
	struct outbox_place place;
};
typedef void outbox_planned_fn(
    void *arg, enum db_rc rc, const struct outbox_planned *);
struct call *outbox_plan(struct outbox *, const struct notice_limits *,
    const struct outbox_place *behind, outbox_planned_fn *planned, void *arg);

/* The same of those that were issued a day ago and that nobody has seen in use
 * (R-MAIL-7): how many mails were made; as many again may be due behind
 * OUTBOX_PLAN_MOST of them. -1 as above. */
struct call *outbox_plan_uninstalled(
    struct outbox *, outbox_number_fn *planned, void *arg);

/*
 * Removes, of the next OUTBOX_REMOVE_MOST mails behind `after_id`, those that
 * ended more than so many days ago (R-MAIL-6). `looked_at` of fewer is the end
 * of the walk. At least a day; what was told is not told again.
 */
#define OUTBOX_REMOVE_MOST 500
struct outbox_removed {
	int64_t looked_at;
	int64_t removed;
	int64_t last_id;
};
typedef void outbox_removed_fn(
    void *arg, enum db_rc rc, const struct outbox_removed *);
struct call *outbox_remove(struct outbox *, unsigned keep_days,
    int64_t after_id, outbox_removed_fn *removed, void *arg);

#endif
