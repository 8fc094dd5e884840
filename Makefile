# automaster: make help lists the targets

CC      ?= cc
CFLAGS  ?= -O3 -g
PREFIX  ?= /usr/local
DESTDIR ?=
SIMD    ?= clones
SAN     ?=

VERSION := 0.1.0
PACKAGES := fftw3f sndfile libebur128 lapacke soxr libcjson
BUILD   := build

# What a flag set builds goes to a directory of its own, so that builds coexist. The default one is build/ itself.
FLAGSET := $(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(filter-out clones,$(SIMD)),-$(SIMD))$(if $(filter-out cc gcc,$(CC)),-$(notdir $(CC)))
comma   := ,
O       := $(BUILD)/obj$(FLAGSET)
B       := $(BUILD)$(if $(FLAGSET),/$(patsubst -%,%,$(FLAGSET)))

simd_clones := -DAM_SIMD_CLONES
simd_v1 := -march=x86-64
simd_v3 := -march=x86-64-v3
simd_v4 := -march=x86-64-v4

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
# -ffp-contract=off and no -ffast-math: every SIMD variant gives the same bits. The three -fno- change no value.
FP      := -ffp-contract=off -fno-math-errno -fno-trapping-math
MODE    := $(if $(SAN),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=undefined,$(CFLAGS))
DEFINES := -D_GNU_SOURCE -DAM_VERSION='"$(VERSION)"' $(if $(SAN),,$(simd_$(SIMD)))

ifneq ($(filter-out clean help setup demo test,$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell for p in $(PACKAGES); do pkg-config --exists $$p 2>/dev/null || printf '%s ' $$p; done)
ifneq ($(strip $(MISSING)),)
$(error missing: $(MISSING)- install with:  scripts/setup  (it runs apt-get install $(shell scripts/setup -p build)))
endif
endif

PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES))
PKG_LIBS   = $(shell pkg-config --libs $(PACKAGES)) -lpthread -lm
ALL_CFLAGS = -std=c11 -fPIC -fvisibility=hidden -MMD -MP $(WARNINGS) $(FP) $(MODE) $(DEFINES) -Iinclude -I. -I$(O) $(PKG_CFLAGS)

ROOMS   := base dsp io analyze match render models references report pipeline
LIB_SRC := $(sort $(wildcard $(addsuffix /*.c,$(ROOMS))))
CLI_SRC := $(sort $(wildcard cli/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
HELP_SRC := $(sort $(wildcard tests/support/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(O)/%.o)
HELP_OBJ := $(HELP_SRC:%.c=$(O)/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)

.PHONY: all lib units clean help
all: $(B)/automaster $(B)/libautomaster.a $(B)/libautomaster.so
lib: $(B)/libautomaster.a
units: $(UNIT_BIN)

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

$(B)/libautomaster.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(B)/libautomaster.so: $(LIB_OBJ)
	$(CC) -shared -Wl,-soname,libautomaster.so.0 $(MODE) -o $@ $^ $(PKG_LIBS)

$(B)/automaster: $(CLI_OBJ) $(B)/libautomaster.a
	$(CC) $(MODE) -o $@ $^ $(PKG_LIBS)

# The command's own test needs its objects, all but main.
$(B)/tests/test_options: $(filter-out %/main.o,$(CLI_OBJ))
$(B)/tests/test_options: EXTRA = $(filter-out %/main.o,$(CLI_OBJ))

$(B)/tests/%: tests/unit/%.c $(HELP_OBJ) $(B)/libautomaster.a
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -MF $(O)/$*.d -o $@ $< $(EXTRA) $(HELP_OBJ) $(B)/libautomaster.a -lcmocka $(PKG_LIBS)

clean:
	rm -rf $(BUILD)

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(HELP_OBJ:.o=.d) $(wildcard $(O)/test_*.d)
