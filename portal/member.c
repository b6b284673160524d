#include "portal/member.h"

#include "base/clock.h"
#include "base/hex.h"
#include "base/secret.h"
#include "policy/validity.h"
#include "policy/window.h"
#include "portal/login.h"
#include "portal/recheck.h"
#include "portal/revocation.h"
#include "portal/visit.h"

#include <string.h>

#define LABEL_BYTES 8
#define LIST_MAX 16384 /* bytes */

/* ------------------------------------------------------------ certificate */

/*
 * A browser that was told "none" for a name and port, or one certificate, says
 * the same until it is closed. Under a label that it has never seen it asks.
 * The port is the one that this browser has come by.
 */
static enum flow_next
refuse(struct flow *f, enum problem problem)
{
	const char *port = strchr(flow_header(f, "Host"), ':');
	unsigned char bytes[LABEL_BYTES];
	char label[2 * LABEL_BYTES + 1];

	secret_random(bytes, sizeof(bytes));
	hex_write(label, bytes, sizeof(bytes));
	visit_of(f)->more.choose_at =
	    arena_printf(f->arena, "https://r%s.%s%s/", label,
		portal_of(f)->site->host, port != NULL ? port : "");
	return problem_refuse(f, problem);
}

/* A certificate of ours that is good; a device has nothing to do here. */
enum problem
member_judge(const struct facts_holder *holder)
{
	switch (decide_presented(&holder->presented, clock_now())) {
	case DECIDE_ALLOWED:
		return holder->account.role == FACTS_DEVICE
			   ? PROBLEM_CERTIFICATE_WRONG
			   : PROBLEM_NONE;
	case DECIDE_REVOKED:
		return PROBLEM_CERTIFICATE_REVOKED;
	case DECIDE_EXPIRED:
		return PROBLEM_CERTIFICATE_EXPIRED;
	default:
		return PROBLEM_CERTIFICATE_WRONG;
	}
}

static bool
is_of_certificate(const struct visit *v)
{
	return digest_equal(
	    &v->session.member.certificate, &v->shown.fingerprint);
}

/* R-CERT-12: who shows it has it where it is used. Nobody waits for that; until
 * the ledger says so it is told with each request. */
static void
note_installed(const struct flow *f)
{
	const struct visit *v = visit_of(f);

	if (!v->holder.presented.installed)
		call_forget(issuer_mark_installed(portal_of(f)->issuer,
		    &v->shown.serial, &v->shown.fingerprint, ISSUER_LIMIT_MS,
		    NULL, NULL));
}

/* Nobody but an operator is at the desk of those (R-OPS-1). */
static bool
is_for(const struct flow *f, enum facts_role role)
{
	return !portal_of(f)->operators || role == FACTS_OPERATOR;
}

static enum flow_next
take_holder(struct flow *f, const struct facts_holder *holder)
{
	struct visit *v = visit_of(f);
	enum problem problem = member_judge(holder);

	if (problem == PROBLEM_NONE && !is_for(f, holder->account.role))
		problem = PROBLEM_CERTIFICATE_WRONG;
	if (problem != PROBLEM_NONE) {
		if (v->session.at != SESSION_NOTHING && is_of_certificate(v))
			visit_lose_session(f);
		return refuse(f, problem);
	}
	v->holder = *holder;
	note_installed(f);
	return FLOW_NEXT;
}

static void
on_holder(void *arg, enum db_rc rc, const struct facts_holder *holder)
{
	struct flow *f = arg;

	flow_resume(f, rc == DB_OK ? take_holder(f, holder)
				   : problem_refuse(f, PROBLEM_DOWN));
}

enum flow_next
member_find_holder(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct accounts_question q = { .serial = &v->shown.serial,
		.fingerprint = &v->shown.fingerprint };

	if (!client_certificate_shown(flow_tls(f)))
		return refuse(f, PROBLEM_CERTIFICATE_MISSING);
	client_certificate_read(flow_tls(f), &v->shown);
	if (!v->shown.exists) /* it cannot be ours */
		return refuse(f, PROBLEM_CERTIFICATE_WRONG);
	f->asked = accounts_find(portal_of(f)->accounts, &q, on_holder, f);
	return FLOW_WAIT;
}

/* --------------------------------------------------------------- entering */

/* R-ACC-7: with a temporary password there is nothing to be done but to replace
 * it, which the portal does. */
static enum flow_next
enter(struct flow *f, const struct auth_password_answer *answer)
{
	struct visit *v = visit_of(f);
	const struct facts_account *account = &v->holder.account;

	if (account->temporary_password)
		return problem_refuse(f, PROBLEM_TEMPORARY);
	visit_begin_session(f);
	v->session.at =
	    portal_of(f)->operators ? SESSION_OPERATOR : SESSION_MEMBER;
	v->session.user = v->name = account->user_id;
	v->session.version = account->version;
	v->session.member = (struct session_member){ .there = true,
		.certificate = v->shown.fingerprint,
		.locale = account->locale,
		.pass = answer->voucher };
	return FLOW_NEXT;
}

static void
on_entered(void *arg, const struct ipc_head *head)
{
	struct flow *f = arg;
	const struct auth_password_answer *answer = login_hear(f, head);

	if (head != NULL)
		login_forget_attempt(f); /* it ends with the password */
	flow_resume(f, answer->end == AUTH_DONE
			   ? enter(f, answer)
			   : login_tell(f, answer->end, PROBLEM_LOGIN));
}

/*
 * Another user ID than the certificate's is told before a password is looked
 * at: who shows a certificate knows whose it is, and learns nothing about
 * anybody else, nor may guess with it (EST-190).
 */
enum flow_next
member_enter(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct auth_password q = { .subject = AUTH_NOBODY,
		.wants_voucher = true,
		.for_session = true,
		.alone = true };

	if (!login_fold(&v->user) ||
	    strcmp(v->user.text, v->holder.account.user_id) != 0)
		return refuse(f, PROBLEM_CERTIFICATE_FOREIGN);
	visit_new_id(f);
	q.session = session_token_digest(v->token);
	if (login_fold(&v->password)) {
		q.subject = AUTH_ACCOUNT;
		memcpy(q.name, v->user.text, strlen(v->user.text) + 1);
		q.secret_len = strlen(v->password.text);
		memcpy(q.secret, v->password.text, q.secret_len);
	}
	login_ask(f, &q, on_entered);
	return FLOW_WAIT;
}

/* ---------------------------------------------------------------- session */

/*
 * Somebody else's certificate with this cookie is a thief's, who does not end
 * it for its owner.
 */
enum flow_next
member_check_session(struct flow *f)
{
	struct visit *v = visit_of(f);

	if (v->session.at == SESSION_NOTHING)
		return FLOW_NEXT;
	if (!is_of_certificate(v)) {
		visit_forget_session(f);
		return FLOW_NEXT;
	}
	return recheck_holder(f);
}

enum flow_next
member_need_session(struct flow *f)
{
	return visit_need(f,
	    1U << SESSION_MEMBER | 1U << SESSION_CODE | 1U << SESSION_ISSUED);
}

enum flow_next
member_end_renewal(struct flow *f)
{
	struct session *s = &visit_of(f)->session;

	s->at = SESSION_MEMBER;
	s->voucher = (struct voucher){ 0 };
	s->issued = (struct der){ 0 };
	session_drop_key(s);
	return FLOW_NEXT;
}

/* ---------------------------------------------------------------- answers */

static void
write_dates(const struct facts_certificate *c, struct buf *out)
{
	char serial[2 * SERIAL_SIZE + 1], moment[VALIDITY_MOMENT_SIZE];

	hex_write(serial, &c->serial, sizeof(c->serial));
	json_text(out, "serial", serial);
	validity_moment(c->not_before, moment);
	json_text(out, "not_before", moment);
	validity_moment(c->not_after, moment);
	json_text(out, "not_after", moment);
}

static const struct profile *
profile_of(const struct flow *f, const struct facts_certificate *c)
{
	return config_profile(
	    portal_of(f)->shared->config, c->profile, strlen(c->profile));
}

/* May it be renewed now, and if not, from when on? */
static void
write_renewal(struct flow *f, struct buf *out)
{
	const struct facts_holder *holder = &visit_of(f)->holder;
	const struct decide_profiles profiles = { .wanted = visit_profile(f),
		.of_current = profile_of(f, &holder->current) };
	struct decision d =
	    decide(DECIDE_REENROLL, &profiles, holder, clock_now());
	char day[VALIDITY_DAY_SIZE];

	json_open(out, "renewal", '{');
	json_flag(out, "open", d.verdict == DECIDE_ALLOWED);
	if (d.verdict == DECIDE_WINDOW) {
		validity_day(d.from, day);
		json_text(out, "opens_on", day);
	}
	json_close(out, '}');
}

static const char *
role_of(const struct facts_account *account)
{
	if (account->role == FACTS_MASTER)
		return "master";
	return account->role == FACTS_OPERATOR ? "operator" : "general";
}

void
member_write(struct flow *f, struct buf *out)
{
	const struct facts_holder *holder = &visit_of(f)->holder;

	json_text(out, "at", "member");
	json_text(out, "user", holder->account.user_id);
	json_text(out, "role", role_of(&holder->account));
	json_text(out, "locale", visit_of(f)->session.member.locale);
	json_open(out, "certificate", '{');
	write_dates(&holder->presented, out);
	json_flag(out, "revocable", revocation_open(f, &holder->presented));
	json_close(out, '}');
	write_renewal(f, out);
}

/* ------------------------------------------------------------------- list */

static const char *
state_of(const struct facts_certificate *c)
{
	if (c->revoked)
		return "revoked";
	return clock_now() > c->not_after ? "expired" : "good";
}

static void
write_certificate(
    struct flow *f, const struct facts_certificate *c, struct buf *out)
{
	const struct visit *v = visit_of(f);
	const struct profile *profile = profile_of(f, c);
	bool good = !c->revoked && clock_now() <= c->not_after;
	char day[VALIDITY_DAY_SIZE];

	json_open(out, NULL, '{');
	write_dates(c, out);
	json_text(out, "state", state_of(c));
	json_flag(out, "current", c->current);
	json_flag(out, "revocable", revocation_open(f, c));
	json_flag(out, "shown",
	    memcmp(&c->serial, &v->shown.serial, sizeof(c->serial)) == 0);
	if (good && c->current && profile != NULL) {
		validity_day(
		    window_opens(c->not_after, profile->renewal_days), day);
		json_text(out, "renewal_opens", day);
	}
	json_close(out, '}');
}

static void
on_list(void *arg, enum db_rc rc, const struct facts_certificate *list,
    size_t count)
{
	struct flow *f = arg;
	struct buf out;

	if (rc != DB_OK) {
		flow_resume(f, problem_refuse(f, PROBLEM_DOWN));
		return;
	}
	buf_init(&out, LIST_MAX);
	json_open(&out, NULL, '{');
	json_open(&out, "certificates", '[');
	for (size_t i = 0; i < count; i++)
		write_certificate(f, &list[i], &out);
	json_close(&out, ']');
	json_close(&out, '}');
	flow_resume(f, visit_answer(f, &out));
}

enum flow_next
member_list(struct flow *f)
{
	f->asked = accounts_list_certificates(
	    portal_of(f)->accounts, visit_of(f)->holder.account.id, on_list, f);
	return FLOW_WAIT;
}
