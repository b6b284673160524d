#include "mailer/relay.h"

#include "base/log.h"
#include "base/loop.h"
#include "mailer/retry.h"

#define PAUSE_FIRST_MS 500
#define PAUSE_LAST_MS 5000

static void
on_pause_over(void *arg)
{
	struct relay *r = arg;

	r->pause = NULL;
	r->again(r->arg);
}

static void
is_there(struct relay *r)
{
	if (r->down == 0)
		return;
	log_say(LOG_LINE_NOTICE, "relay", "mails go out again");
	r->down = 0;
	relay_forget(r);
}

static void
is_away(struct relay *r, enum smtp_end how, const char *answer)
{
	unsigned ms = retry_wait(PAUSE_FIRST_MS, PAUSE_LAST_MS, 2, r->down);

	if (r->down == 0)
		log_say(how == SMTP_TROUBLE ? LOG_LINE_ERROR : LOG_LINE_WARN,
		    "relay", answer);
	if (r->pause != NULL)
		return;
	r->down++;
	r->pause = loop_after(r->base, ms, on_pause_over, r);
}

void
relay_heard(struct relay *r, enum smtp_end how, const char *answer)
{
	if (how == SMTP_DOWN || how == SMTP_TROUBLE)
		is_away(r, how, answer);
	else
		is_there(r);
}

bool
relay_is_down(const struct relay *r)
{
	return r->down > 0;
}

bool
relay_rests(const struct relay *r)
{
	return r->pause != NULL;
}

void
relay_forget(struct relay *r)
{
	loop_cancel(r->pause);
	r->pause = NULL;
}
