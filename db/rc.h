/*
 * rc - how a question to Redis, PostgreSQL or the issuer ended; one value per
 * reaction of the asker.
 */
#ifndef DB_RC_H
#define DB_RC_H

enum db_rc {
	DB_OK,
	DB_NONE,     /* there is no such row */
	DB_LIMIT,    /* as often as one may; nothing was changed */
	DB_REFUSED,  /* not for the one who asks, or not now */
	DB_SECOND,   /* a second operator has to confirm it (R-OPS-4) */
	DB_STATE,    /* not of what is in that state */
	DB_CONFLICT, /* somebody else was first; ask again to see what is */
	DB_DOWN,     /* unknown whether it happened; fail closed (I-9) */
};

#endif
