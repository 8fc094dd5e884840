# automaster: make help lists the targets

CC      ?= cc
CFLAGS  ?= -O3 -g
PREFIX  ?= /usr/local
DESTDIR ?=
SIMD    ?= clones
SAN     ?=
FUZZ_SECONDS ?= 600

VERSION := 0.1.0
PACKAGES := fftw3f sndfile libebur128 lapacke soxr libcjson
# Not needed: report --format png draws with it.
CAIRO   := $(shell pkg-config --exists cairo 2>/dev/null && echo cairo)
SOVERSION := 0
BUILD   := build
comma   := ,

# What a flag set builds goes to a directory of its own, so that builds coexist. The default one is build/ itself.
FLAGSET := $(if $(SAN),-$(subst $(comma),-,$(SAN)))$(if $(COV),-cov)$(if $(filter-out clones,$(SIMD)),-$(SIMD))$(if \
             $(filter-out cc gcc,$(CC)),-$(notdir $(CC)))
O       := $(BUILD)/obj$(FLAGSET)
B       := $(BUILD)$(if $(FLAGSET),/$(patsubst -%,%,$(FLAGSET)))

simd_clones := -DAM_SIMD_CLONES
simd_v1 := -march=x86-64
simd_v3 := -march=x86-64-v3
simd_v4 := -march=x86-64-v4

WARNINGS := -Wall -Wextra -Wconversion -Wshadow -Wvla -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith -Wundef
# -ffp-contract=off and no -ffast-math: every SIMD variant gives the same bits. The three -fno- change no value.
FP      := -ffp-contract=off -fno-math-errno -fno-trapping-math
MODE    := $(if $(SAN),-O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) -fno-sanitize-recover=undefined,$(CFLAGS)) $(if $(COV),--coverage) $(if $(WERROR),-Werror)
DEFINES := -D_GNU_SOURCE -DAM_VERSION='"$(VERSION)"' $(if $(SAN),,$(simd_$(SIMD))) $(if $(CAIRO),-DAM_CAIRO)


# These install what they need, or need nothing. The others name what is missing before they compile anything.
SELF_SERVING := clean help setup demo test bench bench-long check lint format dist fuzz install-check uninstall
ifneq ($(filter-out $(SELF_SERVING),$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell for p in $(PACKAGES); do pkg-config --exists $$p 2>/dev/null || printf '%s ' $$p; done)
ifneq ($(strip $(MISSING)),)
$(error missing: $(MISSING)- install them with:  scripts/setup build   (it runs apt-get install $(shell scripts/setup -p build)))
endif
endif

PKG_CFLAGS = $(shell pkg-config --cflags $(PACKAGES) $(CAIRO))
PKG_LIBS   = -Wl,--as-needed $(shell pkg-config --libs $(PACKAGES) $(CAIRO)) -lpthread -lm
ALL_CFLAGS = -std=c11 -fPIC -fvisibility=hidden -MMD -MP $(WARNINGS) $(FP) $(MODE) $(DEFINES) -Iinclude -I. -I$(O) $(PKG_CFLAGS)

ROOMS   := base dsp io analyze match render models references report pipeline
LIB_SRC := $(sort $(wildcard $(addsuffix /*.c,$(ROOMS))))
CLI_SRC := $(sort $(wildcard cli/*.c))
UNIT_SRC := $(sort $(wildcard tests/unit/test_*.c))
HELP_SRC := $(sort $(wildcard tests/support/*.c))
TOOL_SRC := $(sort $(wildcard tests/tools/*.c tests/bench/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(O)/%.o)
CLI_OBJ := $(CLI_SRC:%.c=$(O)/%.o)
HELP_OBJ := $(HELP_SRC:%.c=$(O)/%.o)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/tests/%)
TOOL_BIN := $(patsubst %.c,$(B)/tests/%,$(notdir $(TOOL_SRC)))
vpath %.c tests/tools tests/bench
# These judge the library from outside, without a line of it; the other tools call it.
INDEPENDENT := meter song excerpt bench_ebur128
FUZZ_BIN := $(patsubst tests/fuzz/fuzz_%.c,$(B)/tests/replay_%,$(sort $(wildcard tests/fuzz/fuzz_*.c)))
# The program needs both of its ends.
PROGRAM := $(if $(and $(wildcard cli/main.c),$(wildcard pipeline/*.c)),$(B)/automaster)
ifeq ($(PROGRAM),)
TOOL_BIN := $(INDEPENDENT:%=$(B)/tests/%)
FUZZ_BIN :=
endif

# Recursive builds use every core unless the person said how many.
SUBMAKE = $(MAKE) --no-print-directory $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(shell nproc))

.PHONY: all lib units tools objects setup demo test check sanitize tsan fuzz bench bench-long coverage golden format lint docs install \
        uninstall dist clean help
all: $(PROGRAM) $(B)/libautomaster.a $(B)/libautomaster.so      ## the program and the library (this is the default)
lib: $(B)/libautomaster.a
units: $(UNIT_BIN)                      ## the unit tests, without running them
tools: $(TOOL_BIN) $(FUZZ_BIN) $(B)/tests/failing.so
objects: $(LIB_OBJ) $(CLI_OBJ) $(HELP_OBJ)

$(O)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(ALL_CFLAGS) -c -o $@ $<

# What base/embed.h embeds is read by the assembler (.incbin), which -MMD does not see.
$(O)/references/builtin.o: $(wildcard references/*.json)
$(O)/models/style.o: $(wildcard models/*.json)
$(O)/report/page.o: $(wildcard report/assets/*)

# A build before cairo came, or after it went, has another png.o.
$(O)/report/png.o: $(O)/with-$(or $(CAIRO),nothing)
$(O)/with-%:
	@mkdir -p $(@D)
	@rm -f $(O)/with-*
	@touch $@

$(B)/libautomaster.a: $(LIB_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

# The symbols that the public headers declare, and no other: -fvisibility does not reach the resolvers of target_clones.
$(O)/exports.map: $(wildcard include/automaster/*.h) Makefile
	@mkdir -p $(@D)
	@{ echo '{ global:'; cat include/automaster/*.h | tr '\n' ' ' | grep -oE 'AM_API [^;(]*\<am_[a-z0-9_]+\(' | \
	    sed -E 's/.*\<(am_[a-z0-9_]+)\($$/\1;/'; echo 'local: *; };'; } > $@

$(B)/libautomaster.so: $(LIB_OBJ) $(O)/exports.map
	$(CC) -shared -Wl,-soname,libautomaster.so.$(SOVERSION) -Wl,--version-script=$(O)/exports.map $(MODE) -o $@ $(LIB_OBJ) $(PKG_LIBS)

$(B)/automaster: $(CLI_OBJ) $(B)/libautomaster.a
	$(CC) $(MODE) -o $@ $^ $(PKG_LIBS)

# What tests the command itself needs its objects, all but main.
COMMAND_TESTS := $(B)/tests/test_options $(B)/tests/replay_options
$(COMMAND_TESTS): $(filter-out %/main.o,$(CLI_OBJ))
$(COMMAND_TESTS): EXTRA = $(filter-out %/main.o,$(CLI_OBJ))

$(UNIT_BIN): $(B)/tests/%: tests/unit/%.c $(HELP_OBJ) $(B)/libautomaster.a
	@mkdir -p $(@D) $(O)/units
	$(CC) $(ALL_CFLAGS) -MF $(O)/units/$*.d -o $@ $< $(EXTRA) $(HELP_OBJ) $(B)/libautomaster.a -lcmocka $(PKG_LIBS)

# An archive, so that a tool gets only those helpers that it calls.
$(B)/tests/support.a: $(HELP_OBJ)
	@mkdir -p $(@D)
	@rm -f $@
	$(AR) rcs $@ $^

$(filter-out $(INDEPENDENT:%=$(B)/tests/%),$(TOOL_BIN)): $(B)/libautomaster.a
$(TOOL_BIN): $(B)/tests/%: %.c $(B)/tests/support.a
	@mkdir -p $(@D) $(O)/units
	$(CC) $(ALL_CFLAGS) -MF $(O)/units/$*.d -o $@ $< $(B)/tests/support.a $(filter %/libautomaster.a,$^) $(PKG_LIBS)

$(FUZZ_BIN): $(B)/tests/replay_%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c $(B)/libautomaster.a
	@mkdir -p $(@D) $(O)/units
	$(CC) $(ALL_CFLAGS) -MF $(O)/units/replay_$*.d -o $@ $< tests/fuzz/replay.c $(EXTRA) $(B)/libautomaster.a $(PKG_LIBS)

# Fails the system calls of whatever program it is preloaded into.
$(B)/tests/failing.so: tests/fault/failing.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -O1 -fPIC -shared -Wall -Wextra -o $@ $< -ldl

setup:                                  ## install the Debian packages that building, testing and the demo need
	@scripts/setup build test demo

demo:                                   ## master a real song against a real reference, from nothing: installs, builds, downloads, runs
	@scripts/setup build demo
	@$(SUBMAKE) all
	@scripts/demo $(B)

test:                                   ## everything that needs no compiler but this one, in under ten minutes
	@scripts/setup build test demo
	@scripts/setup page || echo 'test: without Chromium the report page is not tested'
	@scripts/setup optional || echo 'test: without cairo report --format png is not tested'
	@$(SUBMAKE) all units tools
	@tests/run $(B)

check:                                  ## test, then sanitizers, dependency rules, symbols, headers, clang and clang-tidy: what CI runs
	@scripts/setup build test demo check
	@$(SUBMAKE) test
	@$(SUBMAKE) sanitize
	@$(SUBMAKE) lint

sanitize:                               ## unit tests and edge files under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(SUBMAKE) SAN=address,undefined all units tools
	@tests/run $(BUILD)/address-undefined unit edge corpus

tsan:                                   ## unit tests and a two-thread run under ThreadSanitizer
	@$(SUBMAKE) SAN=thread all units tools
	@TEST_TIMEOUT=1800 tests/run $(BUILD)/thread unit variants

lint:                                   ## dependency rules, exported symbols, lone headers, clang's warnings, clang-tidy, a bare cc line
	@scripts/setup build check
	@$(SUBMAKE) all
	scripts/check-deps
	scripts/check-stems
	scripts/check-objects $(B)/libautomaster.a
	scripts/check-symbols $(B)/libautomaster.so $(B)/libautomaster.a
	scripts/check-headers
	@$(SUBMAKE) CC=clang WERROR=1 objects
	@$(SUBMAKE) tidy
	$(if $(PROGRAM),cc -std=c11 -w -D_GNU_SOURCE -DAM_VERSION='"$(VERSION)"' -Iinclude -I. $(LIB_SRC) $(CLI_SRC) \
	    $(PKG_CFLAGS) -o $(B)/bare $(PKG_LIBS))

TIDY := $(LIB_SRC:%=$(O)/tidy/%.ok) $(CLI_SRC:%=$(O)/tidy/%.ok)
.PHONY: tidy pkg-libs
pkg-libs:
	@echo $(PKG_LIBS)
tidy: $(TIDY)
$(O)/tidy/%.ok: % .clang-tidy
	@mkdir -p $(@D)
	clang-tidy --quiet $< -- -std=c11 $(DEFINES) -Iinclude -I. $(PKG_CFLAGS) 2>/dev/null
	@touch $@

fuzz:                                   ## every fuzz target for FUZZ_SECONDS (600) with libFuzzer, from its corpus
	@scripts/setup build check
	@scripts/fuzz $(FUZZ_SECONDS)

bench:                                  ## time and memory against libebur128 and, where it is there, Matchering
	@scripts/setup build demo bench
	@$(SUBMAKE) all tools
	@scripts/bench $(B)

bench-long: all tools                   ## the same on a three-hour file (2 GB of disk)
	@scripts/bench -l $(B)

coverage:                               ## which lines the unit tests reach, by file
	@$(SUBMAKE) COV=1 CFLAGS='-O0 -g' units
	@scripts/coverage $(BUILD)/cov

golden: all tools                       ## rewrite the expected plans and reports, and print what moved
	@tests/golden/run -w $(B)

# clang-format knows no columns of comments: run over whole files it would take the hand-set ones away.
format:                                 ## clang-format the lines changed since the last commit
	git diff -U0 --no-color HEAD -- '*.[ch]' | clang-format-diff -p1 -i

docs: $(PROGRAM)                        ## the manual page and the shell completions, into build/doc
	@mkdir -p $(B)/doc
	$(B)/automaster help --man > $(B)/doc/automaster.1
	for shell in bash zsh fish; do $(B)/automaster help --completion $$shell > $(B)/doc/completion.$$shell || exit 1; done

bindir = $(DESTDIR)$(PREFIX)/bin
libdir = $(DESTDIR)$(PREFIX)/lib
includedir = $(DESTDIR)$(PREFIX)/include/automaster
sharedir = $(DESTDIR)$(PREFIX)/share
SCHEMAS = $(wildcard docs/schema/*.json report/schema/*.json)

install: all docs                       ## program, library, headers, pkg-config file, manual, completions, schemas; PREFIX, DESTDIR
	install -d $(bindir) $(libdir)/pkgconfig $(includedir) $(sharedir)/man/man1 $(sharedir)/automaster/schema \
	    $(sharedir)/bash-completion/completions $(sharedir)/zsh/site-functions $(sharedir)/fish/vendor_completions.d
	install -m 755 $(B)/automaster $(bindir)/automaster
	install -m 644 $(B)/libautomaster.a $(libdir)/libautomaster.a
	install -m 755 $(B)/libautomaster.so $(libdir)/libautomaster.so.$(VERSION)
	ln -sf libautomaster.so.$(VERSION) $(libdir)/libautomaster.so.$(SOVERSION)
	ln -sf libautomaster.so.$(SOVERSION) $(libdir)/libautomaster.so
	install -m 644 include/automaster/*.h $(includedir)
	printf '%s\n' 'prefix=$(PREFIX)' 'libdir=$${prefix}/lib' 'includedir=$${prefix}/include' '' 'Name: automaster' \
	    'Description: reference-matching auto-mastering' 'Version: $(VERSION)' 'Requires.private: $(strip $(PACKAGES) $(CAIRO))' \
	    'Libs: -L$${libdir} -lautomaster' 'Libs.private: -lpthread -lm' 'Cflags: -I$${includedir}' > $(libdir)/pkgconfig/automaster.pc
	install -m 644 $(B)/doc/automaster.1 $(sharedir)/man/man1/automaster.1
	install -m 644 $(B)/doc/completion.bash $(sharedir)/bash-completion/completions/automaster
	install -m 644 $(B)/doc/completion.zsh $(sharedir)/zsh/site-functions/_automaster
	install -m 644 $(B)/doc/completion.fish $(sharedir)/fish/vendor_completions.d/automaster.fish
	$(if $(SCHEMAS),install -m 644 $(SCHEMAS) $(sharedir)/automaster/schema)

uninstall:                              ## what install put there
	rm -rf $(includedir) $(sharedir)/automaster
	rm -f $(bindir)/automaster $(libdir)/libautomaster.a $(libdir)/libautomaster.so* $(libdir)/pkgconfig/automaster.pc \
	    $(sharedir)/man/man1/automaster.1 $(sharedir)/bash-completion/completions/automaster \
	    $(sharedir)/zsh/site-functions/_automaster $(sharedir)/fish/vendor_completions.d/automaster.fish

DIST := automaster-$(VERSION)
dist:                                   ## a source tarball from git, unpacked and tested
	@mkdir -p $(BUILD)
	git archive --format=tar.gz --prefix=$(DIST)/ -o $(BUILD)/$(DIST).tar.gz HEAD
	rm -rf $(BUILD)/dist && mkdir -p $(BUILD)/dist
	tar -xzf $(BUILD)/$(DIST).tar.gz -C $(BUILD)/dist
	$(MAKE) --no-print-directory -C $(BUILD)/dist/$(DIST) test
	rm -rf $(BUILD)/dist
	@echo $(BUILD)/$(DIST).tar.gz

clean:                                  ## remove build/
	rm -rf $(BUILD)

help:                                   ## this list
	@sed -nE 's/^([a-z-]+):.*## (.*)/  \1|\2/p' Makefile | awk -F'|' '{ printf "%-14s %s\n", $$1, $$2 }'
	@echo '  CC= CFLAGS= PREFIX= DESTDIR= are yours; SAN=address,undefined|thread, SIMD=v1|v3|v4 and CC=clang build beside the others'

-include $(LIB_OBJ:.o=.d) $(CLI_OBJ:.o=.d) $(HELP_OBJ:.o=.d) $(wildcard $(O)/units/*.d)
