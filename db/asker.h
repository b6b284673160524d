/*
 * asker - who waits for the answer of a question, and for what: kept with the
 * question by db/pg and db/redis, for a module that answers in a type of its
 * own.
 *
 *	static void
 *	on_key(const struct db_asker *a, enum db_rc rc, const PGresult *row)
 *	{
 *		((accounts_key_fn *)a->heard)(
 *		    a->arg, rc, rc == DB_OK && pg_get_bool(row, 0, 0));
 *	}
 *
 * Such a function is not called for a question that was forgotten, and there
 * is nothing to free in it.
 */
#ifndef DB_ASKER_H
#define DB_ASKER_H

struct db_asker {
	void *module;	     /* whom it was asked through, e.g. accounts */
	void (*heard)(void); /* the asker's function, cast */
	void *arg;	     /* the asker's */
};

#define DB_ASKER(module, heard, arg)                                           \
	((struct db_asker){ (module), (void (*)(void))(heard), (arg) })

#endif
