#include "models/style.h"
am_status am_style_model_open_builtin(const am_allocator *allocator, am_style_model **out, am_error *err) { (void)allocator; (void)err; *out = NULL; return AM_OK; }
void am_style_model_close(am_style_model *model) { (void)model; }
void am_style_model_score(const am_style_model *model, am_analysis *a) { (void)model; a->style_count = 1; a->style[0] = (am_style){ "unknown", 1.0 }; }
