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
	switch (f->front->shared->config->est.lines) {
	case CONFIG_LINES_64:
		return B64_LINES_64;
	case CONFIG_LINES_NONE:
		return B64_LINES_NONE;
	case CONFIG_LINES_AUTO:
		break;
	}
	if (f->request == NULL ||
	    evhtp_header_find(f->request->headers_in, "User-Agent") == NULL)
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
text_make(const struct buf *der, struct front_text *out)
{
	out->lines = encode(der, B64_LINES_64, &out->lines_len);
	out->unbroken = encode(der, B64_LINES_NONE, &out->unbroken_len);
}

void
text_free(struct front_text *text)
{
	free(text->lines);
	free(text->unbroken);
	*text = (struct front_text){ 0 };
}

void
text_answer(struct flow *f, const struct front_text *text)
{
	bool lines = lines_for(f) == B64_LINES_64;

	f->base64 = true;
	f->body = lines ? text->lines : text->unbroken;
	f->body_len = lines ? text->lines_len : text->unbroken_len;
}

void
text_answer_der(struct flow *f, const struct buf *der)
{
	enum b64_lines lines = lines_for(f);
	char *out =
	    arena_zero(f->arena, b64_encoded_size(der->used, lines) + 1);

	f->base64 = true;
	f->body_len = b64_encode(out, der->at, der->used, lines);
	f->body = out;
}
