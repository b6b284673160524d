#include "tests/lib/fake_presented.h"

struct presented fake_presented;

void
presented_read(SSL *ssl, struct presented *out)
{
	(void)ssl;
	*out = fake_presented;
}
