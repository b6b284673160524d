/*
 * courier_main - the courier alone, for tests/server/mail: options
 * as `name=value` arguments, "ready" on standard output.
 */
#include "base/clock.h"
#include "base/log.h"
#include "mailer/courier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *
option(int argc, char **argv, const char *name)
{
	size_t len = strlen(name);

	for (int i = 1; i < argc; i++)
		if (strncmp(argv[i], name, len) == 0 && argv[i][len] == '=')
			return argv[i] + len + 1;
	return NULL;
}

static unsigned
number(int argc, char **argv, const char *name, unsigned otherwise)
{
	const char *text = option(argc, argv, name);

	return text == NULL ? otherwise : (unsigned)strtoul(text, NULL, 10);
}

static const char *
text(int argc, char **argv, const char *name, const char *otherwise)
{
	const char *value = option(argc, argv, name);

	return value == NULL ? otherwise : value;
}

static void
tell(enum stage stage)
{
	if (stage != STAGE_STARTED)
		return;
	if (write(STDOUT_FILENO, "ready\n", 6) != 6)
		exit(3);
}

int
main(int argc, char **argv)
{
	struct secret_key key;
	struct courier_options o = {
		.conninfo = text(argc, argv, "conninfo", ""),
		.relay = text(argc, argv, "relay", ""),
		.helo = option(argc, argv, "helo"),
		.starttls = number(argc, argv, "starttls", 0) != 0,
		.ca = option(argc, argv, "ca"),
		.user = option(argc, argv, "user"),
		.password = option(argc, argv, "password"),
		.from = text(argc, argv, "from", "ca@koshin.example"),
		.service = text(argc, argv, "service", "証明書サービス"),
		.contact = option(argc, argv, "contact"),
		.url = option(argc, argv, "url"),
		.domain = text(argc, argv, "domain", "koshin.example"),
		.templates = text(argc, argv, "templates", "mailer/templates"),
		.connections = number(argc, argv, "connections", 4),
		.give_up_h = number(argc, argv, "give_up_h", 120),
		.retry_first_s = number(argc, argv, "retry_first_s", 5),
		.retry_last_s = number(argc, argv, "retry_last_s", 3600),
		.keep_days = number(argc, argv, "keep_days", 0),
		.installed = number(argc, argv, "installed", 0) != 0,
		.code_key = &key,
	};

	memset(key.bytes, (int)number(argc, argv, "key", 7), sizeof(key.bytes));
	log_open("courier", LOG_LINE_DEBUG);
	if (!clock_zone("Asia/Tokyo"))
		return 2;
	return courier_run(&o, tell);
}
