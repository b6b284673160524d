/*
 * request_mbedtls KIND - a certification request by Mbed TLS 2.28, which
 * writes NULL into ECDSA signatures (C-02).
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <string.h>

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context drbg;
static mbedtls_pk_context key;
static mbedtls_x509write_csr csr;

static int
new_key(const char *kind)
{
	mbedtls_ecp_group_id curve = MBEDTLS_ECP_DP_SECP256R1;

	if (strcmp(kind, "rsa2048") == 0)
		return mbedtls_pk_setup(
			   &key, mbedtls_pk_info_from_type(MBEDTLS_PK_RSA)) ||
		       mbedtls_rsa_gen_key(mbedtls_pk_rsa(key),
			   mbedtls_ctr_drbg_random, &drbg, 2048, 65537);
	if (strcmp(kind, "p384") == 0)
		curve = MBEDTLS_ECP_DP_SECP384R1;
	if (strcmp(kind, "p521") == 0)
		curve = MBEDTLS_ECP_DP_SECP521R1;
	if (strcmp(kind, "k256") == 0)
		curve = MBEDTLS_ECP_DP_SECP256K1;
	return mbedtls_pk_setup(
		   &key, mbedtls_pk_info_from_type(MBEDTLS_PK_ECKEY)) ||
	       mbedtls_ecp_gen_key(
		   curve, mbedtls_pk_ec(key), mbedtls_ctr_drbg_random, &drbg);
}

int
main(int argc, char **argv)
{
	unsigned char text[4096];

	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&drbg);
	mbedtls_pk_init(&key);
	mbedtls_x509write_csr_init(&csr);
	if (argc != 2 ||
	    mbedtls_ctr_drbg_seed(
		&drbg, mbedtls_entropy_func, &entropy, NULL, 0) != 0 ||
	    new_key(argv[1]) != 0)
		return 1;
	mbedtls_x509write_csr_set_key(&csr, &key);
	mbedtls_x509write_csr_set_md_alg(&csr, MBEDTLS_MD_SHA256);
	if (mbedtls_x509write_csr_set_subject_name(&csr, "CN=sample001") != 0 ||
	    mbedtls_x509write_csr_pem(
		&csr, text, sizeof(text), mbedtls_ctr_drbg_random, &drbg) != 0)
		return 1;
	return fputs((char *)text, stdout) < 0;
}
