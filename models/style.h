/* style.h - the model that names styles: checked when it is read, then a few products
 *
 * z = (features - mean) / deviation. Each class is a Student distribution (so that what is far from all of them is torn between them)
 * with a centre, and the inverse of its scale matrix as a product L L':
 *
 *   d^2 = |L' (z - centre)|^2,  log p = offset - (freedom + features) / 2 * log(1 + d^2 / freedom),  p = softmax(log p / temperature)
 *
 * Each class is a mixture of profile names (the rows of map, which sum to 1): its own and, less, those of classes that are mistaken for it
 * and want the same of a master, so that doubt between the likes of it moves little. How much the model knows falls from all to nothing
 * while the likeliest p falls from confidence_full to confidence_none, and while the least d^2 rises from distance_full to distance_none;
 * the rest is "unknown". docs/style.md tells where the numbers come from and what they are worth.
 */
#ifndef AM_MODELS_STYLE_H
#define AM_MODELS_STYLE_H

#include <automaster/automaster.h>

typedef struct am_style_model am_style_model;

/* Read a model, schema "automaster.style-model/2": every array has the shape that the lists of names ask for, every number is in range,
 * and the numbers have the checksum that the file says. Errors name the member and what was expected. */
am_status am_style_model_open(const char *bytes, size_t length, const char *name, const am_allocator *allocator, am_style_model **out,
                              am_error *err);
/* The one that is part of the library */
am_status am_style_model_open_builtin(const am_allocator *allocator, am_style_model **out, am_error *err);
void am_style_model_close(am_style_model *model);           /* NULL is fine */

/* style and style_count from style_features. Weights below 0.0005 are added to "unknown". */
void am_style_model_score(const am_style_model *model, am_analysis *analysis);

#endif
