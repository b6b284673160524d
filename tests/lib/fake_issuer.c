#include "tests/lib/fake_issuer.h"

#include "tests/lib/fake_calls.h"

#include <string.h>

struct fake_issue fake_issue;

struct issuance {
	struct fake_call call; /* first */
	ipc_answer_fn *answer;
};

void
fake_issue_reset(void)
{
	static const unsigned char der[] = { 0x30, 0x03, 0x02, 0x01, 0x05 };

	memset(&fake_issue, 0, sizeof(fake_issue));
	fake_issue.answer.end = ISSUER_DONE;
	fake_issue.answer.der_len = sizeof(der);
	memcpy(fake_issue.answer.der, der, sizeof(der));
	memset(&fake_issue.answer.serial, 0x5e, SERIAL_SIZE);
}

static void
tell(struct fake_call *call, enum fake_end end)
{
	struct issuance *q = (struct issuance *)call;

	if (fake_issue.grant_key != NULL && fake_issue.asked.by_code)
		fake_issue.answer.receipt = grant_receipt(fake_issue.grant_key,
		    &fake_issue.asked.grant, &fake_issue.answer.serial);
	if (end != FAKE_DROPPED)
		q->answer(call->arg,
		    end == FAKE_ANSWERED ? &fake_issue.answer.head : NULL);
}

struct call *
issuer_ask(struct ipc_client *issue, const struct issuer_question *asked,
    int64_t limit_ms, ipc_answer_fn *answer, void *arg)
{
	struct issuance *q =
	    fake_call_new(sizeof(struct issuance), "issue", tell, arg);

	(void)issue;
	if (q == NULL)
		return NULL;
	q->answer = answer;
	fake_issue.asked = *asked;
	fake_issue.limit_ms = limit_ms;
	return &q->call.call;
}

/* Nobody waits for it. */
struct call *
issuer_mark_installed(struct ipc_client *issue, const struct serial *serial,
    const struct digest *fingerprint, int64_t limit_ms, ipc_answer_fn *answer,
    void *arg)
{
	(void)issue;
	(void)fingerprint;
	(void)limit_ms;
	(void)answer;
	(void)arg;
	fake_issue.marked++;
	fake_issue.installed = *serial;
	return NULL;
}
