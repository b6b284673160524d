/*
 * koshin simulate - what a user would get, were the code of a mail given today
 * or on another day: under each profile of the role, or why not; with the
 * renewal window and the notices of expiry. Nothing is asked of the issuer,
 * and nothing is written.
 */
#include "base/clock.h"
#include "cli/commands/commands.h"
#include "cli/lookup.h"
#include "cli/table.h"
#include "cli/time_text.h"
#include "db/holder_columns.h"
#include "db/sql.h"
#include "pki/sample.h"
#include "policy/decide.h"
#include "policy/notice.h"
#include "policy/window.h"

#include <string.h>

static const char *const columns[] = { "profile", "verdict", "possible_from",
	"subject", "not_before", "not_after", "renewal_from",
	"notice_expires_30", "notice_expires_10", "notice_expired", NULL };

/* For programs; docs and manual have them too. */
static const char *
verdict_word(const struct decision *d)
{
	switch (d->verdict) {
	case DECIDE_ALLOWED:
		return d->replaces ? "replaces the current one" : "issued";
	case DECIDE_ACCOUNT:
		return "account not open";
	case DECIDE_TEMPORARY:
		return "temporary password";
	case DECIDE_WINDOW:
		return "not yet";
	default: /* what is said of a certificate that is shown */
		return "not possible";
	}
}

/* 0: there is none of that kind for one so short. */
static time_t
notice_at(enum notice kind, time_t not_before, time_t not_after)
{
	time_t since = notice_since(kind, not_after);
	struct notice_limits limits;

	if (!notice_limits(since, &limits) ||
	    notice_due(&limits, not_before, not_after) != kind)
		return 0;
	return since;
}

static void
put_sample(struct table *l, const struct sample *s, const struct profile *p)
{
	table_text(l, s->subject);
	table_time(l, s->not_before);
	table_time(l, s->not_after);
	table_time(l, window_opens(s->not_after, p->renewal_days));
	for (enum notice n = NOTICE_EXPIRES_30; n <= NOTICE_EXPIRED; n++)
		table_time(l, notice_at(n, s->not_before, s->not_after));
}

static void
put_none(struct table *l)
{
	table_text(l, NULL);
	for (size_t i = 0; i < 6; i++)
		table_time(l, 0);
}

struct simulation {
	struct session *session;
	struct ca *ca;
	struct facts_holder holder;
	time_t at;
};

/* A profile of another role is none of the user's, open or not. */
static bool
is_for(const struct facts_holder *holder, const struct profile *p, time_t at)
{
	const struct decide_profiles profiles = { .wanted = p };
	struct facts_holder open = *holder;

	open.account.state = FACTS_ACTIVE;
	open.account.locked_until = 0;
	open.account.temporary_password = false;
	return decide(DECIDE_ENROLL, &profiles, &open, at).verdict !=
	       DECIDE_PROFILE;
}

/* Where it is too early, of the certificate that is to be had then. */
static bool
put_row(struct table *l, const struct simulation *s, const struct profile *p)
{
	const struct config *c = s->session->config;
	const char *current = s->holder.current.profile;
	const struct decide_profiles profiles = {
		.wanted = p,
		.of_current = config_profile(c, current, strlen(current)),
	};
	struct decision d =
	    decide(DECIDE_REPLACE, &profiles, &s->holder, s->at);
	time_t at = d.verdict == DECIDE_WINDOW ? d.from : s->at;
	struct sample sample;
	struct fault why;

	if (!is_for(&s->holder, p, s->at))
		return true;
	table_text(l, p->name);
	table_text(l, verdict_word(&d));
	table_time(l, d.from);
	if (d.verdict != DECIDE_ALLOWED && d.verdict != DECIDE_WINDOW) {
		put_none(l);
		return true;
	}
	if (!sample_make(
		s->ca, &c->ca, p, &s->holder.account, at, &sample, &why))
		return command_say("profile %s: %s", p->name, why.text);
	put_sample(l, &sample, p);
	sample_free(&sample);
	return true;
}

/* False: it has been said. */
static bool
read_holder(struct session *d, struct facts_holder *out)
{
	if (!DATABASE_ASK(d->database, sql_of_user, d->target.user_id))
		return false;
	if (database_rows(d->database) == 0)
		return lookup_no_user(d->target.user_id);
	return holder_columns_read_once(database_answer(d->database), 0, out) ||
	       command_say("the database holds what this program does not "
			   "know of user %s",
		   d->target.user_id);
}

bool
simulate(struct session *d)
{
	const char *as_of = command_value(d->line, "--as-of");
	struct simulation s = { .session = d, .at = clock_now() };
	bool good = (as_of == NULL || time_text_read(as_of, &s.at)) &&
		    read_holder(d, &s.holder) &&
		    (s.ca = commands_ca(d)) != NULL;
	struct table *l = table_new(columns);

	for (unsigned i = 0; good && i < d->config->profiles_count; i++)
		good = put_row(l, &s, &d->config->profiles[i]);
	ca_free(s.ca);
	if (good)
		table_print(l, command_given(d->line, "--json"));
	else
		table_free(l);
	return good;
}
