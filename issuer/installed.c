#include "issuer/installed.h"

#include "base/share.h"
#include "db/ledger.h"

#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

struct mark {
	LIST_ENTRY(mark) link;
	struct installed *of;
	void *asker;
	struct issuer_installed_question ask;
	struct ledger_mark row;
	struct call *call;
};

struct installed {
	struct ledger *ledger;
	installed_answer_fn *answer;
	struct share *room;
	LIST_HEAD(, mark) open;
};

struct installed *
installed_new(struct ledger *ledger, installed_answer_fn *answer)
{
	struct installed *i = calloc(1, sizeof(*i));

	if (i == NULL)
		return NULL;
	i->ledger = ledger;
	i->answer = answer;
	LIST_INIT(&i->open);
	i->room = share_new(INSTALLED_OPEN_MAX);
	if (i->room != NULL)
		return i;
	free(i);
	return NULL;
}

static void
end(struct mark *m)
{
	LIST_REMOVE(m, link);
	share_give(m->of->room, m->asker);
	free(m);
}

void
installed_free(struct installed *i)
{
	struct mark *m;

	if (i == NULL)
		return;
	while ((m = LIST_FIRST(&i->open)) != NULL) {
		call_forget(m->call);
		end(m);
	}
	share_free(i->room);
	free(i);
}

struct issuer_installed_answer
installed_reply(
    const struct issuer_installed_question *ask, enum issuer_end how)
{
	struct issuer_installed_answer answer;

	memset(&answer, 0, sizeof(answer));
	answer.head.kind = ISSUER_KIND_INSTALLED;
	answer.head.id = ask->head.id;
	answer.end = how;
	return answer;
}

static void
on_marked(void *arg)
{
	struct mark *m = arg;
	struct issuer_installed_answer answer =
	    installed_reply(&m->ask, m->row.rc == DB_OK	    ? ISSUER_DONE
				     : m->row.rc == DB_NONE ? ISSUER_REFUSED
							    : ISSUER_DOWN);
	struct installed *i = m->of;
	void *asker = m->asker;

	end(m);
	i->answer(asker, &answer);
}

bool
installed_add(struct installed *i, const struct issuer_installed_question *ask,
    void *asker)
{
	struct ledger_mark *row;
	struct mark *m;

	if (!ledger_up(i->ledger) || !share_take(i->room, asker))
		return false;
	m = calloc(1, sizeof(*m));
	if (m == NULL) {
		share_give(i->room, asker);
		return false;
	}
	*m = (struct mark){ .of = i,
		.asker = asker,
		.ask = *ask,
		.row = {
		    .serial = ask->serial, .fingerprint = ask->fingerprint } };
	LIST_INSERT_HEAD(&i->open, m, link);
	row = &m->row;
	m->call = ledger_mark_installed(i->ledger, &row, 1, on_marked, m);
	if (m->call != NULL)
		return true;
	end(m);
	return false;
}
