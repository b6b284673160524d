#include "policy/window.h"

#include "policy/validity.h"

time_t
window_opens(time_t not_after, unsigned days)
{
	time_t midnight;

	if (!validity_day_before(not_after, days, &midnight))
		return not_after;
	return midnight;
}
