/* fuzz_explain.c - any bytes as a report to explain */
#include <automaster/automaster.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    char *text = NULL;
    am_error err = { 0 };

    if (am_explain_json((const char *)bytes, size, NULL, &text, &err)) {
        if (!err.status || !err.message[0])
            abort();
        return 0;
    }
    am_release(NULL, text);
    return 0;
}
