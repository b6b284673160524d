/*
 * secure_heap - where OpenSSL keeps private numbers, of keys that are read and
 * of handshakes: memory that is neither swapped out nor dumped, and wiped when
 * it is given back (I-11, T14).
 *
 * What does not fit is refused by OpenSSL, not put elsewhere.
 */
#ifndef PKI_SECURE_HEAP_H
#define PKI_SECURE_HEAP_H

/*
 * Before the first key is read, once in a process. `handshakes`: how many TLS
 * handshakes may be in work at the same time.
 */
void secure_heap_open(unsigned handshakes);

#endif
