#include "policy/ending.h"

#define DAY_S (24 * 60 * 60)

enum ending
ending_of(time_t not_after, time_t now)
{
	time_t left_s = not_after - now;

	return left_s < 0	      ? ENDING_ENDED
	       : left_s <= 1 * DAY_S  ? ENDING_1
	       : left_s <= 7 * DAY_S  ? ENDING_7
	       : left_s <= 30 * DAY_S ? ENDING_30
	       : left_s <= 90 * DAY_S ? ENDING_90
				      : ENDING_FAR;
}
