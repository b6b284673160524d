/*
 * client_key - lets OpenSSL 3.0 and 3.1 decode the EC key of a certificate that
 * a client shows without their search for a decoder, which takes longer than
 * everything else that is done with it (docs/decisions/0033).
 */
#ifndef HTTP_CLIENT_KEY_H
#define HTTP_CLIENT_KEY_H

/*
 * For this process, from now on; again is nothing. OpenSSL then makes no EC key
 * by the name "EC" any more; nobody here does. Where it is a newer one, or has
 * no such door, everything stays as it is.
 */
void client_key_decode_directly(void);

#endif
