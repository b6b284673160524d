#include "est/reply.h"

#include "http/gate.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define CHALLENGE "Basic realm=\"EST\", charset=\"UTF-8\""
#define RETRY_S 60 /* EST-219 */

/* Status, text and log level of each refusal, in one place. */
static const struct refusal {
	int status;
	enum log_level level;
	const char *word; /* for the log */
	const char *text; /* for the client; NULL: `why`, or an empty body */
} refusals[] = {
	[FAIL_NONE] = { 200, LOG_LINE_INFO, "ok", NULL },
	[FAIL_NO_PATH] = { 404, LOG_LINE_INFO, "no-path",
	    "There is nothing here. Paths begin with /.well-known/est/." },
	[FAIL_METHOD] = { 405, LOG_LINE_INFO, "method",
	    "This operation takes another method; see Allow." },
	[FAIL_MEDIA_TYPE] = { 415, LOG_LINE_INFO, "media-type",
	    "Send the request as Content-Type: application/pkcs10." },
	[FAIL_ASK] = { 401, LOG_LINE_INFO, "ask", NULL },
	[FAIL_CODE_MAILED] = { 401, LOG_LINE_INFO, "code-mailed",
	    "One-time code mailed. Repeat the request with the code appended "
	    "to the password." },
	[FAIL_AUTHENTICATION] = { 401, LOG_LINE_NOTICE, "authentication",
	    "Authentication failed." },
	[FAIL_AUTHORIZATION_HEADER] = { 400, LOG_LINE_NOTICE,
	    "authorization-header", "Send one Authorization field only." },
	[FAIL_REQUEST] = { 400, LOG_LINE_INFO, "request", NULL },
	[FAIL_BINDING] = { 400, LOG_LINE_NOTICE, "binding",
	    "Linking of identity and proof of possession failed or is "
	    "required (RFC 7030 3.5)." },
	[FAIL_TEMPORARY] = { 403, LOG_LINE_INFO, "temporary-password",
	    "Replace your temporary password first." },
	[FAIL_PROFILE] = { 403, LOG_LINE_INFO, "profile",
	    "This account may not have certificates of this kind." },
	[FAIL_NO_CERTIFICATE] = { 403, LOG_LINE_INFO, "no-certificate",
	    "Re-enrollment takes the certificate to be renewed as TLS client "
	    "certificate; without one, enroll." },
	[FAIL_FOREIGN] = { 403, LOG_LINE_WARN, "foreign-certificate",
	    "The client certificate belongs to another account." },
	[FAIL_REVOKED] = { 403, LOG_LINE_NOTICE, "revoked",
	    "The client certificate has been revoked; enroll anew." },
	[FAIL_EXPIRED] = { 403, LOG_LINE_INFO, "expired",
	    "The client certificate has expired; enroll anew." },
	[FAIL_WINDOW] = { 403, LOG_LINE_INFO, "window", NULL },
	[FAIL_NAME_CHANGE] = { 403, LOG_LINE_INFO, "name-change",
	    "Names come from the profile and cannot be changed by request." },
	[FAIL_KEY_TAKEN] = { 400, LOG_LINE_NOTICE, "key-taken",
	    "This key may not be certified; make a new one." },
	[FAIL_PENDING] = { 202, LOG_LINE_NOTICE, "pending", NULL },
	[FAIL_THROTTLED] = { 429, LOG_LINE_NOTICE, "throttled",
	    "Too many attempts from your address; try again later." },
	[FAIL_BUSY] = { 429, LOG_LINE_NOTICE, "busy",
	    "Too many attempts at the same moment; try again." },
	[FAIL_FULL] = { 503, LOG_LINE_WARN, "full",
	    "Too many requests at the moment; try again later." },
	[FAIL_UNAVAILABLE] = { 503, LOG_LINE_WARN, "unavailable",
	    "The service is not available at the moment; try again later." },
	[FAIL_DEADLINE] = { 503, LOG_LINE_WARN, "deadline",
	    "The service is not available at the moment; try again later." },
	[FAIL_INTERNAL] = { 500, LOG_LINE_ERROR, "internal",
	    "Something went wrong here; try again later." },
};

/* One text for both 401 that follow an Authorization (setting). */
#define UNIFORM_TEXT                                                           \
	"If the password was right, a one-time code has been mailed; repeat "  \
	"the request with the code appended to the password."

int
reply_status(enum fail fail)
{
	return refusals[fail].status;
}

enum log_level
reply_level(enum fail fail)
{
	return refusals[fail].level;
}

const char *
reply_word(enum fail fail)
{
	return refusals[fail].word;
}

/* Fields of one answer; values live as long as the struct. */
struct fields {
	struct gate_field at[12];
	size_t n;
	char retry[16];
};

static void
add(struct fields *fields, const char *name, const char *value)
{
	assert(fields->n < sizeof(fields->at) / sizeof(fields->at[0]));
	fields->at[fields->n].name = name;
	fields->at[fields->n].value = value;
	fields->n++;
}

static const char *
refusal_text(const struct flow *f)
{
	bool challenge =
	    f->fail == FAIL_CODE_MAILED || f->fail == FAIL_AUTHENTICATION;

	if (challenge && f->front->shared->config->est.uniform_401)
		return UNIFORM_TEXT;
	if (refusals[f->fail].text != NULL)
		return refusals[f->fail].text;
	if (f->fail == FAIL_REQUEST || f->fail == FAIL_WINDOW)
		return f->why;
	return NULL; /* 401 without Authorization and 202: EST-213 */
}

static void
add_refusal_fields(struct fields *fields, const struct flow *f)
{
	int status = refusals[f->fail].status;
	unsigned retry_s = RETRY_S;

	if (status == 401)
		add(fields, "WWW-Authenticate", CHALLENGE);
	if (status == 405)
		add(fields, "Allow", f->route.allow);
	if (status == 415)
		add(fields, "Accept", "application/pkcs10");
	if (status == 202 || f->fail == FAIL_BUSY)
		retry_s = 1;
	else if (f->fail == FAIL_THROTTLED)
		retry_s = f->retry_s;
	if (status == 202 || status == 429 || status == 503) {
		snprintf(fields->retry, sizeof(fields->retry), "%u", retry_s);
		add(fields, "Retry-After", fields->retry);
	}
}

/* RFC 7030 4.5.2, EST-213: csrattrs says no without a word. */
static bool
silent(const struct flow *f)
{
	return f->fail == FAIL_NO_PATH && f->request->uri->path->full != NULL &&
	       strstr(f->request->uri->path->full, "csrattrs") != NULL;
}

static void
send_refusal(const struct flow *f)
{
	const char *text = silent(f) ? NULL : refusal_text(f);
	struct gate_reply reply = { .status = refusals[f->fail].status };
	struct fields fields = { .n = 0 };
	char body[320];

	add_refusal_fields(&fields, f);
	add(&fields, "Cache-Control", "no-store"); /* EST-047 */
	if (text != NULL) {
		add(&fields, "Content-Type", "text/plain; charset=utf-8");
		snprintf(body, sizeof(body), "%s\n", text);
		reply.body = body;
		reply.len = strlen(body);
	}
	reply.fields = fields.at;
	reply.n_fields = fields.n;
	/* 4.3: every 401 closes, and where we are in trouble we shed load. */
	reply.close = reply.status == 401 || reply.status >= 500;
	gate_reply(f->request, &reply);
}

void
reply_send(const struct flow *f)
{
	struct fields fields = { .n = 0 };
	struct gate_reply reply = { .status = 200 };

	if (f->fail != FAIL_NONE) {
		send_refusal(f);
		return;
	}
	add(&fields, "Content-Type", f->type);
	if (f->base64) /* EST-085 */
		add(&fields, "Content-Transfer-Encoding", "base64");
	if (f->route.operation == OPERATION_SIMPLEENROLL ||
	    f->route.operation == OPERATION_SIMPLEREENROLL)
		add(&fields, "Cache-Control", "no-store");
	reply.fields = fields.at;
	reply.n_fields = fields.n;
	reply.body = f->body;
	reply.len = f->body_len;
	gate_reply(f->request, &reply);
}
