/*
 * text - base64 bodies in the line form that the client can read (EST-084).
 */
#ifndef EST_TEXT_H
#define EST_TEXT_H

#include "base/buf.h"
#include "est/flow.h"

/* Both forms of a body that never changes. */
void text_make(const struct buf *der, struct front_text *out);
void text_free(struct front_text *);

/* Body of the flow's answer: one made before, or DER of this answer alone. */
void text_answer(struct flow *, const struct front_text *);
void text_answer_der(struct flow *, const struct buf *der);

#endif
