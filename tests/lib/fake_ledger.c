#include "tests/lib/fake_ledger.h"

#include "base/loop.h"
#include "base/secret.h"
#include "pki/der.h"
#include "tests/lib/test.h"

#include <stdlib.h>
#include <stdio.h>
#include <string.h>

struct fake_ledger fake_ledger;

struct ledger {
	struct event_base *base;
};

struct job {
	struct call call;
	ledger_done_fn *done;
	void *arg;
};

struct ledger *
ledger_open(struct event_base *base, const char *conninfo)
{
	struct ledger *l = calloc(1, sizeof(*l));

	(void)conninfo;
	assert_non_null(l);
	l->base = base;
	return l;
}

void
ledger_close(struct ledger *l)
{
	free(l);
}

bool
ledger_up(const struct ledger *l)
{
	(void)l;
	return fake_ledger.up;
}

void
fake_ledger_reset(void)
{
	for (size_t i = 0; i < fake_ledger.rows; i++)
		free(fake_ledger.row[i]);
	memset(&fake_ledger, 0, sizeof(fake_ledger));
	fake_ledger.up = true;
	fake_ledger.role = FACTS_GENERAL;
}

static void
answer(void *arg)
{
	struct job *j = arg;

	if (!j->call.forgotten)
		j->done(j->arg);
	free(j);
}

static struct call *
later(struct ledger *l, ledger_done_fn *done, void *arg)
{
	struct job *j = calloc(1, sizeof(*j));

	assert_non_null(j);
	j->done = done;
	j->arg = arg;
	loop_after(l->base, 0, answer, j);
	return &j->call;
}

static bool
spend(unsigned *times)
{
	if (*times == 0)
		return false;
	(*times)--;
	return true;
}

static struct fake_row *
find(const struct serial *serial)
{
	for (size_t i = 0; i < fake_ledger.rows; i++) {
		if (serial_equal(&fake_ledger.row[i]->given.serial, serial))
			return fake_ledger.row[i];
	}
	return NULL;
}

static void
tell_current(struct ledger_fact *f, const struct fake_row *r)
{
	struct facts_certificate *c = &f->holder.current;

	*c = (struct facts_certificate){
		.exists = true,
		.account = f->account,
		.not_before = r->given.not_before,
		.not_after = r->given.not_after,
		.issued = true,
		.current = true,
	};
	c->serial = r->given.serial;
	c->key_identity = r->given.key_identity;
	snprintf(c->profile, sizeof(c->profile), "%s", r->given.profile);
	if (serial_equal(&f->presented, &c->serial))
		f->holder.presented = *c;
}

static void
tell_truth(struct ledger_fact *f)
{
	f->known = LEDGER_NEW;
	for (size_t i = 0; i < fake_ledger.rows; i++) {
		const struct fake_row *r = fake_ledger.row[i];

		if (r->given.account != f->account || r->abandoned)
			continue;
		if (!r->issued) {
			f->known = LEDGER_OPEN;
			return;
		}
		tell_current(f, r);
		if (!digest_equal(&r->given.csr_digest, &f->csr_digest))
			continue;
		f->known = LEDGER_ISSUED;
		memcpy(f->der, r->der, r->der_len);
		f->der_len = r->der_len;
	}
}

struct call *
ledger_ask_facts(struct ledger *l, struct ledger_fact **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	bool down = spend(&fake_ledger.facts_down);
	bool open = spend(&fake_ledger.open_for);

	fake_ledger.facts_asked++;
	if (count > fake_ledger.largest)
		fake_ledger.largest = count;
	for (size_t i = 0; i < count; i++) {
		struct ledger_fact *f = rows[i];

		for (size_t k = 0; k < i; k++) {
			if (rows[k]->account == f->account)
				fake_ledger.two_of_one_account = true;
		}
		f->rc = down ? DB_DOWN : DB_OK;
		memset(&f->holder, 0, sizeof(f->holder));
		f->holder.account.id = f->account;
		f->holder.account.version = 1;
		f->holder.account.role = fake_ledger.role;
		snprintf(f->holder.account.user_id,
		    sizeof(f->holder.account.user_id), "sample001");
		snprintf(f->holder.account.contract,
		    sizeof(f->holder.account.contract), "12345678");
		tell_truth(f);
		if (open)
			f->known = LEDGER_OPEN;
		else if (fake_ledger.known != LEDGER_NEW)
			f->known = fake_ledger.known;
	}
	return later(l, done, arg);
}

struct call *
ledger_reserve(struct ledger *l, struct ledger_reservation **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	bool down = spend(&fake_ledger.reserve_down);
	bool conflict = spend(&fake_ledger.reserve_conflict);

	fake_ledger.reserve_asked++;
	for (size_t i = 0; i < count; i++) {
		struct fake_row *r;

		rows[i]->rc = down ? DB_DOWN : DB_CONFLICT;
		if (down || conflict)
			continue;
		assert_null(find(&rows[i]->serial)); /* once alone (I-3) */
		assert_true(fake_ledger.rows < FAKE_LEDGER_ROWS);
		r = calloc(1, sizeof(*r));
		assert_non_null(r);
		r->given = *rows[i];
		fake_ledger.row[fake_ledger.rows++] = r;
		rows[i]->rc = DB_OK;
	}
	return later(l, done, arg);
}

/* The signed part of it is what was reserved. */
static void
check_bytes(const struct fake_row *r, const struct ledger_record *given)
{
	struct der rest = { given->der, given->der_len }, all, tbs;
	struct digest digest;

	assert_true(der_take(&rest, DER_SEQUENCE, &all));
	assert_true(der_take_whole(&all, DER_SEQUENCE, &tbs));
	digest = digest_of(tbs.at, tbs.len);
	assert_true(digest_equal(&digest, &r->given.tbs_digest));
	digest = digest_of(given->der, given->der_len);
	assert_true(digest_equal(&digest, &given->fingerprint));
}

static enum db_rc
record(const struct ledger_record *given)
{
	struct fake_row *r = find(&given->serial);

	assert_non_null(r); /* reserved before (I-2) */
	assert_false(r->issued);
	check_bytes(r, given);
	if (fake_ledger.abandon)
		r->abandoned = true;
	if (r->abandoned)
		return DB_NONE;
	r->issued = true;
	r->der_len = given->der_len;
	memcpy(r->der, given->der, given->der_len);
	fake_ledger.issued++;
	return DB_OK;
}

struct call *
ledger_record(struct ledger *l, struct ledger_record **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	bool down = spend(&fake_ledger.record_down);

	fake_ledger.record_asked++;
	if (fake_ledger.before_record != NULL)
		fake_ledger.before_record();
	for (size_t i = 0; i < count; i++)
		rows[i]->rc = down ? DB_DOWN : record(rows[i]);
	return later(l, done, arg);
}

struct call *
ledger_mark_installed(struct ledger *l, struct ledger_mark **rows, size_t count,
    ledger_done_fn *done, void *arg)
{
	bool down = spend(&fake_ledger.record_down);

	for (size_t i = 0; i < count; i++) {
		struct fake_row *r = find(&rows[i]->serial);
		struct digest digest = { { 0 } };

		if (r != NULL)
			digest = digest_of(r->der, r->der_len);
		rows[i]->rc = down ? DB_DOWN : DB_NONE;
		if (down || r == NULL || !r->issued ||
		    !digest_equal(&digest, &rows[i]->fingerprint))
			continue;
		r->installed = true;
		rows[i]->rc = DB_OK;
	}
	return later(l, done, arg);
}
