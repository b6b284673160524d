#include "issuer/ask.h"

#include "base/believe.h"

#include <string.h>

bool
issuer_answer_good(const struct ipc_head *head, size_t bytes)
{
	const struct issuer_answer *a = (const struct issuer_answer *)head;
	const struct issuer_installed_answer *i =
	    (const struct issuer_installed_answer *)head;

	if (bytes >= sizeof(*head) && head->kind == ISSUER_KIND_INSTALLED)
		return bytes == sizeof(*i) && (unsigned)i->end <= ISSUER_DOWN;
	return bytes >= offsetof(struct issuer_answer, der) &&
	       a->der_len <= sizeof(a->der) &&
	       bytes == ISSUER_ANSWER_BYTES(a) &&
	       (unsigned)a->end <= ISSUER_DOWN && believe_flag(&a->again) &&
	       decision_good(&a->decision);
}

struct ipc_client *
issuer_open(struct event_base *base, const char *socket_path)
{
	return ipc_client_open(&(struct ipc_client_options){
	    .base = base,
	    .path = socket_path,
	    .name = "issuer",
	    .version = ISSUER_ASK_VERSION,
	    .answer_size = sizeof(struct issuer_answer),
	    .answer_good = issuer_answer_good,
	});
}

struct call *
issuer_ask(struct ipc_client *issuer, const struct issuer_question *ask,
    int64_t limit_ms, ipc_answer_fn *answer, void *arg)
{
	return ipc_ask(
	    issuer, &ask->head, ISSUER_ASK_BYTES(ask), limit_ms, answer, arg);
}

struct call *
issuer_mark_installed(struct ipc_client *issuer, const struct serial *serial,
    const struct digest *fingerprint, int64_t limit_ms, ipc_answer_fn *answer,
    void *arg)
{
	struct issuer_installed_question ask;

	memset(&ask, 0, sizeof(ask));
	ask.head.kind = ISSUER_KIND_INSTALLED;
	ask.serial = *serial;
	ask.fingerprint = *fingerprint;
	return ipc_ask(issuer, &ask.head, sizeof(ask), limit_ms, answer, arg);
}
