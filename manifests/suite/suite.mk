# The communications suite to show things on (manifests/suite): its programs in two releases, packed
# as two distributions, $(O)/suite/6.3 and $(O)/suite/7.0.   make suite

S = manifests/suite
SUITE_RELEASES = 6.3 7.0
SUITE_PROGRAMS = store relay webmail cald msgctl
SUITE_FLAGS_6.3 = -DSUITE_RELEASE=63 -DSUITE_VERSION='"6.3"' -DSUITE_CAL_VERSION='"6.3"'
SUITE_FLAGS_7.0 = -DSUITE_RELEASE=70 -DSUITE_VERSION='"7.0"' -DSUITE_CAL_VERSION='"6.3.1"'
SUITE_LDAP_6.3 = libcommldap.so.5
SUITE_LDAP_7.0 = libcommldap.so.6
SUITE_CFLAGS = $(BASE_CFLAGS) $(CFLAGS) -I$(S)/src -I$(S)/nss -I$(S)/ldap
SUITE_FILES = $(shell find $(S) -type f ! -name '*.[ch]')

# The servers look for the libraries in share/, beside their own base (messaging/, calendar/).
define suite_release
SUITE_BIN_$(1) = $(O)/suite/bin/$(1)
$(O)/suite/obj/$(1)/%.o: $(S)/%.c Makefile $(S)/suite.mk
	@mkdir -p $$(@D)
	$$(call say,CC,'$$< $(1)') $(CC) $(SUITE_CFLAGS) $(SUITE_FLAGS_$(1)) -MMD -MP -fPIC -c -o $$@ $$<
$(O)/suite/bin/$(1)/lib/libcommnss.so.3: $(O)/suite/obj/$(1)/nss/commnss.o
$(O)/suite/bin/$(1)/lib/$(SUITE_LDAP_$(1)): $(O)/suite/obj/$(1)/ldap/commldap.o
$(O)/suite/bin/$(1)/lib/libcomm%:
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@) $(CC) $(SUITE_CFLAGS) $(LDFLAGS) -s -shared -Wl,-soname,$$(@F) -o $$@ $$^
$(O)/suite/bin/$(1)/lib/%:
	@mkdir -p $$(@D)
	$$(call say,LINK,$$@) $(CC) $(SUITE_CFLAGS) $(LDFLAGS) -s -Wl,-rpath,'$$$$ORIGIN/../../share/lib' -Wl,--as-needed -o $$@ $$^
$(O)/suite/bin/$(1)/lib/store: $$(call suite_objs,$(1),store mailbox mailbox_index $(if $(filter 7.0,$(1)),convert) server conf net)
$(O)/suite/bin/$(1)/lib/store: $(O)/suite/bin/$(1)/lib/libcommnss.so.3 $(O)/suite/bin/$(1)/lib/$(SUITE_LDAP_$(1))
$(O)/suite/bin/$(1)/lib/relay: $$(call suite_objs,$(1),relay queue store_client server conf net)
$(O)/suite/bin/$(1)/lib/webmail: $$(call suite_objs,$(1),webmail http store_client server conf net)
$(O)/suite/bin/$(1)/lib/cald: $$(call suite_objs,$(1),cald http server conf net)
$(O)/suite/bin/$(1)/lib/cald: $(O)/suite/bin/$(1)/lib/libcommnss.so.3 $(O)/suite/bin/$(1)/lib/$(SUITE_LDAP_$(1))
$(O)/suite/bin/$(1)/lib/msgctl: $$(call suite_objs,$(1),msgctl server conf net)

$(O)/suite/.made-$(1): $(patsubst %,$(O)/suite/bin/$(1)/lib/%,$(SUITE_PROGRAMS)) $(SUITE_FILES) $(O)/bin/pkgmk $(O)/bin/pkgtrans
	$$(call say,PACK,$(O)/suite/$(1)) PATH='$(abspath $(O))/bin':"$$$$PATH" $(S)/pack $(1) $(O)/suite
	@touch $$@
endef
suite_objs = $(patsubst %,$(O)/suite/obj/$(1)/src/%.o,$(2))
$(foreach r,$(SUITE_RELEASES),$(eval $(call suite_release,$(r))))

.PHONY: suite
suite: $(patsubst %,$(O)/suite/.made-%,$(SUITE_RELEASES))

-include $(shell find $(O)/suite/obj -name '*.d' 2>/dev/null)
