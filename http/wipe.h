/*
 * wipe - the memory of libevent and libevhtp is counted as held (base/held.h),
 * and wiped when it is given back.
 *
 * An Authorization field goes through the buffers of the one and the list of
 * fields of the other, and neither knows that it is a password (I-11).
 */
#ifndef HTTP_WIPE_H
#define HTTP_WIPE_H

/*
 * From here on, in the whole process. What was taken before is given back the
 * same way. Before other threads use either library; again changes nothing.
 */
void wipe_begin(void);

#endif
