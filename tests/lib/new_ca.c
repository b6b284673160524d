#include "tests/lib/new_ca.h"

#include "pki/ca.h"
#include "tests/lib/test.h"

bool
new_ca(const char *folder, struct fault *why)
{
	static const char *const server_names[] = { "est.example", "127.0.0.1",
		"::1" };
	char root_key[256];
	struct ca_make order = {
		.folder = folder,
		.root_key = root_key,
		.name = "Koshin",
		.server_names = server_names,
		.server_name_count = COUNT(server_names),
		.issuer_url = "http://ca.example/root.cer",
		.crl_url = "http://ca.example/root.crl",
	};

	snprintf(root_key, sizeof(root_key), "%s/root.key", folder);
	return ca_make(&order, why);
}
