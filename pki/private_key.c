#include "pki/private_key.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <string.h>

struct answer {
	const char *password;
	bool asked;
};

static int
on_password(char *out, int size, int writing, void *arg)
{
	struct answer *answer = arg;
	size_t len;

	(void)writing;
	answer->asked = true;
	if (answer->password == NULL)
		return -1;
	len = strlen(answer->password);
	if (len > (size_t)size)
		return -1;
	memcpy(out, answer->password, len);
	return (int)len;
}

EVP_PKEY *
private_key_read(
    const char *pem, size_t len, const char *password, bool *encrypted)
{
	struct answer answer = { password, false };
	BIO *bio = BIO_new_mem_buf(pem, (int)len);
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, on_password, &answer);
	BIO_free(bio);
	ERR_clear_error();
	if (encrypted != NULL)
		*encrypted = answer.asked;
	return key;
}
