#include "db/redis_rights.h"

#include "base/digest.h"
#include "base/hex.h"
#include "db/redis_check.h"
#include "db/scripts.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define WORDS_MAX 48
#define WORD_SIZE 72 /* holds `#` and a digest */
#define SCRIPTS_MAX 11
#define PATTERNS_MAX 2

static const struct role {
	const char *user;
	const char *patterns[PATTERNS_MAX]; /* of its keys */
	const char *key;		    /* one of them */
	/* What its scripts call is what it may: no list beside them. */
	const char *scripts[SCRIPTS_MAX];
} roles[REDIS_ROLES] = {
	[REDIS_ROLE_AUTH] = { .user = "koshin_auth",
	    .patterns = { "~koshin:*" },
	    .key = "koshin:{a}:try",
	    .scripts = { scripts_probe, scripts_address, scripts_address_back,
		scripts_begin, scripts_settle, scripts_new_code, scripts_mailed,
		scripts_drop_code, scripts_spend, scripts_succeed,
		scripts_lift } },
	/* People who show a password, and what is lifted by the desk. */
	[REDIS_ROLE_OPERATOR] = { .user = "koshin_operator",
	    .patterns = { "~koshin:{*", "~koshin:epoch" },
	    .key = "koshin:{a}:try",
	    .scripts = { scripts_probe, scripts_begin, scripts_settle,
		scripts_lift, scripts_drop_code } },
	/* Each session has a name that nobody can guess, or list. */
	[REDIS_ROLE_FRONT] = { .user = "koshin_front",
	    .patterns = { "~koshin:session:*", "~koshin:epoch" },
	    .key = "koshin:session:a",
	    .scripts = { scripts_probe, scripts_session_get,
		scripts_session_put, scripts_session_drop } },
};

const char *
redis_role_user(enum redis_role role)
{
	return roles[role].user;
}

/* ---------------------------------------------------------------- commands */

/* What goes to Redis, in words. */
struct words {
	char room[WORDS_MAX][WORD_SIZE];
	const char *at[WORDS_MAX];
	int count;
};

static void
add(struct words *w, const char *word)
{
	assert(w->count < WORDS_MAX && strlen(word) < WORD_SIZE);
	snprintf(w->room[w->count], WORD_SIZE, "%s", word);
	w->at[w->count] = w->room[w->count];
	w->count++;
}

static void
add_command(struct words *w, const char *name, size_t len)
{
	char word[WORD_SIZE];

	assert(len < sizeof(word));
	for (size_t i = 0; i < len; i++)
		word[i] = (char)tolower((unsigned char)name[i]);
	word[len] = '\0';
	for (int i = 0; i < w->count; i++)
		if (strcmp(w->at[i], word) == 0)
			return;
	add(w, word);
}

/* What stands in it as redis.call('NAME'. */
static void
add_commands(struct words *w, const char *lua)
{
	static const char call[] = "redis.call('";

	while ((lua = strstr(lua, call)) != NULL) {
		lua += strlen(call);
		add_command(w, lua, strcspn(lua, "'"));
	}
}

static void
commands_of(const struct role *role, struct words *w)
{
	w->count = 0;
	for (size_t i = 0; i < SCRIPTS_MAX && role->scripts[i] != NULL; i++)
		add_commands(w, role->scripts[i]);
}

/* ------------------------------------------------------------------ asking */

/* EVAL of rights.lua by whoever is logged in. */
static bool
ask_rights(redisContext *c, const struct role *role, const char *user,
    struct fault *lacks, struct fault *more)
{
	struct words commands;
	const char *word[WORDS_MAX + 4] = { "EVAL", scripts_rights, "1",
		role->key };
	redisReply *reply;
	bool good;

	commands_of(role, &commands);
	memcpy(&word[4], commands.at,
	    (size_t)commands.count * sizeof(commands.at[0]));
	reply = redis_check_ask(c, 4 + commands.count, word, lacks);
	if (reply == NULL)
		return false;
	good = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
	       reply->element[0]->type == REDIS_REPLY_STRING &&
	       reply->element[1]->type == REDIS_REPLY_STRING;
	if (!good)
		fault_set(lacks, "Redis answers rights.lua with nonsense");
	else if (reply->element[0]->len > 0)
		good = fault_set(lacks,
		    "%s may not use %s; run `koshin init` again", user,
		    reply->element[0]->str);
	if (good)
		fault_set(more, "%s", reply->element[1]->str);
	freeReplyObject(reply);
	return good;
}

bool
redis_rights_check(const struct redis_options *o, enum redis_role role,
    struct fault *lacks, struct fault *more)
{
	redisContext *c = redis_check_open(o, lacks);
	bool good;

	more->text[0] = '\0';
	if (c == NULL)
		return false;
	good = ask_rights(c, &roles[role],
	    o->user != NULL ? o->user : "default", lacks, more);
	redisFree(c);
	return good;
}

void
redis_rights_nameless(const struct redis_options *o, struct fault *more)
{
	struct redis_options nameless = *o;
	struct fault refused;

	nameless.user = nameless.password = NULL;
	if (!redis_rights_check(&nameless, REDIS_ROLE_AUTH, &refused, more))
		more->text[0] = '\0';
}

/* ------------------------------------------------------------------ making */

/* The password's digest goes there, which is what Redis keeps, too. */
static void
rules_of(const struct role *role, const char *password, struct words *w)
{
	struct digest digest = digest_of(password, strlen(password));
	struct words commands;
	char word[WORD_SIZE] = "#";

	w->count = 0;
	add(w, "ACL");
	add(w, "SETUSER");
	add(w, role->user);
	/* Not its passwords: other instances may have others. */
	add(w, "on");
	add(w, "resetkeys");
	add(w, "resetchannels");
	add(w, "clearselectors");
	add(w, "-@all");
	hex_write(word + 1, &digest, sizeof(digest));
	add(w, word);
	for (size_t i = 0; i < PATTERNS_MAX && role->patterns[i] != NULL; i++)
		add(w, role->patterns[i]);
	add(w, "+eval");
	add(w, "+evalsha");
	commands_of(role, &commands);
	for (int i = 0; i < commands.count; i++) {
		snprintf(word, sizeof(word), "+%.60s", commands.at[i]);
		add(w, word);
	}
}

static bool
done(redisContext *c, int words, const char **word, struct fault *why)
{
	redisReply *reply = redis_check_ask(c, words, word, why);

	if (reply == NULL)
		return false;
	freeReplyObject(reply);
	return true;
}

/* Into the file of users where there is one, else into redis.conf. */
static bool
save(redisContext *c, struct fault *why)
{
	const char *users[] = { "ACL", "SAVE" };
	const char *all[] = { "CONFIG", "REWRITE" };
	struct fault reason;

	return done(c, 2, users, &reason) || done(c, 2, all, &reason) ||
	       fault_set(why,
		   "Redis will forget its users when it restarts: neither ACL "
		   "SAVE nor CONFIG REWRITE is possible (%.120s); give it an "
		   "aclfile",
		   reason.text);
}

bool
redis_rights_make(const struct redis_options *o, enum redis_role role,
    const char *password, struct fault *why)
{
	redisContext *c = redis_check_open(o, why);
	const char *whoami[] = { "ACL", "WHOAMI" };
	struct words rules;
	bool made;

	if (c == NULL)
		return false;
	rules_of(&roles[role], password, &rules);
	/* First what is short: who is nobody is told so then. */
	made = done(c, 2, whoami, why) && done(c, rules.count, rules.at, why) &&
	       save(c, why);
	redisFree(c);
	return made;
}
