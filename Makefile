# Koshin. `make run` starts it, `make test` tests it; both install what they
# need first. `make help` lists the rest:
#
#@ make run          Koshin with services of its own; Ctrl-C ends it
#@ make demo         the main job, narrated, without a person
#@ make clean-run    forget the data of `make run`
#@ make test         all but test-long           (12 minutes)
#@ make test-long    what takes hours            (PARTS="long-rounds valgrind ...")
#@ make check        unit and flow tests          (UNIT=tests/unit/...)
#@ make check-server the real program             (PYTESTS=tests/server/... WORKERS=1)
#@ make asan         unit and flow tests under ASan and UBSan
#@ make asan-server  the real program under them
#@ make valgrind     unit and flow tests under valgrind
#@ make lint         format, includes, cppcheck, clang-tidy, manuals
#@ make test-chroot  README's "Start" on a fresh Debian 12 (root; CHROOT=sudo)
#@ make interop      tables: whose requests get a certificate
#@ make rules        where each rule is kept      (FAMILY=R-AUTH, FAMILY=I-7)
#@ make bench        measure, into bench/results/
#@ make bench-compare  ... beside another commit (BEFORE=REVISION), or two runs
#@ make fmt          format the C files
#@ make install      PREFIX=/usr/local DESTDIR= SYSCONFDIR=/etc
#@ make deps         install what all of this needs (Debian)
#@ make clean

MODE	?= release
BUILD	?= build
O	= $(BUILD)/$(MODE)

CC	= gcc
PKG_CONFIG = pkg-config
PREFIX	?= /usr/local
SYSCONFDIR ?= /etc
DESTDIR	?=
PYTEST	= /usr/bin/python3 -m pytest

# ---------------------------------------------------------------- flags
# What the code needs stands in STD, WARN and HARD, so that
# `make CFLAGS=-O0` stays correct.
STD	= -std=c11 -D_GNU_SOURCE -DOPENSSL_API_COMPAT=30000 -pthread
WARN	= -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wpointer-arith -Wwrite-strings -Wformat=2 -Wvla -Wundef
INC	= -I. -isystem /usr/include/postgresql

CFLAGS_release = -O2 -g
HARD_release = -fstack-protector-strong -fstack-clash-protection \
	-ftrivial-auto-var-init=zero -D_FORTIFY_SOURCE=3 -fPIE \
	$(CONTROL_FLOW)
# A word of x86 alone.
CONTROL_FLOW := $(if $(filter x86_64 i686,$(shell uname -m)),-fcf-protection=full)
LDHARD_release = -pie -Wl,-z,relro,-z,now
CFLAGS_debug = -O0 -g3
CFLAGS_asan = -O1 -g -fno-omit-frame-pointer
HARD_asan = -fsanitize=address,undefined -fno-sanitize-recover=undefined \
	-DARENA_SEPARATE
LDHARD_asan = -fsanitize=address,undefined

CFLAGS	?= $(CFLAGS_$(MODE))
HARD	= $(HARD_$(MODE))
LDHARD	= $(LDHARD_$(MODE))
ifdef WERROR
WARN	+= -Werror
endif

VERSION	:= $(shell cat VERSION 2>/dev/null)
DEFS	= -DKOSHIN_VERSION='"$(VERSION)"' \
	-DKOSHIN_SHARE='"$(PREFIX)/share/koshin"' \
	-DKOSHIN_SYSCONFDIR='"$(SYSCONFDIR)/koshin"'

# Sections of their own, so that check-dead sees which functions are needed.
COMPILE	= $(CC) $(STD) $(WARN) $(HARD) -ffunction-sections $(DEFS) $(INC) \
	$(CPPFLAGS) $(CFLAGS)

# pkg-config names only -levhtp; the rest of what it needs stands here. Each
# program has those that it needs.
LIBS	= -Wl,--as-needed -levhtp -levent -levent_openssl -levent_pthreads -lssl -lcrypto \
	-lhiredis -lpq -lcurl -lsodium -lyaml -ljansson -lunistring -lseccomp \
	-lpthread -lm

# -------------------------------------------------------------- sources
# Every folder with a `deps` file; what lies deeper (cli/commands) belongs to it.
TOPS	:= $(filter-out deploy,$(patsubst %/deps,%,$(wildcard */deps)))
FOLDERS	= $(filter-out bench,$(TOPS))
SRC	= $(foreach d,$(FOLDERS),$(wildcard $(d)/*.c $(d)/*/*.c))
OBJ	= $(SRC:%.c=$(O)/%.o)
HDR	= $(foreach d,$(FOLDERS),$(wildcard $(d)/*.h $(d)/*/*.h))

TESTLIB	= $(wildcard tests/lib/*.c)
UNIT	= $(wildcard tests/unit/*/*_test.c) $(wildcard tests/flow/*_test.c)
# These break servers of their own; tests/server runs them.
DBTEST	= $(wildcard tests/db/*_test.c)
DBTESTBIN = $(DBTEST:tests/%.c=$(O)/tests/%)
UNITBIN	= $(UNIT:tests/%.c=$(O)/tests/%)
PYTESTS	?= tests/server

.PHONY: all deps run demo clean-run check check-server check-all test
.PHONY: asan asan-server valgrind lint fmt fmt-check check-includes check-headers
.PHONY: db-tests test-long long-rounds looks plans interop test-chroot rules bench bench-compare install uninstall clean help
.PHONY: rules-check check-form check-contracts check-dead check-docs check-man
.PHONY: check-words
.PHONY: cppcheck tidy lint-tidy
.SECONDARY:

# `make V=1` shows the commands.
SAY	= $(if $(V),,@echo '  $(1) $(2)'; )

all: $(O)/koshin $(O)/koshin-courier $(O)/estbench

LINK	= $(CC) $(HARD) $(LDHARD) $(LDFLAGS)
BENCHOBJ = $(patsubst %.c,$(O)/%.o,$(wildcard bench/*.c))
BENCHLIBS = -levent -lssl -lcrypto -lm

$(O)/estbench: $(BENCHOBJ)
	$(call SAY,LD,$@)$(LINK) -o $@ $^ $(BENCHLIBS)

$(O)/%.o: %.c
	@mkdir -p $(@D)
	$(call SAY,CC,$<)$(COMPILE) -MMD -MP -c -o $@ $<

# These places are built in: with another PREFIX it is another program.
$(patsubst %.c,$(O)/%.o,$(wildcard cli/*.c cli/commands/*.c) config/config_settings.c \
	serve/parent.c serve/program.c serve/courier_main.c): \
	$(O)/places
$(O)/places: FORCE
	@mkdir -p $(@D)
	@echo '$(PREFIX) $(SYSCONFDIR) $(VERSION)' | cmp -s - $@ || \
		echo '$(PREFIX) $(SYSCONFDIR) $(VERSION)' >$@
FORCE:

# The assembler takes them in; the compiler does not see them.
$(O)/db/scripts.o: $(wildcard db/scripts/*.lua)
$(O)/db/schema.o: $(wildcard db/schema/*.sql)
$(O)/db/sql.o: $(wildcard db/sql/*.sql)
$(O)/cli/sql.o: $(wildcard cli/sql/*.sql)

# The pages, with digests in their names and each also as gzip.
PAGES	= $(O)/portal/pages/pages.c
$(PAGES): portal/pack portal/frame.html portal/openapi.yaml \
		$(wildcard portal/pages/* portal/pages/*/*)
	@mkdir -p $(@D)
	$(call SAY,PACK,portal/pages)portal/pack portal/pages $(@D) \
		portal/openapi.yaml && touch $@
$(PAGES:.c=.o): $(PAGES)
	$(call SAY,CC,$<)$(COMPILE) -c -o $@ $<
OBJ	+= $(PAGES:.c=.o)
$(O)/portal.a: $(PAGES:.c=.o)

# Of each folder an archive: a test links those of its folder and of what that
# may include, and the linker takes what it needs. What a test fakes stands in
# its first line, comes first, and so keeps the real one out:
#	/* FAKES: clock log */		tests/lib/fake_clock.c ...
$(foreach d,$(TOPS),$(eval deps_$(d) := $(shell sed '/^#/d' $(d)/deps)))
reach	= $(sort $(1) $(foreach d,$(deps_$(1)),$(call reach,$(d))))
archives = $(patsubst %,$(O)/%.a,$(1))

AR_RULE	= $(call SAY,AR,$@)rm -f $@ && $(AR) rcsD $@ $(filter %.o,$^)
define archive_rule
$(O)/$(1).a: $(patsubst %.c,$(O)/%.o,$(wildcard $(1)/*.c $(1)/*/*.c)) $(O)/sources
	$$(AR_RULE)
endef
$(foreach d,$(TOPS),$(eval $(call archive_rule,$(d))))

# What tests share, without fakes and programs.
TESTHELP = $(filter-out tests/lib/fake_% %_main.c %_test.c tests/lib/gate_server.c, \
	$(TESTLIB) $(wildcard tests/db/*.c)) tests/lib/db_test.c
$(O)/tests.a: $(TESTHELP:%.c=$(O)/%.o) $(O)/sources
	$(AR_RULE)

# A file that is gone is in no archive.
$(O)/sources: FORCE
	@mkdir -p $(@D)
	@echo '$(SRC) $(TESTHELP)' | cmp -s - $@ || \
		echo '$(SRC) $(TESTHELP)' >$@

# Two programs, each with what it calls: the courier alone has libcurl (T8).
LINK_PROGRAM = $(call SAY,LD,$@)$(LINK) -o $@ $(filter %.o,$^) \
	-Wl,--start-group $(filter %.a,$^) -Wl,--end-group $(LIBS)
$(O)/koshin: $(O)/cli/main.o $(call archives,$(call reach,cli))
	$(LINK_PROGRAM)
$(O)/koshin-courier: $(O)/serve/courier_main.o $(call archives,$(call reach,serve))
	$(LINK_PROGRAM)

LINK_TEST = $(call SAY,LD,$@)$(LINK) -o $@ \
	$(filter %.o,$^) -Wl,--start-group $(filter %.a,$^) -Wl,--end-group \
	-lcmocka $(LIBS)

# FILE:WORD for each fake.
FAKES	:= $(shell awk 'FNR == 1 { on = /^\/\* FAKES: / } on { \
	for (i = 1; i <= NF; i++) if ($$i ~ /^[a-z_]+$$/) print FILENAME ":" $$i } \
	/\*\// { on = 0 }' $(UNIT) $(DBTEST))
fakes	= $(patsubst $(1):%,$(O)/tests/lib/fake_%.o,$(filter $(1):%,$(FAKES)))
# Folder of what a test is about; flows and the database go through all.
about	= $(or $(filter $(TOPS),$(word 3,$(subst /, ,$(1)))),serve cli)

define unit_rule
$(1:tests/%.c=$(O)/tests/%): $(1:%.c=$(O)/%.o) $(call fakes,$(1)) $(O)/tests.a \
	$(call archives,$(sort $(foreach d,$(call about,$(1)),$(call reach,$(d)))))
	$$(LINK_TEST)
endef
$(foreach t,$(UNIT) $(DBTEST),$(eval $(call unit_rule,$(t))))

# What the server tests talk to: the gate with nothing behind it, a database
# with the schema, an issuer whose database dies, the courier alone.
SERVERTEST = gate_server migrate_main issue_main courier_main forge_main \
	forge_keymaker_main
SERVERTESTBIN = $(SERVERTEST:%=$(O)/tests/%)
$(SERVERTESTBIN): $(O)/tests/%: $(O)/tests/lib/%.o $(O)/tests.a \
		$(call archives,$(sort $(call reach,mailer) $(call reach,http)))
	$(LINK_TEST)

-include $(OBJ:.o=.d) $(UNITBIN:=.d) $(wildcard $(O)/tests/db/*.d) \
	$(TESTLIB:%.c=$(O)/%.d)
-include $(wildcard $(O)/bench/*.d)

# ------------------------------------------------------------------ run
# Koshin in this terminal with services of its own under var/; Ctrl-C ends
# all of it. EST is at PORT_BASE, behind it the portal, the member area and what
# was mailed. Elsewhere than on 8443 to 8446: make run PORT_BASE=18443
PORT_BASE ?= 8443
# Says nothing where there is nothing to build.
BUILD_ALL = $(MAKE) --no-print-directory $(if $(V),,-s) -j$(JOBS) all

run:
	@deploy/deps build run
	+@$(BUILD_ALL)
	@deploy/local/run --koshin $(O)/koshin --port $(PORT_BASE)

# The main job without a person, step by step; then everything is gone.
demo:
	@deploy/deps build run demo
	+@$(BUILD_ALL)
	@deploy/local/demo $(O)/koshin

# Forget the data of `make run`.
clean-run:
	@deploy/local/run --forget

# ---------------------------------------------------------------- tests
# Unit and flow tests: no services, no network. One of them alone:
#	make check UNIT=tests/unit/base/buf_test.c
check: $(UNITBIN)
	@sh tests/run-unit.sh $(UNITBIN)

db-tests: $(DBTESTBIN)

# The real program with services of its own. One file of it:
#	make check-server PYTESTS=tests/server/est/test_code.py
check-server: all db-tests $(SERVERTESTBIN)
	@BUILD=$(BUILD) MODE=$(MODE) PYTEST='$(PYTEST)' WORKERS=$(WORKERS) \
		sh tests/run-server.sh $(PYTESTS)

# Each of them, whatever became of the others; in the end the counts.
JOBS	?= $(shell nproc)
RUN_ALL	= +@MAKE='$(MAKE)' JOBS=$(JOBS) sh tests/run-all.sh

check-all:
	$(RUN_ALL) check check-server

test:
	@deploy/deps
	$(RUN_ALL) check check-server lint asan asan-server

# What sanitizers and valgrind take over: they have their own free(), and let
# nobody lock memory.
OWN_MEMORY = $(addprefix tests/unit/base/, locked_test.c wipe_test.c \
	large_pages_test.c)
asan:
	@$(MAKE) MODE=asan check UNIT="$(filter-out $(OWN_MEMORY),$(UNIT))"

# The real program under the sanitizers: every request, mail and row once.
# What counts time, races and deaths says nothing more about memory, and what
# is freed stays readable for a while under ASan, on purpose.
ASAN_SERVER = $(addprefix tests/server/, guard http $(addsuffix .py, \
	$(addprefix est/test_, auth binding cacerts certificate code curl \
		encoding http identity issuer paths requests tls) \
	accounts/test_people accounts/test_lock mail/test_courier \
	mail/test_notices db/test_postgres ledger/test_trail))
asan-server:
	@PYTEST_ADDOPTS='-k "not gone_from_memory"' \
		$(MAKE) MODE=asan check-server PYTESTS="$(ASAN_SERVER)"

VALGRIND = valgrind -q --leak-check=full --error-exitcode=99 \
	--errors-for-leak-kinds=definite,indirect
# Not the release build: what the optimizer merges confuses valgrind. It has a
# malloc() of its own, so memory_test refuses nothing there.
valgrind:
	@RUN='$(VALGRIND)' LIMIT=900 $(MAKE) MODE=debug check UNIT="$(filter-out \
		$(OWN_MEMORY) tests/flow/memory_test.c,$(UNIT))"

# What takes longer than anybody waits for, by parts: all races and deaths in
# many more rounds; each page in all its looks; what is read beside a million
# certificates; what all tools write; valgrind; a fresh Debian.
#	make test-long PARTS=long-rounds
PARTS	?= long-rounds looks plans interop valgrind test-chroot
test-long:
	@deploy/deps
	$(RUN_ALL) $(PARTS)

LONG_ROUNDS = KOSHIN_LONG=1 PYTEST_ADDOPTS='-o timeout=10800'
PLANS	= tests/server/db/test_plans.py
long-rounds:
	@$(LONG_ROUNDS) $(MAKE) check-server PYTESTS="$$(grep -rl --include='test_*.py' \
		'place import.*LONG' tests/server | grep -vx $(PLANS) | tr '\n' ' ')"

# Each page and each error on it, light and dark, wide and on a phone, in both
# languages (koshin_tests/looks.py).
looks:
	@KOSHIN_LOOKS=1 PYTEST_ADDOPTS='-o timeout=10800' \
		$(MAKE) check-server PYTESTS="$$(grep -rlE --include='test_*.py' \
		'looks\.(at|right)\(' tests/server | tr '\n' ' ')"

# Each statement of a day's work, and the first page of each list, beside a
# million certificates and 60,000 mails that wait.
plans:
	@$(LONG_ROUNDS) $(MAKE) check-server PYTESTS=$(PLANS) WORKERS=1

# What each tool of Debian that writes requests gets for each kind of key, as
# two tables; and the two readers of requests against each other for longer.
interop:
	@deploy/deps build run test interop
	@KOSHIN_LONG=1 $(MAKE) check UNIT=tests/unit/pki/csr_openssl_test.c
	@KOSHIN_ALL_TOOLS=1 $(MAKE) check-server PYTESTS=tests/server/interop

# From a fresh Debian 12 to the first certificate, as people get there.
test-chroot:
	@deploy/deps chroot
	@tests/chroot/first_contact $(CHROOT)

# Koshin against its goals (docs/performance.md), into bench/results/.
bench:
	@deploy/deps build run
	+@$(BUILD_ALL)
	@bench/run --build $(O) $(OPTIONS)

# Before, after, ratio and goal: of two builds in turn, or of two runs.
#	make bench-compare BEFORE=a54604e OPTIONS="--only traffic"
#	make bench-compare BEFORE=bench/results/A.json AFTER=bench/results/B.json
bench-compare:
	$(if $(BEFORE),,$(error say BEFORE=REVISION, or BEFORE=A.json AFTER=B.json))
ifdef AFTER
	@bench/compare $(BEFORE) $(AFTER)
else
	@deploy/deps build run
	+@$(BUILD_ALL)
	@bench/compare --before $(BEFORE) --build $(O) $(OPTIONS)
endif

# ----------------------------------------------------------------- form
CFILES	= $(foreach d,$(TOPS),$(wildcard $(d)/*.[ch] $(d)/*/*.[ch])) \
	$(shell find tests -name '*.[ch]' | sort)

fmt:
	clang-format -i $(CFILES)

fmt-check:
	@clang-format --dry-run --Werror $(CFILES)

# Rule by rule (docs/service-rules.md and others): which files speak of it, and
# which tests promise it.
#	make rules FAMILY=R-AUTH OPTIONS=--missing
rules:
	@python3 tests/rules.py $(if $(FAMILY),--family $(FAMILY)) $(OPTIONS)

rules-check:
	@python3 tests/rules.py --check

lint:
	@deploy/deps build lint
	$(RUN_ALL) fmt-check check-includes check-form check-docs \
		check-words rules-check check-headers check-dead check-man cppcheck \
		lint-tidy

# The `deps` files of the folders, and each library behind its door.
check-includes:
	@python3 tests/check-includes.py

# Columns, forbidden functions; that scripts can be read.
check-form: check-contracts
	@python3 tests/check-form.py

# Headers tell what a caller must know, and in whose words.
check-contracts:
	@python3 tests/check-contracts.py

# Pages speak of what is there.
check-docs:
	@python3 tests/check-docs.py

# Mails, help and manuals: words that do not come back, lines of mails.
check-words:
	@python3 tests/check-words.py

# What the linker could leave out of both programs, linked as one.
LINK_LIVE = $(LINK) -Wl,--gc-sections,--print-gc-sections -o $(O)/live
SECOND	= $(O)/serve/courier_main.o
check-dead: all
	@objcopy --redefine-sym main=second $(SECOND) $(O)/second.o
	@{ $(LINK_LIVE) -Wl,-u,second $(filter-out $(SECOND),$(OBJ)) \
			$(O)/second.o $(LIBS); $(LINK_LIVE) $(BENCHOBJ) $(BENCHLIBS); \
		rm -f $(O)/live $(O)/second.o; } 2>&1 | python3 tests/check-dead.py

# Every header compiles alone.
check-headers: $(patsubst %,$(O)/%.ok,$(HDR) $(wildcard bench/*.h tests/*/*.h))

$(O)/%.h.ok: %.h
	@mkdir -p $(@D)
	@$(COMPILE) -Werror -MMD -MP -MT $@ -MF $@.d -fsyntax-only -x c \
		-include $< /dev/null
	@touch $@

MANUALS	= deploy/man/*.[1-8]
check-man:
	@mandoc -T lint -W warning $(MANUALS)

# It does not read the system's headers; the macros of one it needs. ctuuninitvar
# takes what a function of another file fills in for something it reads.
CPPCHECK = cppcheck -q -j$(JOBS) --std=c11 --error-exitcode=1 \
	--enable=warning,performance,portability --inline-suppr \
	--suppress=missingIncludeSystem --suppress=returnDanglingLifetime \
	--suppress=ctuuninitvar \
	--include=$(firstword $(wildcard /usr/include/*/sys/queue.h)) \
	--template='{file}:{line}: {severity}: {message} [{id}]'
LINTED	= $(SRC) $(wildcard bench/*.c)
cppcheck:
	@mkdir -p $(O)/cppcheck
	@$(CPPCHECK) --cppcheck-build-dir=$(O)/cppcheck -I. -D_GNU_SOURCE $(DEFS) $(LINTED)

# A file is looked at again when it or what it includes has changed.
tidy: $(patsubst %.c,$(O)/%.tidy,$(LINTED))
lint-tidy:
	+@$(MAKE) --no-print-directory -k -O \
		$(if $(findstring -j,$(MAKEFLAGS)),,-j$(JOBS)) tidy

$(O)/%.tidy: %.c .clang-tidy
	@mkdir -p $(@D)
	@$(CC) $(STD) $(DEFS) $(INC) -MM -MP -MT $@ -MF $@.d $<
	@clang-tidy -quiet $< -- $(STD) $(DEFS) $(INC) >$@.log 2>&1 || { \
		grep -A2 ': \(error\|warning\): ' $@.log; \
		echo "how it comes to that: $@.log"; false; }
	@touch $@

-include $(wildcard $(O)/*/*.tidy.d $(O)/*/*.ok.d $(O)/tests/*/*.ok.d)

# Quick when nothing is missing; never starts a system service.
deps:
	@deploy/deps

# -------------------------------------------------------------- install
# `koshin init` makes the rest; what it made is left by `make uninstall`.
INSTALL	= install
BINDIR	= $(DESTDIR)$(PREFIX)/bin
MANDIR	= $(DESTDIR)$(PREFIX)/share/man
SHAREDIR = $(DESTDIR)$(PREFIX)/share/koshin
BASHDIR	= $(DESTDIR)$(PREFIX)/share/bash-completion/completions
SYSTEMDDIR = $(DESTDIR)$(PREFIX)/lib/systemd/system
LANGUAGES = $(notdir $(wildcard mailer/templates/*))

install: $(O)/koshin $(O)/koshin-courier
	$(INSTALL) -D -m 755 $(O)/koshin-courier $(BINDIR)/koshin-courier
	$(INSTALL) -D -m 755 $(O)/koshin $(BINDIR)/koshin
	$(INSTALL) -D -m 644 deploy/man/koshin.8 $(MANDIR)/man8/koshin.8
	$(INSTALL) -D -m 644 deploy/man/koshin.yaml.5 \
		$(MANDIR)/man5/koshin.yaml.5
	$(INSTALL) -D -m 644 deploy/completion/koshin.bash $(BASHDIR)/koshin
	$(INSTALL) -d $(SYSTEMDDIR)
	sed 's|@BINDIR@|$(PREFIX)/bin|; s|@SYSCONFDIR@|$(SYSCONFDIR)|' \
		deploy/systemd/koshin.service >$(SYSTEMDDIR)/koshin.service
	chmod 644 $(SYSTEMDDIR)/koshin.service
	for l in $(LANGUAGES); do \
		$(INSTALL) -d $(SHAREDIR)/templates/$$l && \
		$(INSTALL) -d $(SHAREDIR)/templates/$$l/device && \
		$(INSTALL) -m 644 mailer/templates/$$l/*.txt \
			$(SHAREDIR)/templates/$$l && \
		$(INSTALL) -m 644 mailer/templates/$$l/device/*.txt \
			$(SHAREDIR)/templates/$$l/device || exit 1; done

uninstall:
	rm -f $(BINDIR)/koshin $(BINDIR)/koshin-courier $(MANDIR)/man8/koshin.8 \
		$(MANDIR)/man5/koshin.yaml.5 $(BASHDIR)/koshin \
		$(SYSTEMDDIR)/koshin.service
	rm -rf $(SHAREDIR)

clean:
	rm -rf $(BUILD)

help:
	@sed -n 's/^#@ //p' Makefile
