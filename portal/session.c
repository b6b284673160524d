#include "portal/session.h"

#include "base/b64.h"
#include "base/hex.h"
#include "base/secret.h"
#include "db/sessions.h"
#include "http/json.h"

#include <string.h>

#define ID_BYTES 16

void
session_new_id(char id[SESSION_ID_SIZE])
{
	unsigned char bytes[ID_BYTES];

	secret_random(bytes, sizeof(bytes));
	hex_write(id, bytes, sizeof(bytes));
	secret_wipe(bytes, sizeof(bytes));
}

static bool
begins(const char *pair, const char *name)
{
	size_t len = strlen(name);

	return strncmp(pair, name, len) == 0 && pair[len] == '=';
}

/* RFC 6265 4.2.1: pairs with `; ` between. Of two of that name, which no
 * browser sends, the first is taken. */
bool
session_find_id(const char *cookies, const char *name, char id[SESSION_ID_SIZE])
{
	unsigned char bytes[ID_BYTES];
	const char *at = cookies;

	while (at != NULL && !begins(at, name)) {
		at = strchr(at, ';');
		if (at != NULL)
			at += 1 + strspn(at + 1, " ");
	}
	if (at == NULL)
		return false;
	at += strlen(name) + 1;
	if (!hex_read(bytes, sizeof(bytes), at) ||
	    strchr(";", at[sizeof(bytes) * 2]) == NULL)
		return false;
	hex_write(id, bytes, sizeof(bytes));
	return true;
}

struct digest
session_digest(const char id[SESSION_ID_SIZE])
{
	return digest_of(id, SESSION_ID_SIZE - 1);
}

void
session_token(const char id[SESSION_ID_SIZE], char token[SESSION_TOKEN_SIZE])
{
	static const char what[] = "koshin member ";
	char text[sizeof(what) - 1 + SESSION_ID_SIZE];
	struct digest d;

	memcpy(text, what, sizeof(what) - 1);
	memcpy(text + sizeof(what) - 1, id, SESSION_ID_SIZE);
	d = digest_of(text, sizeof(text) - 1);
	digest_write(&d, token);
	secret_wipe(text, sizeof(text));
	secret_wipe(&d, sizeof(d));
}

struct digest
session_token_digest(const char token[SESSION_TOKEN_SIZE])
{
	return digest_of(token, SESSION_TOKEN_SIZE - 1);
}

void
session_drop_key(struct session *s)
{
	s->sealed_key = s->key_request = (struct der){ 0 };
	s->files = 0;
}

static void
write_digest(struct buf *out, const char *name, const struct digest *d)
{
	char text[DIGEST_HEX_SIZE];

	digest_write(d, text);
	json_text(out, name, text);
}

static void
write_member(const struct session_member *m, struct buf *out)
{
	write_digest(out, "certificate", &m->certificate);
	json_text(out, "locale", m->locale);
	write_digest(out, "pass", &m->pass.mac);
	json_number(out, "pass_ends", m->pass.ends_at);
}

void
session_write(const struct session *s, struct buf *out)
{
	json_open(out, NULL, '{');
	json_number(out, "at", s->at);
	json_text(out, "user", s->user);
	json_flag(out, "replaces", s->replaces);
	json_flag(out, "operator", s->operator_);
	write_digest(out, "voucher", &s->voucher.mac);
	json_number(out, "voucher_ends", s->voucher.ends_at);
	json_number(out, "version", s->version);
	json_number(out, "began", s->began_at);
	json_flag(out, "sent", s->sent);
	json_flag(out, "failed", s->failed);
	json_number(out, "dies", s->dies_at);
	json_number(out, "again", s->again_at);
	json_text(out, "to", s->to != NULL ? s->to : "");
	if (s->issued.len > 0)
		json_bytes(out, "issued", s->issued.at, s->issued.len);
	if (s->sealed_key.len > 0) {
		json_bytes(out, "key", s->sealed_key.at, s->sealed_key.len);
		json_bytes(
		    out, "request", s->key_request.at, s->key_request.len);
		json_number(out, "files", s->files);
	}
	if (s->member.there)
		write_member(&s->member, out);
	json_close(out, '}');
}

/* In place; none where there is nothing. */
static bool
read_bytes(const struct json_value *text, struct der *out)
{
	size_t len;

	if (!text->there)
		return true;
	out->at = (unsigned char *)text->text;
	return b64_decode(text->text, text->len, false,
		   (unsigned char *)text->text, &len) &&
	       (out->len = len) > 0;
}

/* All of it is there, or nothing. */
static bool
read_member(const struct json_value *certificate,
    const struct json_value *locale, const struct json_value *pass,
    const struct json_value *ends, struct session_member *out)
{
	*out = (struct session_member){ .there = certificate->there,
		.locale = locale->text,
		.pass.ends_at = ends->integer };
	if (locale->there != out->there || pass->there != out->there ||
	    ends->there != out->there)
		return false;
	return !out->there ||
	       (digest_read(certificate->text, &out->certificate) &&
		   digest_read(pass->text, &out->pass.mac));
}

/* Of the member area are three steps, of the portal all but one. */
static bool
at_good(int64_t at, bool issued, bool member)
{
	if (at <= SESSION_NOTHING || at >= SESSION_STEPS ||
	    (at == SESSION_ISSUED) != issued)
		return false;
	return at == SESSION_CODE || at == SESSION_ISSUED ||
	       (at == SESSION_MEMBER || at == SESSION_OPERATOR) == member;
}

bool
session_read(char *text, size_t len, struct session *s)
{
	struct {
		struct json_value at, user, replaces, operator_, voucher, ends,
		    began, sent, failed, dies, again, to, issued, key, request,
		    files, certificate, version, locale, pass, pass_ends;
	} got = { 0 };
	const struct json_member members[] = {
		{ "at", JSON_INTEGER, .into = &got.at },
		{ "user", JSON_TEXT, .max = 64, .into = &got.user },
		{ "replaces", JSON_FLAG, .into = &got.replaces },
		{ "operator", JSON_FLAG, .into = &got.operator_ },
		{ "voucher", JSON_TEXT, .max = 64, .into = &got.voucher },
		{ "voucher_ends", JSON_INTEGER, .into = &got.ends },
		{ "began", JSON_INTEGER, .into = &got.began },
		{ "sent", JSON_FLAG, .into = &got.sent },
		{ "failed", JSON_FLAG, .into = &got.failed },
		{ "dies", JSON_INTEGER, .into = &got.dies },
		{ "again", JSON_INTEGER, .into = &got.again },
		{ "to", JSON_TEXT, .max = 64, .into = &got.to },
		{ "issued", JSON_TEXT, .max = SESSIONS_TEXT_MAX,
		    .optional = true, .into = &got.issued },
		{ "key", JSON_TEXT, .max = SESSIONS_TEXT_MAX, .optional = true,
		    .into = &got.key },
		{ "request", JSON_TEXT, .max = SESSIONS_TEXT_MAX,
		    .optional = true, .into = &got.request },
		{ "files", JSON_INTEGER, .optional = true, .into = &got.files },
		{ "certificate", JSON_TEXT, .max = 64, .optional = true,
		    .into = &got.certificate },
		{ "version", JSON_INTEGER, .optional = true,
		    .into = &got.version },
		{ "locale", JSON_TEXT, .max = 7, .optional = true,
		    .into = &got.locale },
		{ "pass", JSON_TEXT, .max = 64, .optional = true,
		    .into = &got.pass },
		{ "pass_ends", JSON_INTEGER, .optional = true,
		    .into = &got.pass_ends },
	};
	struct session_member member;
	struct json_fault fault;

	if (!json_read(text, len, members, sizeof(members) / sizeof(members[0]),
		&fault) ||
	    !read_member(&got.certificate, &got.locale, &got.pass,
		&got.pass_ends, &member) ||
	    !at_good(got.at.integer, got.issued.there, member.there))
		return false;
	*s = (struct session){ .at = (enum session_at)got.at.integer,
		.user = got.user.text,
		.replaces = got.replaces.flag,
		.operator_ = got.operator_.flag,
		.voucher.ends_at = got.ends.integer,
		.version = got.version.integer,
		.began_at = (time_t)got.began.integer,
		.sent = got.sent.flag,
		.failed = got.failed.flag,
		.dies_at = (time_t)got.dies.integer,
		.again_at = (time_t)got.again.integer,
		.to = got.to.text,
		.files = (unsigned)got.files.integer,
		.member = member };
	return read_bytes(&got.issued, &s->issued) &&
	       read_bytes(&got.key, &s->sealed_key) &&
	       read_bytes(&got.request, &s->key_request) &&
	       got.key.there == got.request.there &&
	       got.key.there == got.files.there && got.files.integer >= 0 &&
	       digest_read(got.voucher.text, &s->voucher.mac);
}
