#include "tests/lib/flow_world.h"

#include "auth/ladder.h"
#include "base/password.h"
#include "base/secret.h"
#include "base/clock.h"
#include "base/rate.h"
#include "http/engine.h"
#include "tests/lib/fake_ipc.h"
#include "pki/key.h"
#include "tests/lib/request.h"

#include <ctype.h>
#include <event2/buffer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_S 86400

struct config world_config;
struct est world_est;
struct secret_key world_code_key;
const struct secret_key world_grant_key = { { 0x67 } };

static struct est_shared shared;
static struct ladder *ladder;
static struct engine *engine;
static struct profile profiles[2];
static unsigned char subject[256]; /* of the certificate shown */
static evhtp_request_t *live;	   /* NULL: the client has gone */
static bool gone;
static bool body_wiped;

static void
make_account(void)
{
	struct facts_account *a = &fake_accounts.holder.account;

	a->id = WORLD_ACCOUNT;
	snprintf(a->user_id, sizeof(a->user_id), WORLD_USER);
	snprintf(a->password_hash, sizeof(a->password_hash), WORLD_PASSWORD);
	a->role = FACTS_GENERAL;
	a->state = FACTS_ACTIVE;
}

static bool
take(void *arg, struct ipc_client *door, const struct ipc_head *question,
    size_t bytes)
{
	return ladder_take(arg, door, question, bytes);
}

static void
answer(void *door, struct ipc_head *message, size_t bytes)
{
	fake_ipc_answer(door, message, bytes);
}

/* The real one, in this process; what it asks are fakes. */
static struct ipc_client *
make_auth(void)
{
	static struct password_costs costs;
	static char redis, postgres;

	memset(&world_code_key, 0x6b, sizeof(world_code_key));
	ladder = ladder_open(&(struct ladder_options){
	    .attempts = (void *)&redis,
	    .accounts = (void *)&postgres,
	    .costs = &costs,
	    .code_key = &world_code_key,
	    .grant_key = &world_grant_key,
	    .code = &world_config.policy.code,
	    .input = &world_config.policy.input,
	    .profiles = world_config.profiles,
	    .profiles_count = world_config.profiles_count,
	    .answer = answer,
	});
	fake_ipc_to(take, ladder);
	return auth_connect(NULL, "auth.sock");
}

static void
make_door(void)
{
	static char body[] = "MAA=";

	profiles[0] = profile_person();
	profiles[1] = profile_device();
	world_config = (struct config){
		.profiles = profiles,
		.profiles_count = 2,
		.est = { .pem_bodies = true, .request_s = 10 },
		.policy = { .input = { 8, 12 },
		    .code = { .life_s = 1800,
			.resend_after_s = 300,
			.spacing_s = 60,
			.per_hour = 5 } },
	};
	shared = (struct est_shared){ .config = &world_config,
		.cacerts = { body, 4, body, 4 } };
	shared.csrattrs = calloc(2, sizeof(*shared.csrattrs));
	assert_non_null(shared.csrattrs);
	shared.csrattrs[0] = shared.csrattrs[1] = shared.cacerts;
	world_est = (struct est){ .shared = &shared,
		.auth = make_auth(),
		.per_certificate = rate_new(WORLD_RENEWALS) };
	engine = engine_new(NULL, (int64_t)world_config.est.request_s * 1000);
	engine_mount(engine, &est_door, &world_est);
}

void
world_owns_key(void)
{
	static const struct make_csr any = { .common_name = WORLD_USER };
	const unsigned char *spki;
	size_t len;

	make_csr(&any); /* one key for all */
	spki = make_csr_key(&len);
	shared.own.identity[0] = key_identity(&(struct der){ spki, len });
	shared.own.count = 1;
}

int
world_begin(void **state)
{
	(void)state;
	assert_true(clock_zone("Asia/Tokyo"));
	fake_clock_set(FAKE_CLOCK_START);
	fake_calls_reset();
	fake_attempts_reset();
	fake_accounts_reset();
	fake_issue_reset();
	fake_issue.grant_key = &world_grant_key;
	fake_pool_reset();
	fake_gate_reset();
	fake_log_reset();
	fake_presented = (struct client_certificate){ .exists = false };
	make_door();
	make_account();
	return 0;
}

int
world_end(void **state)
{
	(void)state;
	engine_free(engine);
	ladder_close(ladder);
	rate_free(world_est.per_certificate);
	ipc_client_close(world_est.auth);
	free(shared.csrattrs);
	make_csr_end();
	return 0;
}

/* --------------------------------------------------------------- sending */

/* As the gate does it: `gone`, and then the request is dead; never after its
 * answer. */
static void
leave(void)
{
	evhtp_request_t *r = live;
	struct gate_calls calls;

	if (fake_gate.replies > 0)
		return;
	live = NULL;
	gone = true;
	calls = engine_calls(engine);
	calls.gone(r, calls.arg);
	request_free(r);
}

static htp_method
method_of(const struct world_request *w)
{
	const char *name = w->get ? "GET" : w->head ? "HEAD" : "POST";
	int m;

	if (w->method != NULL)
		name = w->method;
	for (m = 0; m < htp_method_UNKNOWN; m++)
		if (strcmp(htparser_get_methodstr_m((htp_method)m), name) == 0)
			break;
	return (htp_method)m;
}

static evhtp_request_t *
make_request(const struct world_request *w, char *path)
{
	static const struct make_csr usual = { .common_name = WORLD_USER };
	evhtp_request_t *r = request_new(method_of(w), path);
	const char *body = w->body != NULL ? w->body : make_csr(&usual);

	if (w->basic != NULL)
		request_basic(r, w->basic);
	if (w->authorization != NULL)
		request_field(r, "authorization", w->authorization);
	if (w->second != NULL)
		request_field(r, "Authorization", w->second);
	if (w->media_type == NULL)
		request_field(r, "Content-Type", "application/pkcs10");
	else if (w->media_type[0] != '\0')
		request_field(r, "Content-Type", w->media_type);
	if (w->user_agent != NULL)
		request_field(r, "User-Agent", w->user_agent);
	request_body(r, body, strlen(body));
	return r;
}

static bool
all_zero(struct evbuffer *b)
{
	size_t i, len = evbuffer_get_length(b);
	const unsigned char *at = evbuffer_pullup(b, -1);

	for (i = 0; i < len; i++)
		if (at[i] != 0)
			return false;
	return true;
}

/* The code by itself: six digits in a row stand in hexadecimal by chance. */
static bool
tells_code(const char *log)
{
	const char *at = log;

	while ((at = strstr(at, WORLD_CODE)) != NULL) {
		const char *behind = at + strlen(WORLD_CODE);

		if (!isxdigit((unsigned char)at[-1]) &&
		    !isxdigit((unsigned char)*behind))
			return true;
		at = behind;
	}
	return false;
}

static void
hold_promises(void)
{
	const char *log = fake_log_last();

	assert_int_equal(fake_gate.replies, gone ? 0 : 1);
	assert_int_equal(fake_log_lines(), 1);
	assert_int_equal(fake_calls_open(), 0);
	assert_int_equal(engine_in_work(engine), 0);
	assert_int_equal(fake_loop_timers(), 0);
	assert_non_null(strstr(log, " request req="));
	assert_null(strstr(log, WORLD_PASSWORD));
	assert_false(tells_code(log));
	if (!gone)
		assert_null(strstr(fake_gate.bytes, WORLD_PASSWORD));
}

void
world_send(const struct world_request *w)
{
	struct gate_calls calls = engine_calls(engine);
	char path[512];

	snprintf(
	    path, sizeof(path), "%s", w->path == NULL ? WORLD_ENROLL : w->path);
	fake_gate_reset();
	fake_log_reset();
	fake_calls_reset();
	if (w->fault != FAKE_NO_FAULT)
		fake_calls_fault(w->at, w->fault, leave);
	gone = false;
	live = make_request(w, path);
	if (w->during != NULL)
		w->during(true);
	calls.request(live, calls.arg);
	fake_calls_pump();
	if (w->during != NULL)
		w->during(false);
	if (live != NULL) {
		body_wiped = all_zero(live->buffer_in);
		request_free(live);
	}
	hold_promises();
}

/* ---------------------------------------------------------- certificates */

void
world_has_certificate(int days)
{
	struct facts_certificate *c = &fake_accounts.holder.current;

	*c = (struct facts_certificate){ .exists = true,
		.account = WORLD_ACCOUNT,
		.serial = { { 1 } },
		.not_before = clock_now() - DAY_S,
		.not_after = clock_now() + (time_t)days * DAY_S,
		.issued = true,
		.current = true,
		.key_identity = { { 2 } } };
	snprintf(c->profile, sizeof(c->profile), "%s",
	    fake_accounts.holder.account.role == FACTS_DEVICE ? "device"
							      : "person");
}

void
world_shows_certificate(int days)
{
	static const struct make_csr usual = { .common_name = WORLD_USER };
	const unsigned char *name;
	size_t len;

	world_has_certificate(days);
	fake_accounts.holder.presented = fake_accounts.holder.current;
	make_csr(&usual);
	name = make_csr_subject(&len);
	assert_true(len <= sizeof(subject));
	memcpy(subject, name, len);
	fake_presented = (struct client_certificate){
		.exists = true, .serial = { { 1 } }, .subject = { subject, len }
	};
}

void
world_is_device(void)
{
	fake_accounts.holder.account.role = FACTS_DEVICE;
}

/* --------------------------------------------------------------- looking */

void
world_expect(int status, const char *text, const char *asked)
{
	char line[400] = "";

	if (text != NULL && text[0] != '\0')
		snprintf(line, sizeof(line), "%s\n", text);
	assert_string_equal(fake_calls_asked(), asked);
	assert_int_equal(fake_gate.status, status);
	if (text != NULL)
		assert_string_equal(fake_gate.body, line);
}

bool
world_logged(const char *piece)
{
	return strstr(fake_log_last(), piece) != NULL;
}

bool
world_body_wiped(void)
{
	return body_wiped;
}
