#include "est/mailed.h"

#include "policy/validity.h"

/* For programs: a sentence may be changed or translated some day (C-23). */
static const char *
status(struct flow *f, const struct auth_mailed *a)
{
	char dies[VALIDITY_MOMENT_SIZE], again[VALIDITY_MOMENT_SIZE];

	validity_moment(a->dies_at, dies);
	validity_moment(a->again_at, again);
	switch (a->outcome) {
	case AUTH_MAIL_QUEUED:
	case AUTH_MAIL_RECENT:
		return arena_printf(
		    f->arena, "code-sent; expires=%s; again=%s", dies, again);
	case AUTH_MAIL_HELD:
	case AUTH_MAIL_FAILED:
		break;
	}
	return arena_printf(f->arena, "code-none; again=%s", again);
}

/* NULL: that of the refusal says it. */
static const char *
sentence(struct flow *f, const struct auth_mailed *a)
{
	char made[VALIDITY_MINUTE_SIZE], dies[VALIDITY_MINUTE_SIZE];
	char again[VALIDITY_MINUTE_SIZE];

	validity_minute(a->made_at, made);
	validity_minute(a->dies_at, dies);
	validity_minute(a->again_at + 59, again); /* not before it is so */
	switch (a->outcome) {
	case AUTH_MAIL_QUEUED:
		break;
	case AUTH_MAIL_RECENT:
		return arena_printf(f->arena,
		    "The one-time code mailed at %s is good until %s; another "
		    "can be had from %s on. Repeat the request with the code "
		    "appended to the password.",
		    made, dies, again);
	case AUTH_MAIL_HELD:
		return arena_printf(f->arena,
		    "No one-time code is mailed now; one can be had from %s "
		    "on.",
		    again);
	case AUTH_MAIL_FAILED:
		return arena_printf(f->arena,
		    "The one-time code mailed at %s could not be delivered; "
		    "another can be had from %s on.",
		    made, again);
	}
	return NULL;
}

enum flow_next
mailed_refuse(struct flow *f, const struct auth_mailed *a)
{
	static const enum refusal refusal_of[] = {
		[AUTH_MAIL_QUEUED] = REFUSAL_CODE_MAILED,
		[AUTH_MAIL_RECENT] = REFUSAL_CODE_OUT,
		[AUTH_MAIL_HELD] = REFUSAL_CODE_HELD,
		[AUTH_MAIL_FAILED] = REFUSAL_CODE_FAILED,
	};
	enum refusal refusal = refusal_of[a->outcome];

	/* Whoever is not to learn that the password was right learns it by
	 * nothing. */
	if (est_of(f)->shared->config->est.uniform_401)
		return est_refuse(f, refusal);
	f->told = (struct flow_field){ "Koshin-Status", status(f, a) };
	return est_refuse_because(f, refusal, sentence(f, a));
}
