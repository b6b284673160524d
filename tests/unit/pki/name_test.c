#include "pki/name.h"

#include "tests/lib/test.h"

#include <string.h>

static struct buf left, right;

static int
begin(void **state)
{
	(void)state;
	buf_init(&left, 8192);
	buf_init(&right, 8192);
	return 0;
}

static int
end(void **state)
{
	(void)state;
	buf_free(&left);
	buf_free(&right);
	return 0;
}

struct pair {
	unsigned char arc;
	int tag;
	const char *text;
	size_t len; /* 0: a C string */
};

static void
put_pair(struct buf *b, const struct pair *p)
{
	unsigned char oid[] = { 0x55, 0x04, p->arc };
	size_t mark = der_open(b, DER_SEQUENCE);

	der_put(b, DER_OID, oid, sizeof(oid));
	der_put(b, p->tag, p->text, p->len > 0 ? p->len : strlen(p->text));
	der_close(b, mark);
}

/* RDNs of one attribute each. */
static struct der
name(struct buf *b, const struct pair *pairs, size_t count)
{
	size_t all, one;

	buf_clear(b);
	all = der_open(b, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		one = der_open(b, DER_SET);
		put_pair(b, &pairs[i]);
		der_close(b, one);
	}
	der_close(b, all);
	assert_true(buf_ok(b));
	return (struct der){ (unsigned char *)b->at, b->used };
}

static bool
same(struct pair a, struct pair b)
{
	struct der x = name(&left, &a, 1), y = name(&right, &b, 1);

	assert_int_equal(name_equal(&x, &y), name_equal(&y, &x));
	return name_equal(&x, &y);
}

#define UTF8 DER_UTF8_STRING
#define PRINTABLE DER_PRINTABLE_STRING

static void
EST_184_string_types_are_folded(void **state)
{
	(void)state;
	assert_true(same((struct pair){ 3, UTF8, "sample001", 0 },
	    (struct pair){ 3, PRINTABLE, "sample001", 0 }));
	assert_true(same((struct pair){ 3, UTF8, "\xc3\xa4", 0 },
	    (struct pair){ 3, DER_T61_STRING, "\xe4", 0 }));
	assert_true(same((struct pair){ 3, UTF8, "\xe6\x9b\xb4", 0 },
	    (struct pair){ 3, DER_BMP_STRING, "\x66\xf4", 2 }));
	assert_false(same((struct pair){ 3, UTF8, "sample001", 0 },
	    (struct pair){ 3, UTF8, "sample002", 0 }));
	assert_false(same((struct pair){ 3, UTF8, "a", 0 },
	    (struct pair){ 4, UTF8, "a", 0 }));
}

static void
EST_184_case_and_spaces_do_not_count(void **state)
{
	(void)state;
	assert_true(same((struct pair){ 3, UTF8, "Sample 001", 0 },
	    (struct pair){ 3, UTF8, "  SAMPLE   001 ", 0 }));
	assert_false(same((struct pair){ 3, UTF8, "sample001", 0 },
	    (struct pair){ 3, UTF8, "sample 001", 0 }));
	assert_false(same((struct pair){ 3, UTF8, "a", 0 },
	    (struct pair){ 3, UTF8, "a b", 0 }));
	assert_true(same((struct pair){ 3, UTF8, "  ", 0 },
	    (struct pair){ 3, UTF8, " ", 0 }));
}

static void
S_13_broken_strings_equal_nothing(void **state)
{
	static const struct pair broken[] = {
		{ 3, UTF8, "\xc3\x28", 0 },
		{ 3, UTF8, "\xc3", 0 },
		{ 3, UTF8, "\xc0\xaf", 0 },
		{ 3, UTF8, "\xe0\x80\x80", 0 },
		{ 3, UTF8, "\xff", 0 },
		{ 3, DER_BMP_STRING, "\0a\0", 3 },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(broken); i++)
		assert_false(same(broken[i], broken[i]));
}

static void
EST_184_order_of_rdns_counts(void **state)
{
	static const struct pair one[] = { { 10, UTF8, "o", 0 },
		{ 3, UTF8, "c", 0 } };
	static const struct pair other[] = { { 3, UTF8, "c", 0 },
		{ 10, UTF8, "o", 0 } };
	struct der a = name(&left, one, 2), b = name(&right, other, 2);

	(void)state;
	assert_false(name_equal(&a, &b));
	assert_true(name_equal(&a, &a));
	b = name(&right, one, 1);
	assert_false(name_equal(&a, &b));
	assert_false(name_equal(&b, &a));
}

/* One RDN of two attributes; DER sorts by the encoding, so types move. */
static struct der
multi(struct buf *b, const struct pair *first, const struct pair *second)
{
	size_t all, one;

	buf_clear(b);
	all = der_open(b, DER_SEQUENCE);
	one = der_open(b, DER_SET);
	put_pair(b, first);
	put_pair(b, second);
	der_close(b, one);
	der_close(b, all);
	return (struct der){ (unsigned char *)b->at, b->used };
}

static void
EST_184_order_within_an_rdn_does_not(void **state)
{
	const struct pair c = { 3, UTF8, "c", 0 }, o = { 10, UTF8, "o", 0 };
	struct der a = multi(&left, &c, &o), b = multi(&right, &o, &c);

	(void)state;
	assert_true(name_equal(&a, &b));
	b = multi(&right, &o, &o);
	assert_false(name_equal(&a, &b));
	assert_false(name_equal(&b, &a));
}

static struct der
names(struct buf *b, const char *const *texts, const int *tags, size_t count)
{
	size_t all;

	buf_clear(b);
	all = der_open(b, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		der_put(b, tags[i], texts[i], strlen(texts[i]));
	der_close(b, all);
	return (struct der){ (unsigned char *)b->at, b->used };
}

#define EMAIL DER_CONTEXT(1)
#define DNS DER_CONTEXT(2)
#define URL DER_CONTEXT(6)

static bool
sets(const char *a, int tag_a, const char *b, int tag_b)
{
	struct der x = names(&left, &a, &tag_a, 1);
	struct der y = names(&right, &b, &tag_b, 1);

	return name_general_equal(&x, &y);
}

static void
EST_184_alternative_names_are_a_set(void **state)
{
	static const char *const one[] = { "a.example", "me@EXAMPLE.com" };
	static const int tags[] = { DNS, EMAIL };
	static const char *const other[] = { "me@example.COM", "A.EXAMPLE" };
	static const int turned[] = { EMAIL, DNS };
	struct der a = names(&left, one, tags, 2);
	struct der b = names(&right, other, turned, 2), none = { NULL, 0 };

	(void)state;
	assert_true(name_general_equal(&a, &b));
	assert_true(name_general_equal(&none, &none));
	assert_false(name_general_equal(&a, &none));
	assert_false(name_general_equal(&none, &a));
	b = names(&right, other, turned, 1);
	assert_false(name_general_equal(&a, &b));
	assert_false(name_general_equal(&b, &a));
}

static void
EST_184_what_counts_in_an_alternative_name(void **state)
{
	(void)state;
	assert_false(sets("a", DNS, "a", EMAIL));
	assert_false(sets("Me@example.com", EMAIL, "me@example.com", EMAIL));
	assert_true(sets("me@Example.com", EMAIL, "me@example.com", EMAIL));
	assert_false(sets("http://a/B", URL, "http://a/b", URL));
	assert_false(sets("a.example", DNS, "b.example", DNS));
}

static void
S_16_too_many_names_equal_nothing(void **state)
{
	const char *texts[NAME_GENERAL_MAX + 1];
	int tags[NAME_GENERAL_MAX + 1];
	struct der a, b;

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		texts[i] = "a";
		tags[i] = DNS;
	}
	a = names(&left, texts, tags, NAME_GENERAL_MAX);
	b = names(&right, texts, tags, NAME_GENERAL_MAX);
	assert_true(name_general_equal(&a, &b));
	a = names(&left, texts, tags, NAME_GENERAL_MAX + 1);
	assert_false(name_general_equal(&a, &a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(EST_184_string_types_are_folded),
		cmocka_unit_test(EST_184_case_and_spaces_do_not_count),
		cmocka_unit_test(S_13_broken_strings_equal_nothing),
		cmocka_unit_test(EST_184_order_of_rdns_counts),
		cmocka_unit_test(EST_184_order_within_an_rdn_does_not),
		cmocka_unit_test(EST_184_alternative_names_are_a_set),
		cmocka_unit_test(EST_184_what_counts_in_an_alternative_name),
		cmocka_unit_test(S_16_too_many_names_equal_nothing),
	};

	return cmocka_run_group_tests(tests, begin, end);
}
