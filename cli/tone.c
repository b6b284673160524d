#include "cli/tone.h"

#include "policy/notice.h"

#include <stddef.h>
#include <string.h>

#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define FAINT "\x1b[2m"

const char *
tone_of_state(const char *state)
{
	static const struct {
		const char *state, *tone;
	} tones[] = {
		{ "active", GREEN },
		{ "valid", GREEN },
		{ "sent", GREEN },
		{ "locked", YELLOW },
		{ "suspended", YELLOW },
		{ "queued", YELLOW },
		{ "reserved", YELLOW },
		{ "blocked", RED },
		{ "revoked", RED },
		{ "expired", RED },
		{ "failed", RED },
		{ "closed", FAINT },
		{ "abandoned", FAINT },
	};

	for (size_t i = 0; i < sizeof(tones) / sizeof(tones[0]); i++)
		if (strcmp(tones[i].state, state) == 0)
			return tones[i].tone;
	return NULL;
}

const char *
tone_of_days(int64_t left)
{
	if (left <= NOTICE_SECOND_DAYS)
		return RED;
	return left <= NOTICE_FIRST_DAYS ? YELLOW : NULL;
}
