#include "est/refusal.h"

#include "est/est.h"

/*
 * No 401 ends the connection: a request that is bound to it (RFC 7030 3.5) can
 * come again with credentials, and then with the code, on no other (C-22).
 */
#define CHALLENGE                                                              \
	.field = { "WWW-Authenticate",                                         \
		"Basic realm=\"EST\", charset=\"UTF-8\"" }
#define RETRY_S 60 /* of each 503 (EST-219) */

/* Status, text and log level of each refusal, in one place. */
const struct flow_refusal refusals[REFUSALS] = {
	[REFUSAL_NO_PATH] = { 404, LOG_LINE_INFO, "no-path",
	    "There is nothing here. Paths begin with /.well-known/est/." },
	[REFUSAL_NO_OPERATION] = { 404, LOG_LINE_INFO, "no-operation",
	    "There is no such operation. Offered are cacerts, csrattrs, "
	    "simpleenroll and simplereenroll." },
	[REFUSAL_NOT_OFFERED] = { 404, LOG_LINE_INFO, "not-offered",
	    "This operation is not offered here." },
	[REFUSAL_NO_LABEL] = { 404, LOG_LINE_INFO, "no-label",
	    "There is no such label here; without one it is the default "
	    "profile." },
	[REFUSAL_NO_CSRATTRS] = { 404, LOG_LINE_INFO, "no-path", NULL },
	[REFUSAL_MEDIA_TYPE] = { 415, LOG_LINE_INFO, "media-type",
	    "Send the request as Content-Type: application/pkcs10.",
	    .field = { "Accept", "application/pkcs10" } },
	[REFUSAL_TWO_TYPES] = { 400, LOG_LINE_INFO, "content-type",
	    "Send one Content-Type field only." },
	[REFUSAL_ASK] = { 401, LOG_LINE_INFO, "ask", NULL, CHALLENGE },
	[REFUSAL_CODE_MAILED] = { 401, LOG_LINE_INFO, "code-mailed",
	    "One-time code mailed. Repeat the request with the code appended "
	    "to the password.",
	    CHALLENGE },
	[REFUSAL_CODE_OUT] = { 401, LOG_LINE_INFO, "code-out", NULL,
	    CHALLENGE },
	[REFUSAL_CODE_HELD] = { 401, LOG_LINE_INFO, "code-held", NULL,
	    CHALLENGE },
	[REFUSAL_CODE_FAILED] = { 401, LOG_LINE_NOTICE, "code-failed", NULL,
	    CHALLENGE },
	[REFUSAL_AUTHENTICATION] = { 401, LOG_LINE_NOTICE, "authentication",
	    "Authentication failed.", CHALLENGE },
	[REFUSAL_AUTHORIZATION_HEADER] = { 400, LOG_LINE_NOTICE,
	    "authorization-header", "Send one Authorization field only." },
	[REFUSAL_REQUEST] = { 400, LOG_LINE_INFO, "request", NULL },
	[REFUSAL_BINDING] = { 400, LOG_LINE_NOTICE, "binding", NULL },
	[REFUSAL_TEMPORARY] = { 403, LOG_LINE_INFO, "temporary-password",
	    "Replace your temporary password first." },
	[REFUSAL_PROFILE] = { 403, LOG_LINE_INFO, "profile",
	    "This account may not have certificates of this kind." },
	[REFUSAL_OTHER_PROFILE] = { 403, LOG_LINE_INFO, "other-profile",
	    "A certificate is renewed under its own profile: leave the label "
	    "out. Under another one, enroll." },
	[REFUSAL_NO_CERTIFICATE] = { 403, LOG_LINE_INFO, "no-certificate",
	    "Re-enrollment takes the certificate to be renewed as TLS client "
	    "certificate; without one, enroll." },
	[REFUSAL_FOREIGN] = { 403, LOG_LINE_WARN, "foreign-certificate",
	    "The client certificate belongs to another account." },
	[REFUSAL_REVOKED] = { 403, LOG_LINE_NOTICE, "revoked",
	    "The client certificate has been revoked; enroll anew." },
	[REFUSAL_EXPIRED] = { 403, LOG_LINE_INFO, "expired",
	    "The client certificate has expired; enroll anew." },
	[REFUSAL_WINDOW] = { 403, LOG_LINE_INFO, "window", NULL },
	[REFUSAL_NAME_CHANGE] = { 403, LOG_LINE_INFO, "name-change",
	    "Names come from the profile and cannot be changed by request." },
	[REFUSAL_KEY_TAKEN] = { 400, LOG_LINE_NOTICE, "key-taken",
	    "This key may not be certified; make a new one." },
	[REFUSAL_PENDING] = { 202, LOG_LINE_NOTICE, "pending", NULL,
	    .retry_s = 1 },
	[REFUSAL_THROTTLED] = { 429, LOG_LINE_NOTICE, "throttled",
	    "Too many attempts from your address; try again later.",
	    .retry_s = RETRY_S },
	[REFUSAL_BUSY] = { 429, LOG_LINE_NOTICE, "busy",
	    "Too many attempts at the same moment; try again.", .retry_s = 1 },
	[REFUSAL_CERTIFICATE_RATE] = { 429, LOG_LINE_DEBUG, "certificate-rate",
	    "This certificate has asked too often; try again later.",
	    .retry_s = 1 },
	[REFUSAL_FULL] = { 503, LOG_LINE_WARN, "full",
	    "Too many requests at the moment; try again later.",
	    .retry_s = RETRY_S },
	[REFUSAL_UNAVAILABLE] = { 503, LOG_LINE_WARN, "unavailable",
	    "The service is not available at the moment; try again later.",
	    .retry_s = RETRY_S },
	[REFUSAL_INTERNAL] = { 500, LOG_LINE_ERROR, "internal",
	    "Something went wrong here; try again later." },
};

/* One text for each 401 that follows an Authorization (setting). */
#define UNIFORM_TEXT                                                           \
	"If the password was right, a one-time code has been mailed; repeat "  \
	"the request with the code appended to the password."

enum flow_next
est_refuse_because(struct flow *f, enum refusal why, const char *text)
{
	return flow_refuse(f, &refusals[why], text);
}

static bool
is_uniform(const struct flow *f, enum refusal why)
{
	switch (why) {
	case REFUSAL_CODE_MAILED:
	case REFUSAL_CODE_OUT:
	case REFUSAL_CODE_HELD:
	case REFUSAL_CODE_FAILED:
	case REFUSAL_AUTHENTICATION:
		return est_of(f)->shared->config->est.uniform_401;
	default:
		return false;
	}
}

enum flow_next
est_refuse(struct flow *f, enum refusal why)
{
	return est_refuse_because(
	    f, why, is_uniform(f, why) ? UNIFORM_TEXT : NULL);
}
