/* reader_private.h - what metadata.c needs of a reader */
#ifndef AM_IO_READER_PRIVATE_H
#define AM_IO_READER_PRIVATE_H

#include <sndfile.h>

#include "io/header.h"
#include "io/reader.h"

SNDFILE *am_reader_file(am_reader *reader);                 /* NULL after a failed rewind */
int am_reader_descriptor(const am_reader *reader);          /* of the bytes that the header's chunks lie in */
const am_header *am_reader_header(const am_reader *reader);

#endif
