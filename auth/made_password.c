#include "auth/made_password.h"

#include "base/secret.h"

static void
make(char *out, unsigned len)
{
	static const char letters[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"
				      "abcdefghijkmnopqrstuvwxyz";
	static const char all[] = "ABCDEFGHJKLMNPQRSTUVWXYZ"
				  "abcdefghijkmnopqrstuvwxyz"
				  "23456789"
				  "!#%+-=?@";

	out[0] = letters[secret_random_below(sizeof(letters) - 1)];
	for (unsigned i = 1; i < len; i++)
		out[i] = all[secret_random_below(sizeof(all) - 1)];
	out[len] = '\0';
}

void
made_password(const struct input_policy *policy, char out[MADE_PASSWORD_SIZE])
{
	unsigned len = policy->password_max;

	if (len > MADE_PASSWORD_MAX)
		len = policy->password_min > MADE_PASSWORD_MAX
			  ? policy->password_min
			  : MADE_PASSWORD_MAX;
	do
		make(out, len);
	while (input_password(policy, out, len) != NULL);
}

void
made_password_initial(char out[INPUT_INITIAL_PASSWORD + 1])
{
	do
		make(out, INPUT_INITIAL_PASSWORD);
	while (input_initial_password(out, INPUT_INITIAL_PASSWORD) != NULL);
}
