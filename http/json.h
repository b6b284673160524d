/*
 * json - what a page asks, and what it is answered: JSON (RFC 8259), of which
 * little is taken. The reader knows flat objects whose members are named
 * beforehand: strings, whole numbers, true and false. Whatever else comes is
 * refused, because two readers that disagree are one too many: another name,
 * a name for the second time, anything nested, a string that is not UTF-8 or
 * holds a NUL, half of a surrogate pair, a number with a point or exponent.
 *
 *	struct json_value user, password;
 *	const struct json_member members[] = {
 *		{ "user", JSON_TEXT, .max = 255, .into = &user },
 *		{ "password", JSON_TEXT, .max = 1024, .into = &password },
 *	};
 *	if (!json_read(body, len, members, 2, &fault)) ...
 *
 * Owns:    nothing. Strings are decoded in place: they lie in the bytes that
 *          were read, live as long, and are wiped with them.
 * Waits:   never.
 * Fails:   json_read() by false and a struct json_fault; the writer by the
 *          buffer it writes to.
 * Threads: any.
 */
#ifndef HTTP_JSON_H
#define HTTP_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/must.h"

enum json_type {
	JSON_TEXT,
	JSON_INTEGER, /* of at most 15 digits, which every reader can hold */
	JSON_FLAG,    /* true or false */
};

struct json_value {
	bool there;
	char *text; /* JSON_TEXT, with a NUL that is not a part of it */
	size_t len;
	int64_t integer; /* JSON_INTEGER */
	bool flag;	 /* JSON_FLAG */
};

struct json_member {
	const char *name;
	enum json_type type;
	size_t max;    /* JSON_TEXT: bytes, decoded */
	bool optional; /* it may be missing; null is never taken */
	struct json_value *into;
};

struct json_fault {
	const char *field; /* one of `members`; NULL: the whole is at fault */
	const char *why;   /* a sentence, of constant text */
};

/*
 * One object and nothing behind it but white space. Each `into` is filled in
 * or emptied. After false `bytes` may have been changed, and nothing that was
 * filled in is to be used.
 */
MUST_CHECK bool json_read(char *bytes, size_t len,
    const struct json_member *members, size_t count, struct json_fault *);

/*
 * The writer: members one behind another, with commas where they belong.
 *
 *	json_open(&out, NULL, '{');
 *	json_text(&out, "user", user);
 *	json_close(&out, '}');
 *
 * `name` is NULL within a list. Texts are UTF-8 that was judged.
 */
void json_open(struct buf *, const char *name, char bracket);
void json_close(struct buf *, char bracket);
void json_text(struct buf *, const char *name, const char *text);
void json_number(struct buf *, const char *name, int64_t);
void json_flag(struct buf *, const char *name, bool);
/* As base64 with its padding (RFC 4648 4). */
void json_bytes(struct buf *, const char *name, const void *, size_t len);

#endif
