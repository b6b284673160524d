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

/* RFC 6265 4.2.1: pairs with `; ` between. Of two of that name, which no
 * browser sends, the first is taken. */
bool
session_find_id(const char *cookies, char id[SESSION_ID_SIZE])
{
	static const char name[] = SESSION_COOKIE "=";
	unsigned char bytes[ID_BYTES];
	const char *at = cookies;

	while (at != NULL && strncmp(at, name, sizeof(name) - 1) != 0) {
		at = strchr(at, ';');
		if (at != NULL)
			at += 1 + strspn(at + 1, " ");
	}
	if (at == NULL)
		return false;
	at += sizeof(name) - 1;
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
session_write(const struct session *s, struct buf *out)
{
	char mac[DIGEST_HEX_SIZE];

	digest_write(&s->voucher.mac, mac);
	json_open(out, NULL, '{');
	json_number(out, "at", s->at);
	json_text(out, "user", s->user);
	json_flag(out, "replaces", s->replaces);
	json_text(out, "voucher", mac);
	json_number(out, "voucher_ends", s->voucher.ends_at);
	json_number(out, "began", s->began_at);
	json_flag(out, "sent", s->sent);
	json_flag(out, "failed", s->failed);
	json_number(out, "dies", s->dies_at);
	json_number(out, "again", s->again_at);
	json_text(out, "to", s->to != NULL ? s->to : "");
	if (s->issued.len > 0)
		json_bytes(out, "issued", s->issued.at, s->issued.len);
	json_close(out, '}');
}

/* In place; none where there is nothing. */
static bool
read_certificate(const struct json_value *text, struct der *out)
{
	size_t len;

	if (!text->there)
		return true;
	out->at = (unsigned char *)text->text;
	return b64_decode(text->text, text->len, false,
		   (unsigned char *)text->text, &len) &&
	       (out->len = len) > 0;
}

bool
session_read(char *text, size_t len, struct session *s)
{
	struct {
		struct json_value at, user, replaces, voucher, ends, began,
		    sent, failed, dies, again, to, issued;
	} got = { 0 };
	const struct json_member members[] = {
		{ "at", JSON_INTEGER, .into = &got.at },
		{ "user", JSON_TEXT, .max = 64, .into = &got.user },
		{ "replaces", JSON_FLAG, .into = &got.replaces },
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
	};
	struct json_fault fault;

	if (!json_read(text, len, members, sizeof(members) / sizeof(members[0]),
		&fault) ||
	    got.at.integer <= SESSION_NOTHING ||
	    got.at.integer >= SESSION_STEPS ||
	    (got.at.integer == SESSION_ISSUED) != got.issued.there)
		return false;
	*s = (struct session){ .at = (enum session_at)got.at.integer,
		.user = got.user.text,
		.replaces = got.replaces.flag,
		.voucher.ends_at = got.ends.integer,
		.began_at = (time_t)got.began.integer,
		.sent = got.sent.flag,
		.failed = got.failed.flag,
		.dies_at = (time_t)got.dies.integer,
		.again_at = (time_t)got.again.integer,
		.to = got.to.text };
	return read_certificate(&got.issued, &s->issued) &&
	       digest_read(got.voucher.text, &s->voucher.mac);
}
