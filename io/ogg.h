/* ogg.h - the same bytes from every run of an Ogg encoder
 *
 * libsndfile gives each Ogg stream a random serial number, in every page and under its checksum.
 */
#ifndef AM_IO_OGG_H
#define AM_IO_OGG_H

#include <automaster/automaster.h>

/* Give every page of the file the serial number. Returns 0 or an errno; EINVAL: not all of it is pages (nothing behind the first bad
 * one is touched). */
int am_ogg_set_serial(int fd, uint32_t serial, const am_allocator *allocator);

#endif
