# commpkg: see README.md.   make  make demo  make suite  make check  make bench  make install
# Variables: O=dir (objects), SAN=1 (ASan+UBSan, in a build of its own), V=1 (show commands),
# PREFIX, DESTDIR, CC, CFLAGS, LDFLAGS, JOBS.   HACKING.md says what each target is for.

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
# Asked of pkg-config once, and only by what compiles: `make deps` runs without it.
LIB_CFLAGS = $(eval LIB_CFLAGS := $(shell pkg-config --cflags $(LIBS)))$(LIB_CFLAGS)
LIB_LDLIBS = $(eval LIB_LDLIBS := $(shell pkg-config --libs $(LIBS)))$(LIB_LDLIBS)
ALL_CFLAGS = $(BASE_CFLAGS) $(CFLAGS) $(CPPFLAGS) $(LIB_CFLAGS) -DCOMMPKG_VERSION='"$(VERSION)"'
Q = $(if $(filter 1,$(V)),,@)
say = $(if $(filter 1,$(V)),,@printf '  %-6s %s\n' $(1) $(2);)
# A make of our own inherits the caller's -j, or takes one job for each core.
SUBMAKE = $(MAKE) --no-print-directory $(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS))

objs = $(patsubst %.c,$(O)/obj/%.o,$(wildcard $(1)))
FLOORS = $(O)/libcommpkg.a $(O)/libpkgdb.a $(O)/libformats.a
EMBEDDED = $(shell find tools/classes tools/shims ! -type l)
BINS = $(patsubst commpkg/main.c,$(O)/bin/commpkg,$(wildcard commpkg/main.c)) \
	$(patsubst tools/%.c,$(O)/bin/%,$(wildcard tools/*.c))
UNITS = $(patsubst tests/unit/%.c,$(O)/tests/%,$(wildcard tests/unit/*_test.c))
FUZZERS = $(patsubst tests/fuzz/%.c,$(O)/fuzz/%,$(wildcard tests/fuzz/*_fuzz.c))
HELPERS = $(patsubst tests/crash/%.c,$(O)/tests/%,$(wildcard tests/crash/*.c))

.PHONY: all check check-rules check-unit check-cli check-lint fuzz fuzzers demo bench deps \
	install uninstall clean dist analyze crash-all
.SUFFIXES:
.SECONDARY:
.DELETE_ON_ERROR:

all: $(FLOORS) $(BINS)

$(O)/libformats.a: $(call objs,formats/*.c)
$(O)/libpkgdb.a: $(call objs,pkgdb/*.c)
$(O)/libcommpkg.a: $(call objs,$(filter-out commpkg/main.c,$(wildcard commpkg/*.c)) tools/common/*.c) $(O)/obj/builtin_files.o
$(O)/%.a:
	$(call say,AR,$@) mkdir -p $(@D) && rm -f $@ && $(AR) rcs $@ $^

# The schemas are in the program.
$(O)/obj/formats/manifest_xml.o: manifests/component.rng manifests/catalog.rng
$(O)/obj/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(call say,CC,$<) $(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

# What the programs carry in themselves (commpkg/builtin.h).
$(O)/gen/builtin_files.c: tools/embed $(EMBEDDED)
	$(call say,EMBED,$@) mkdir -p $(@D) && tools/embed tools/classes tools/shims >$@
$(O)/obj/builtin_files.o: $(O)/gen/builtin_files.c Makefile
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
$(O)/tests/%: $(O)/obj/tests/bench/%.o $(FLOORS)
	$(call link,$<)
$(O)/fuzz/%_fuzz: $(O)/obj/tests/fuzz/%_fuzz.o $(FLOORS) $(if $(LIBFUZZER),,$(O)/obj/tests/fuzz/replay.o)
	$(call link,$(filter %.o,$^),$(LIBFUZZER))

-include $(shell find $(O)/obj -name '*.d' 2>/dev/null)

include manifests/suite/suite.mk

deps:
	$(Q)tools/install-deps $(DEPS_FOR)

# ---- tests: cmocka units and bats, all by prove, in parallel; a test that hangs is stopped

TEST_TIMEOUT ?= $(if $(filter 1,$(SAN)),2400,1200)
PROVE = prove --jobs $(JOBS) --timer --failures --comments --exec 'tests/run-one $(TEST_TIMEOUT)' $(PROVE_FLAGS)
TEST_ENV = O=$(abspath $(O)) PATH="$(abspath $(O))/bin:$$PATH" CMOCKA_MESSAGE_OUTPUT=tap \
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=1 UBSAN_OPTIONS=print_stacktrace=1
BATS = $(wildcard tests/cli/*.bats tests/crash/*.bats tests/interop/*.bats)
CORPUS = $(if $(FUZZERS),tests/fuzz/corpus.t)
# prove with no files would look for a directory t/.
prove = $(if $(strip $(1)),$(Q)$(TEST_ENV) $(PROVE) $(1),@echo 'no tests here yet')

check: DEPS_FOR = check
check: deps
	+$(Q)$(MAKE) --no-print-directory check-rules check-lint
	+$(Q)$(SUBMAKE) all suite $(UNITS) $(FUZZERS) $(HELPERS)
	$(call prove,$(UNITS) $(CORPUS) $(BATS))

check-unit: $(UNITS) $(FUZZERS)
	$(call prove,$(UNITS) $(CORPUS))
check-cli: all suite $(HELPERS)
	$(call prove,$(BATS))
check-rules:
	$(Q)tools/check-rules
check-lint:
	$(Q)tools/check-lint

# ---- slower looks: crashes at every call (CRASH_ARGS), fuzzing (FUZZ_ARGS), the compiler's analyzer,
# the bench (BENCH_ARGS)

crash-all: all suite $(HELPERS)
	$(Q)$(TEST_ENV) tests/crash/all $(CRASH_ARGS)

fuzzers: $(FUZZERS)
fuzz:
	+$(Q)tests/fuzz/run $(FUZZ_ARGS)

ANALYZED = $(patsubst %.c,$(O)/analyze/%.txt,$(wildcard formats/*.c pkgdb/*.c commpkg/*.c tools/*.c tools/common/*.c))
$(O)/analyze/%.txt: %.c $(wildcard formats/*.h pkgdb/*.h commpkg/*.h tools/common/*.h)
	@mkdir -p $(@D)
	$(call say,ANALYZ,$<) $(CC) $(ALL_CFLAGS) -fanalyzer -S -o /dev/null $< 2>$@
analyze: $(ANALYZED)
	$(Q)cat $^ </dev/null >$(O)/analyze/report
	$(Q)grep -c 'warning:.*-Wanalyzer' $(O)/analyze/report | sed 's|$$| reports in $(O)/analyze/report|'

bench: $(O)/tests/catalog_scale
	$(Q)$<
	+$(Q)tests/bench/run $(BENCH_ARGS)

demo: DEPS_FOR = build
demo: deps
	+$(Q)$(SUBMAKE) all suite
	$(Q)tools/demo $(abspath $(O))/bin

# ---- installation

MANS = $(wildcard man/*.[1-8])
INSTALLED = $(patsubst $(O)/bin/%,bin/%,$(BINS)) \
	$(foreach m,$(MANS),share/man/man$(patsubst .%,%,$(suffix $(m)))/$(notdir $(m))) \
	share/bash-completion/completions/commpkg \
	$(patsubst manifests/%,share/commpkg/%,$(wildcard manifests/*.rng manifests/*.rnc)) \
	share/doc/commpkg/README.md share/doc/commpkg/NEWS share/doc/commpkg/LICENSE \
	lib/systemd/system/commpkg-boot.service share/commpkg/init.d/commpkg-boot
TO = $(DESTDIR)$(PREFIX)

# The words come from the program's own tables.
$(O)/commpkg.bash: $(O)/bin/commpkg
	$(Q)$< completion >$@

install: all $(O)/commpkg.bash
	$(Q)for f in $(BINS); do install -D -m 755 $$f '$(TO)/bin/'$${f##*/} || exit 1; done
	$(Q)for f in $(MANS); do install -D -m 644 $$f '$(TO)/share/man/man'$${f##*.}/$${f##*/} || exit 1; done
	$(Q)install -D -m 644 $(O)/commpkg.bash '$(TO)/share/bash-completion/completions/commpkg'
	$(Q)for f in $(wildcard manifests/*.rng manifests/*.rnc); do \
		install -D -m 644 $$f '$(TO)/share/commpkg/'$${f##*/} || exit 1; done
	$(Q)for f in README.md NEWS LICENSE; do install -D -m 644 $$f '$(TO)/share/doc/commpkg/'$$f || exit 1; done
	$(Q)install -d '$(TO)/lib/systemd/system' '$(TO)/share/commpkg/init.d'
	$(Q)sed 's,@PREFIX@,$(PREFIX),' tools/boot/commpkg-boot.service >'$(TO)/lib/systemd/system/commpkg-boot.service'
	$(Q)sed 's,@PREFIX@,$(PREFIX),' tools/boot/commpkg-boot >'$(TO)/share/commpkg/init.d/commpkg-boot'
	$(Q)chmod 644 '$(TO)/lib/systemd/system/commpkg-boot.service'
	$(Q)chmod 755 '$(TO)/share/commpkg/init.d/commpkg-boot'

uninstall:
	$(Q)for f in $(INSTALLED); do rm -f '$(TO)/'$$f || exit 1; done
	$(Q)for d in share/doc/commpkg share/commpkg/init.d share/commpkg; do rmdir '$(TO)/'$$d 2>/dev/null || :; done

dist:
	$(Q)mkdir -p $(O)
	$(Q)git archive --format=tar --prefix=commpkg-$(VERSION)/ HEAD | gzip -n -9 >$(O)/commpkg-$(VERSION).tar.gz
	@echo $(O)/commpkg-$(VERSION).tar.gz

clean:
	rm -rf build
