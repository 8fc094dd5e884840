/* number.h - numbers as text, the same in every locale */
#ifndef AM_BASE_NUMBER_H
#define AM_BASE_NUMBER_H

#define AM_NUMBER_TEXT 40           /* room for any text written here, NUL included */

/* The shortest text (at most 17 digits) that reads back to the same double; "-" when value is not finite. */
const char *am_number_exact(double value, char text[AM_NUMBER_TEXT]);

/* Rounded to decimals [0, 6], trailing zeros dropped: "-9.1", "0" (never "-0"), "-" when not finite. From 1e9 on as am_number_exact. */
const char *am_number_short(double value, int decimals, char text[AM_NUMBER_TEXT]);

/* The same with trailing zeros kept: "-9.10". */
const char *am_number_fixed(double value, int decimals, char text[AM_NUMBER_TEXT]);

#endif
