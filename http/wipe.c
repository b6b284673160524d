#include "http/wipe.h"

#include <evhtp.h>

#include "base/held.h"

void
wipe_begin(void)
{
	evhtp_set_mem_functions(held_malloc, held_more, held_wipe);
}
