#include "portal/visit.h"

#include "base/clock.h"
#include "db/people.h"
#include "db/sessions.h"

#include <stdio.h>
#include <string.h>

static const struct config_site *
settings(const struct flow *f)
{
	return portal_of(f)->site;
}

const struct profile *
visit_profile_of_operators(const struct flow *f)
{
	const struct config *config = portal_of(f)->shared->config;

	for (unsigned i = 0; i < config->profiles_count; i++)
		if (config->operator_.host != NULL &&
		    config->profiles[i].holder == PROFILE_HOLDER_OPERATOR)
			return &config->profiles[i];
	return NULL;
}

const struct profile *
visit_profile(const struct flow *f)
{
	const struct config *config = portal_of(f)->shared->config;
	const char *of_shown = visit_of(f)->holder.presented.profile;
	const char *name = config->portal.profile;
	const struct profile *own = NULL;

	if (visit_of(f)->session.operator_)
		own = visit_profile_of_operators(f);
	else if (portal_of(f)->members && of_shown[0] != '\0')
		own = config_profile(config, of_shown, strlen(of_shown));
	return own != NULL ? own
			   : config_profile(
				 config, name, name != NULL ? strlen(name) : 0);
}

/* --------------------------------------------------------------- refusing */

enum flow_next
visit_refuse_field(
    struct flow *f, enum problem problem, const char *field, const char *why)
{
	struct visit *v = visit_of(f);

	v->more.fields[0] = field;
	v->more.reason = why;
	return problem_refuse(f, problem);
}

/* ---------------------------------------------------------------- finding */

/* Members are at two listeners, and of operators each is at both: what begins
 * at the one is nothing at the other. */
static bool
is_of_listener(const struct flow *f, const struct session *s)
{
	return s->member.there == portal_of(f)->members &&
	       (s->at == SESSION_OPERATOR) == portal_of(f)->operators;
}

/* One that is over, of another listener, or that nobody can read, is none. */
static void
take_session(struct flow *f, const char *text, size_t len)
{
	struct visit *v = visit_of(f);
	char *copy = arena_text(f->arena, text, len);
	time_t end;

	if (copy == NULL) /* the engine answers */
		return;
	if (!session_read(copy, len, &v->session)) {
		visit_forget_session(f);
		v->note = "session-unread";
		return;
	}
	end = v->session.began_at + (time_t)settings(f)->session_s;
	if (clock_now() < end && is_of_listener(f, &v->session))
		v->name = v->session.user;
	else
		visit_forget_session(f);
}

static void
on_session(void *arg, enum db_rc rc, const char *text, size_t len)
{
	struct flow *f = arg;
	enum flow_next next = FLOW_NEXT;

	if (rc == DB_OK)
		take_session(f, text, len);
	else if (rc != DB_NONE)
		next = problem_refuse(f, PROBLEM_DOWN);
	flow_resume(f, next);
}

/* Redis knows the digest of the id alone, so that it can open nothing. */
static void
make_seal(struct visit *v, const char id[SESSION_ID_SIZE])
{
	char text[sizeof("koshin seal: ") + SESSION_ID_SIZE];
	int len = snprintf(text, sizeof(text), "koshin seal: %s", id);
	struct digest d = digest_of(text, (size_t)len);

	memcpy(v->seal.bytes, d.bytes, sizeof(v->seal.bytes));
	secret_wipe(text, sizeof(text));
	secret_wipe(&d, sizeof(d));
}

enum flow_next
visit_find_session(struct flow *f)
{
	struct visit *v = visit_of(f);
	char id[SESSION_ID_SIZE];

	v->known =
	    session_find_id(flow_header(f, "Cookie"), visit_cookie(f), id);
	if (!v->known)
		return FLOW_NEXT;
	v->id = session_digest(id);
	session_token(id, v->token);
	make_seal(v, id);
	secret_wipe(id, sizeof(id));
	f->asked = sessions_get(
	    portal_of(f)->redis, &v->id, settings(f)->idle_s, on_session, f);
	return FLOW_WAIT;
}

enum flow_next
visit_need(struct flow *f, unsigned steps)
{
	struct visit *v = visit_of(f);

	if ((steps & 1U << v->session.at) != 0)
		return FLOW_NEXT;
	if (v->session.at != SESSION_NOTHING)
		return problem_refuse(f, PROBLEM_ELSEWHERE);
	return problem_refuse(f, PROBLEM_SESSION);
}

enum flow_next
visit_need_session(struct flow *f)
{
	return visit_need(f, 1U << SESSION_CODE | 1U << SESSION_ISSUED);
}

/* The one in the database, which a member has. Nobody waits for that: without
 * its cookie it is nobody's, and ends by itself. */
static void
leave_database(const struct flow *f, const char id[SESSION_ID_SIZE])
{
	char token[SESSION_TOKEN_SIZE];

	if (!portal_of(f)->members)
		return;
	session_token(id, token);
	call_forget(people_leave(portal_of(f)->people, token, NULL, NULL));
	secret_wipe(token, sizeof(token));
}

void
visit_new_id(struct flow *f)
{
	struct visit *v = visit_of(f);

	session_new_id(v->fresh);
	session_token(v->fresh, v->token);
}

void
visit_begin_session(struct flow *f)
{
	struct visit *v = visit_of(f);
	char before[SESSION_ID_SIZE];
	struct digest old;

	if (session_find_id(
		flow_header(f, "Cookie"), visit_cookie(f), before)) {
		old = session_digest(before);
		call_forget(
		    sessions_drop(portal_of(f)->redis, &old, NULL, NULL));
		leave_database(f, before);
	}
	if (v->fresh[0] == '\0')
		visit_new_id(f);
	v->id = session_digest(v->fresh);
	v->session.began_at = clock_now();
}

/* ---------------------------------------------------------------- keeping */

static void
give_cookie(struct flow *f)
{
	struct visit *v = visit_of(f);

	flow_field(f, "Set-Cookie",
	    arena_printf(f->arena, "%s=%s" SESSION_COOKIE_RULES,
		visit_cookie(f), v->fresh));
}

/*
 * One that was ended meanwhile, by [Cancel] in another window, does not come
 * back. A certificate is answered all the same: it is in the ledger.
 */
static void
on_kept(void *arg, enum db_rc rc)
{
	struct flow *f = arg;
	struct visit *v = visit_of(f);
	enum flow_next next = FLOW_NEXT;

	if (rc == DB_OK && v->fresh[0] != '\0')
		give_cookie(f);
	else if (rc != DB_OK && !v->issued)
		next = problem_refuse(
		    f, rc == DB_NONE ? PROBLEM_SESSION : PROBLEM_DOWN);
	flow_resume(f, next);
}

static struct call *
keep(struct flow *f, sessions_done_fn *done)
{
	struct visit *v = visit_of(f);
	struct sessions_text text = { .idle_s = settings(f)->idle_s };
	struct call *asked = NULL;
	struct buf out;

	text.begins = v->fresh[0] != '\0';
	buf_init(&out, SESSIONS_TEXT_MAX);
	session_write(&v->session, &out);
	text.at = out.at;
	text.len = out.used;
	if (buf_ok(&out))
		asked =
		    sessions_put(portal_of(f)->redis, &v->id, &text, done, f);
	buf_free(&out);
	return asked;
}

enum flow_next
visit_keep_session(struct flow *f)
{
	f->asked = keep(f, on_kept);
	if (f->asked == NULL && visit_of(f)->issued)
		return FLOW_NEXT;
	return FLOW_WAIT; /* without memory the engine answers */
}

void
visit_keep_beside(struct flow *f)
{
	call_forget(keep(f, NULL));
}

/* ----------------------------------------------------------------- ending */

/* By who wants it ended alone. Beside a refusal it stays: another window may
 * have logged in meanwhile, and the browser would lose the cookie of that. */
static void
end_cookie(struct flow *f)
{
	flow_field(f, "Set-Cookie",
	    arena_printf(f->arena, "%s=" SESSION_COOKIE_ENDS, visit_cookie(f)));
}

static void
on_ended(void *arg, enum db_rc rc)
{
	flow_resume(
	    arg, rc == DB_OK ? FLOW_NEXT : problem_refuse(arg, PROBLEM_DOWN));
}

enum flow_next
visit_end_session(struct flow *f)
{
	struct visit *v = visit_of(f);
	char id[SESSION_ID_SIZE];

	v->known =
	    session_find_id(flow_header(f, "Cookie"), visit_cookie(f), id);
	end_cookie(f);
	if (!v->known)
		return FLOW_NEXT;
	v->id = session_digest(id);
	leave_database(f, id);
	f->asked = sessions_drop(portal_of(f)->redis, &v->id, on_ended, f);
	return FLOW_WAIT;
}

void
visit_forget_session(struct flow *f)
{
	struct visit *v = visit_of(f);

	v->session = (struct session){ 0 };
	v->name = NULL;
}

void
visit_lose_session(struct flow *f)
{
	struct visit *v = visit_of(f);

	call_forget(sessions_drop(portal_of(f)->redis, &v->id, NULL, NULL));
}

/* --------------------------------------------------------------- endpoint */

void
visit_leave(struct flow *f)
{
	struct auth_handle attempt = visit_of(f)->attempt;

	/* A client that leaves has made its attempt (F-02). */
	if (flow_client_gone(f))
		auth_vanish(portal_of(f)->auth, attempt);
	else
		auth_leave(portal_of(f)->auth, attempt);
}

void
visit_log(const struct flow *f, struct log_line *l)
{
	const struct visit *v = visit_of(f);

	if (v->name != NULL)
		log_text(l,
		    v->session.at == SESSION_CONTRACT ? "contract" : "user",
		    v->name);
	if (v->evaluated != NULL)
		log_text(l, "evaluated", v->evaluated);
	if (v->shown.exists) /* whatever it is worth: the outcome says that */
		log_hex(l, "shown", &v->shown.serial, sizeof(v->shown.serial));
	if (v->issued)
		log_hex(l, "serial", &v->serial, sizeof(v->serial));
	if (v->more.reason != NULL)
		log_text(l, "why", v->more.reason);
	if (v->note != NULL)
		log_text(l, "note", v->note);
}

enum flow_next
visit_answer(struct flow *f, struct buf *out)
{
	bool good = buf_ok(out);

	if (good)
		flow_answer(f, "application/json",
		    arena_text(f->arena, out->at, out->used), out->used);
	buf_free(out);
	flow_field(f, "Cache-Control", "no-store");
	return good ? FLOW_NEXT : problem_refuse(f, PROBLEM_DOWN);
}
