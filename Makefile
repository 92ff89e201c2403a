# commpkg: see README.md.   make  make demo  make check  make bench  make install
# Variables: O=dir (objects), SAN=1 (ASan+UBSan), V=1 (show commands), PREFIX, DESTDIR, CC

SAN ?= 0
V ?= 0
O ?= $(if $(filter 1,$(SAN)),build/san,build)
PREFIX ?= /usr/local
DESTDIR ?=
CC = gcc
AR = ar
JOBS ?= $(shell nproc)

LIBS = libarchive libsolv openssl libxml-2.0 libzstd sqlite3 json-c
CFLAGS ?= -O2 -g
BASE_CFLAGS = -std=gnu11 -D_GNU_SOURCE -I. -Wall -Wextra -Wvla -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wformat=2 -fno-strict-aliasing -fstack-protector-strong -pthread
VERSION := $(shell sed -n 's/^\# *commpkg \([0-9][^ ]*\).*/\1/p' NEWS 2>/dev/null | head -n 1)
ifeq ($(SAN),1)
BASE_CFLAGS += -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
else
BASE_CFLAGS += -D_FORTIFY_SOURCE=2
endif
LIB_CFLAGS = $(shell pkg-config --cflags $(LIBS))
LIB_LDLIBS = $(shell pkg-config --libs $(LIBS))
ALL_CFLAGS = $(BASE_CFLAGS) $(CFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) -DCOMMPKG_VERSION='"$(VERSION)"'
Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2);)

objs = $(patsubst %.c,$(O)/obj/%.o,$(wildcard $(1)))
FLOORS = $(O)/libcommpkg.a $(O)/libpkgdb.a $(O)/libformats.a
TOOLS = $(patsubst tools/%.c,$(O)/bin/%,$(wildcard tools/*.c))
UNITS = $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/*_test.c))
FUZZERS = $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
HELPERS = $(patsubst tests/crash/%.c,$(O)/tests/%,$(wildcard tests/crash/*.c))

.PHONY: all check check-rules check-unit check-cli check-lint fuzz demo bench deps install uninstall clean dist analyze
.SUFFIXES:
.SECONDARY:

all: $(O)/bin/commpkg $(TOOLS)

$(O)/libformats.a: $(call objs,formats/*.c)
$(O)/libpkgdb.a: $(call objs,pkgdb/*.c)
$(O)/libcommpkg.a: $(call objs,$(filter-out commpkg/main.c,$(wildcard commpkg/*.c)) tools/common/*.c)
$(O)/%.a:
	$(call say,AR,$@) rm -f $@ && $(AR) rcs $@ $^

$(O)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

link = $(call say,LINK,$@) mkdir -p $(@D) && $(CC) $(ALL_CFLAGS) $(LDFLAGS) -o $@ $(1) $(FLOORS) $(LIB_LDLIBS) $(2)

$(O)/bin/commpkg: $(O)/obj/commpkg/main.o $(FLOORS)
	$(call link,$<)
$(O)/bin/%: $(O)/obj/tools/%.o $(FLOORS)
	$(call link,$<)
$(O)/tests/%_test: $(O)/obj/tests/unit/%_test.o $(FLOORS)
	$(call link,$<,-lcmocka)
$(O)/tests/%: $(O)/obj/tests/crash/%.o $(FLOORS)
	$(call link,$<)
$(O)/fuzz/%_fuzz: $(O)/obj/tests/fuzz/%_fuzz.o $(O)/obj/tests/fuzz/replay.o $(FLOORS)
	$(call link,$(filter %.o,$^))

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

deps:
	$(Q)tools/install-deps $(DEPS_FOR)

# ---- tests: cmocka units and bats, all by prove, in parallel

PROVE = prove --jobs $(JOBS) --timer $(PROVE_FLAGS)
TEST_ENV = O=$(abspath $(O)) PATH="$(abspath $(O))/bin:$$PATH" CMOCKA_MESSAGE_OUTPUT=tap \
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
BATS = $(wildcard tests/cli/*.bats tests/crash/*.bats tests/interop/*.bats)

check: DEPS_FOR = check
check: deps
	+$(Q)$(MAKE) --no-print-directory check-rules check-lint
	+$(Q)$(MAKE) --no-print-directory -j$(JOBS) all $(UNITS) $(FUZZERS) $(HELPERS)
	$(Q)$(TEST_ENV) $(PROVE) --exec '' $(UNITS) tests/fuzz/corpus.t $(BATS)

check-unit: $(UNITS)
	$(Q)$(TEST_ENV) $(PROVE) --exec '' $(UNITS)
check-cli: all $(HELPERS)
	$(Q)$(TEST_ENV) $(PROVE) --exec '' $(BATS)
check-rules:
	$(Q)tools/check-rules
check-lint:
	$(Q)tools/check-lint

fuzz:
	+$(Q)tests/fuzz/run $(FUZZ_ARGS)

demo: DEPS_FOR = build
demo: deps
	+$(Q)$(MAKE) --no-print-directory -j$(JOBS) all
	$(Q)tools/demo $(abspath $(O))/bin

bench:
	+$(Q)tests/bench/run $(BENCH_ARGS)

clean:
	rm -rf build
