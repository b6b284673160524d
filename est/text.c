/*
 * No single line form suits all clients: libest needs lines of 64, strongSwan
 * 5.9.8 needs none. They are told apart without naming anyone: those that
 * need the unbroken line send no User-Agent.
 */
#include "est/text.h"

#include "base/xalloc.h"
#include "base/b64.h"

#include <stdlib.h>

static enum b64_lines
lines_for(const struct flow *f)
{
	switch (est_of(f)->shared->config->est.lines) {
	case CONFIG_LINES_64:
		return B64_LINES_64;
	case CONFIG_LINES_NONE:
		return B64_LINES_NONE;
	case CONFIG_LINES_AUTO:
		break;
	}
	if (flow_client_gone(f) || flow_header(f, "User-Agent") == NULL)
		return B64_LINES_NONE;
	return B64_LINES_64;
}

static char *
encode(const struct buf *der, enum b64_lines lines, size_t *len)
{
	char *text = xmalloc(b64_encoded_size(der->used, lines) + 1);

	*len = b64_encode(text, der->at, der->used, lines);
	return text;
}

void
text_make(const struct buf *der, struct est_text *out)
{
	out->lines = encode(der, B64_LINES_64, &out->lines_len);
	out->unbroken = encode(der, B64_LINES_NONE, &out->unbroken_len);
}

void
text_free(struct est_text *text)
{
	free(text->lines);
	free(text->unbroken);
	*text = (struct est_text){ 0 };
}

/* Some clients decode only what says that it is base64 (EST-085). */
static void
answer(struct flow *f, const char *type, const char *body, size_t len)
{
	flow_answer(f, type, body, len);
	flow_field(f, "Content-Transfer-Encoding", "base64");
}

void
text_answer(struct flow *f, const char *type, const struct est_text *text)
{
	if (lines_for(f) == B64_LINES_64)
		answer(f, type, text->lines, text->lines_len);
	else
		answer(f, type, text->unbroken, text->unbroken_len);
}

void
text_answer_der(struct flow *f, const char *type, const struct buf *der)
{
	enum b64_lines lines = lines_for(f);
	char *out =
	    arena_zero(f->arena, b64_encoded_size(der->used, lines) + 1);

	if (out != NULL) /* else the engine answers */
		answer(
		    f, type, out, b64_encode(out, der->at, der->used, lines));
}
