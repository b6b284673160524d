/*
 * text - base64 bodies in the line form that the client can read (EST-084).
 */
#ifndef EST_TEXT_H
#define EST_TEXT_H

#include "base/buf.h"
#include "est/est.h"

/* Both forms of a body that never changes. */
void text_make(const struct buf *der, struct est_text *out);
void text_free(struct est_text *); /* leaves it empty */

/* Body of the flow's answer: one made before, or DER of this answer alone. */
void text_answer(struct flow *, const char *type, const struct est_text *);
void text_answer_der(struct flow *, const char *type, const struct buf *der);

#endif
