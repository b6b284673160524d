#include "policy/chain.h"

#include "base/buf.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

/* With its NUL: the key may serve other ends one day. */
static const char label[] = "koshin audit chain 1";

static void
add_number(struct buf *b, int64_t number)
{
	uint64_t bits = htobe64((uint64_t)number);

	buf_add(b, &bits, sizeof(bits));
}

static void
add_number_or_null(struct buf *b, bool there, int64_t number)
{
	buf_byte(b, there ? 1 : 0);
	add_number(b, there ? number : 0);
}

/* NULL, which no column here may be, is another value than "". */
static void
add_text(struct buf *b, const char *text)
{
	buf_byte(b, text != NULL ? 1 : 0);
	if (text == NULL)
		text = "";
	add_number(b, (int64_t)strlen(text));
	buf_text(b, text);
}

void
chain_write(
    struct buf *b, const struct chain_head *before, const struct chain_row *row)
{
	buf_add(b, label, sizeof(label));
	buf_add(b, &before->mac, sizeof(before->mac));
	add_number(b, before->position + 1);
	add_number(b, row->id);
	add_number_or_null(b, row->has_at, row->at_us);
	add_text(b, row->role);
	add_text(b, row->actor);
	add_text(b, row->action);
	add_text(b, row->object);
	add_number_or_null(b, row->has_account, row->account);
	add_text(b, row->details);
}

struct digest
chain_mac(const struct secret_key *key, const struct chain_head *before,
    const struct chain_row *row)
{
	struct digest mac;
	struct buf b;

	buf_init(&b, CHAIN_CEILING);
	chain_write(&b, before, row);
	if (!buf_ok(&b))
		abort(); /* no memory: a seal over less would be a lie */
	mac = digest_keyed(key, b.at, b.used);
	buf_free(&b);
	return mac;
}

bool
chain_fits(const struct secret_key *key, const struct chain_head *before,
    const struct chain_row *row, const struct digest *mac)
{
	struct digest made = chain_mac(key, before, row);

	return digest_equal(&made, mac);
}
