#include "portal/server_key.h"

#include "base/log.h"
#include "base/hex.h"
#include "pki/handover.h"
#include "policy/validity.h"
#include "portal/visit.h"

#include <stdio.h>
#include <string.h>

#define ANSWER_MAX (KEYMAKER_FILE_MAX / 3 * 4 + 512)

static enum flow_next
refuse(struct flow *f, enum keymaker_end end)
{
	switch (end) {
	case KEYMAKER_BUSY:
		return problem_refuse(f, PROBLEM_BUSY);
	case KEYMAKER_UNSEALED:
		/* Two windows at once have made two: only one has the
		 * certificate (R-CERT-12). */
		visit_of(f)->note = "unsealed";
		return problem_refuse(f, PROBLEM_NOT_FOUND);
	default:
		return problem_refuse(f, PROBLEM_DOWN);
	}
}

enum flow_next
server_key_offered(struct flow *f)
{
	return portal_of(f)->keymaker != NULL
		   ? FLOW_NEXT
		   : problem_refuse(f, PROBLEM_NOT_FOUND);
}

/* ------------------------------------------------------------------- making */

/* Of the arena; false: no memory, and the engine answers. */
static bool
keep_bytes(
    struct flow *f, const unsigned char *bytes, size_t len, struct der *out)
{
	out->at = (const unsigned char *)arena_text(
	    f->arena, (const char *)bytes, len);
	out->len = out->at != NULL ? len : 0;
	return out->at != NULL;
}

static enum flow_next
take_key(struct flow *f, const struct keymaker_key_answer *a)
{
	struct visit *v = visit_of(f);

	if (a == NULL || a->end != KEYMAKER_DONE)
		return refuse(f, a == NULL ? KEYMAKER_DOWN : a->end);
	v->changed =
	    keep_bytes(f, a->sealed, a->sealed_len, &v->session.sealed_key) &&
	    keep_bytes(f, a->request, a->request_len, &v->session.key_request);
	return FLOW_NEXT;
}

static void
on_key(void *arg, const struct ipc_head *head)
{
	flow_resume(
	    arg, take_key(arg, (const struct keymaker_key_answer *)head));
}

enum flow_next
server_key_make(struct flow *f)
{
	struct visit *v = visit_of(f);
	struct keymaker_key_question q;

	if (v->session.sealed_key.len > 0)
		return FLOW_NEXT;
	memset(&q, 0, sizeof(q));
	q.seal = v->seal;
	q.key = keys_for_people(&visit_profile(f)->keys);
	snprintf(q.name, sizeof(q.name), "%s", v->session.user);
	f->asked = keymaker_ask_key(portal_of(f)->keymaker, &q, on_key, f);
	secret_wipe(&q, sizeof(q));
	return FLOW_WAIT;
}

void
server_key_write(struct flow *f, struct buf *out)
{
	if (visit_of(f)->session.sealed_key.len > 0)
		json_text(out, "server", "made");
	else if (portal_of(f)->keymaker != NULL)
		json_text(out, "server", "offered");
}

/* -------------------------------------------------------------------- file */

/* R-ACC-4 has ASCII, so that UTF-8 and BMPString mean the same. */
static bool
is_passphrase(const struct flow *f, const struct json_value *typed)
{
	unsigned least =
	    portal_of(f)->shared->config->policy.input.password_min;

	for (size_t i = 0; i < typed->len; i++)
		if (typed->text[i] < '!' || typed->text[i] > '~')
			return false;
	return typed->len >= least && typed->len < KEYMAKER_PASSPHRASE_SIZE;
}

static bool
is_form(const struct json_value *form)
{
	return strcmp(form->text, "new") == 0 || strcmp(form->text, "old") == 0;
}

enum flow_next
server_key_count(struct flow *f)
{
	struct visit *v = visit_of(f);

	if (v->session.sealed_key.len == 0)
		return problem_refuse(f, PROBLEM_NOT_FOUND);
	if (!is_form(&v->form))
		return visit_refuse_field(
		    f, PROBLEM_FIELD, "form", "must be `new` or `old`");
	if (!is_passphrase(f, &v->passphrase))
		return visit_refuse_field(f, PROBLEM_FIELD, "passphrase",
		    "must be printable ASCII, as long as a password at least");
	if (v->session.files >= SERVER_KEY_FILES_MAX)
		return problem_refuse(f, PROBLEM_FILES);
	v->session.files++;
	return FLOW_NEXT;
}

/* Who has fetched a key stands in the log, each time (J-14). */
static void
tell(const struct flow *f, const struct handover *h)
{
	struct log_line l;

	log_begin(&l, LOG_LINE_NOTICE, "key-file");
	log_text(&l, "user", visit_of(f)->session.user);
	log_hex(&l, "serial", &h->serial, sizeof(h->serial));
	log_number(&l, "times", visit_of(f)->session.files);
	log_end(&l);
}

/* Who was sent away by one that is busy, or away, has had none of his files. */
static void
give_back(struct flow *f, enum keymaker_end end)
{
	if (end == KEYMAKER_UNSEALED)
		return;
	visit_of(f)->session.files--;
	visit_keep_beside(f);
}

static enum flow_next
take_file(struct flow *f, const struct keymaker_file_answer *a)
{
	enum keymaker_end end = a != NULL ? a->end : KEYMAKER_DOWN;
	struct handover h;
	struct buf out;

	if (end != KEYMAKER_DONE) {
		give_back(f, end);
		return refuse(f, end);
	}
	if (!handover_read(&visit_of(f)->session.issued, &h))
		return problem_refuse(f, PROBLEM_INTERNAL);
	tell(f, &h);
	buf_init(&out, ANSWER_MAX);
	json_open(&out, NULL, '{');
	json_bytes(&out, "file", a->file, a->file_len);
	json_close(&out, '}');
	return visit_answer(f, &out);
}

static void
on_file(void *arg, const struct ipc_head *head)
{
	flow_resume(
	    arg, take_file(arg, (const struct keymaker_file_answer *)head));
}

/* Behind what is there; false: too long, or no memory. */
static bool
add_certificate(
    struct keymaker_file_question *q, const void *der, size_t len, bool good)
{
	if (!good || len > sizeof(q->certificates) - q->certificates_len)
		return false;
	memcpy(q->certificates + q->certificates_len, der, len);
	q->certificates_len = (uint16_t)(q->certificates_len + len);
	return true;
}

static bool
add_certificates(const struct flow *f, struct keymaker_file_question *q)
{
	const struct der *own = &visit_of(f)->session.issued;
	const struct ca *ca = portal_of(f)->shared->ca;
	bool good = add_certificate(q, own->at, own->len, true);
	struct buf der;

	for (size_t i = 0; good && i < handover_chain_count(ca); i++) {
		buf_init(&der, handover_chain_size(ca));
		handover_chain(ca, i, &der);
		good = add_certificate(q, der.at, der.used, buf_ok(&der));
		buf_free(&der);
	}
	return good;
}

/* As the pages call theirs: whose it is, and until when. */
static bool
name_file(const struct flow *f, struct keymaker_file_question *q)
{
	const struct session *s = &visit_of(f)->session;
	char moment[VALIDITY_MOMENT_SIZE];
	struct handover h;

	if (!handover_read(&s->issued, &h))
		return false;
	validity_moment(h.not_after, moment);
	snprintf(q->name, sizeof(q->name), "%s %.10s", s->user, moment);
	return true;
}

static bool
fill(const struct flow *f, struct keymaker_file_question *q)
{
	const struct visit *v = visit_of(f);
	const struct der *sealed = &v->session.sealed_key;

	memset(q, 0, sizeof(*q));
	if (sealed->len > sizeof(q->sealed))
		return false;
	q->seal = v->seal;
	q->form =
	    strcmp(v->form.text, "old") == 0 ? MADE_KEY_OLD : MADE_KEY_NEW;
	memcpy(q->passphrase, v->passphrase.text, v->passphrase.len);
	memcpy(q->sealed, sealed->at, sealed->len);
	q->sealed_len = (uint16_t)sealed->len;
	return name_file(f, q) && add_certificates(f, q);
}

enum flow_next
server_key_file(struct flow *f)
{
	struct keymaker_file_question q;
	bool good = fill(f, &q);

	if (good)
		f->asked =
		    keymaker_ask_file(portal_of(f)->keymaker, &q, on_file, f);
	secret_wipe(&q, sizeof(q));
	return good ? FLOW_WAIT : problem_refuse(f, PROBLEM_INTERNAL);
}
