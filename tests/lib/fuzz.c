#include "tests/lib/fuzz.h"

#include "tests/lib/test.h"

#include <stdlib.h>
#include <string.h>

/* Xorshift; from where it begins is no matter. */
uint32_t
fuzz_below(uint32_t n)
{
	static uint64_t seed = 0x9e3779b97f4a7c15u;

	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (uint32_t)(seed >> 32) % n;
}

unsigned char
fuzz_byte(void)
{
	static const unsigned char edges[] = { 0, 1, 2, 3, 0x7f, 0x80, 0xff };

	return edges[fuzz_below(sizeof(edges))];
}

void *
fuzz_copy(const void *message, size_t len)
{
	void *copy = malloc(len > 0 ? len : 1);

	assert_non_null(copy);
	memcpy(copy, message, len);
	return copy;
}
