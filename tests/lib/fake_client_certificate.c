#include "tests/lib/fake_client_certificate.h"

struct client_certificate fake_presented;

void
client_certificate_read(SSL *ssl, struct client_certificate *out)
{
	(void)ssl;
	*out = fake_presented;
}
