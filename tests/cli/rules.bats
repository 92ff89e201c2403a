#!/usr/bin/env bats
# tools/check-rules sees each rule broken once.
load lib/commpkg

# A small tree that breaks nothing.
setup()
{
	commpkg_setup
	mkdir -p T/formats T/pkgdb T/commpkg T/tools/common T/tests/cli T/tests/unit
	cd T
	echo 'all:' >Makefile
	header formats/sum.h FORMATS_SUM_H
	header pkgdb/rows.h PKGDB_ROWS_H
	header commpkg/plan.h COMMPKG_PLAN_H
	printf '#include "sum.h"\n#include <archive.h>\n' >formats/sum.c
	printf '#include "rows.h"\n#include "formats/sum.h"\n#include <sqlite3.h>\n' >pkgdb/rows.c
	printf '#include "plan.h"\n#include "pkgdb/rows.h"\n#include "formats/sum.h"\n' >commpkg/plan.c
	printf 'int root_f(int d)\n{\n\treturn openat(d, "x", 0);\n}\n' >commpkg/root.c
	printf '#include "commpkg/plan.h"\n' >tools/pkgadd.c
	printf '#!/usr/bin/env bats\n' >tests/cli/a.bats
	chmod +x tests/cli/a.bats
}

header() # FILE GUARD
{
	printf '/* What it is for. */\n#ifndef %s\n#define %s\n#endif\n' "$2" "$2" >"$1"
}

refused() # WORDS: with this tree, by this rule, and by no other
{
	run "$TOP/tools/check-rules" .
	echo "$output"
	[ "$status" -eq 1 ]
	[[ ${lines[0]} == *"$1"* ]]
	[[ ${lines[-1]} == *' 1 breaches '* ]]
}

@test "a tree that breaks no rule passes" {
	run "$TOP/tools/check-rules" .
	[ "$status" -eq 0 ]
	[ -z "$output" ]
}

@test "this tree breaks no rule" {
	run "$TOP/tools/check-rules" "$TOP"
	echo "$output"
	[ "$status" -eq 0 ]
}

@test "the top holds what is allowed there and nothing else" {
	touch NOTES.txt
	refused 'NOTES.txt: nothing else belongs'
}

@test "formats includes neither pkgdb nor commpkg" {
	echo '#include "pkgdb/rows.h"' >>formats/sum.c
	refused 'formats/sum.c:3: a floor never includes'
}

@test "pkgdb does not include commpkg" {
	echo '#include "commpkg/plan.h"' >>pkgdb/rows.c
	refused 'pkgdb/rows.c:4: a floor never includes'
}

@test "an included file exists" {
	echo '#include "sums.h"' >>formats/sum.c
	run "$TOP/tools/check-rules" .
	[[ ${lines[0]} == 'formats/sum.c:3: there is no sums.h' ]]
}

@test "each library is spoken to in one room" {
	local file header n=0
	while read -r file header; do
		printf '#include <%s>\n' "$header" >"$file"
		refused "$file:1: one door for each library: $header"
		rm "$file"
		n=$((n + 1))
	done <<-END
		commpkg/a.c sqlite3.h
		formats/a.c sqlite3.h
		commpkg/a.c solv/pool.h
		commpkg/a.c archive.h
		commpkg/a.c archive_entry.h
		pkgdb/a.c zstd.h
		formats/a.c openssl/evp.h
		commpkg/a.c libxml/xmlreader.h
		commpkg/a.c json-c/json.h
		tools/a.c sqlite3.h
	END
	[ "$n" -eq 10 ]
}

@test "the rooms of the libraries may speak to them" {
	echo '#include <solv/pool.h>' >commpkg/solve_pool.c
	echo '#include <openssl/evp.h>' >formats/digest.c
	echo '#include <json-c/json.h>' >commpkg/show_json.c
	echo '#include <libxml/xmlreader.h>' >formats/manifest.c
	echo '#include <sqlite3.h>' >tests/unit/forged_test.c
	"$TOP/tools/check-rules" .
}

@test "path system calls belong to root.c" {
	for call in open openat openat2 fopen opendir stat fstatat unlinkat renameat2 linkat \
		symlinkat mkdirat chmod fchmodat chown lchown utimensat lsetxattr realpath mkdtemp; do
		printf 'int f(void)\n{\n\treturn %s (0);\n}\n' "$call" >commpkg/a.c
		refused "commpkg/a.c:3: paths under a root are reached by root.h alone: $call()"
	done
}

@test "calls through a pointer, in comments, strings and other names are no path calls" {
	cat >commpkg/a.c <<-'END'
		/* open(x) and
		 * unlink(y) */
		// rename(z)
		static const char *s = "link(\"a\")", c = '"';
		int f(struct v *v)
		{
			return v->open(s) + v.stat(c) + tree_open(s) + reopen(s);
		}
	END
	"$TOP/tools/check-rules" .
}

@test "a comment does not hide the call after it" {
	printf 'int f(void)\n{\n\t/* why */ return unlink("x"); /* and more */\n}\n' >commpkg/a.c
	refused 'commpkg/a.c:3: paths'
}

@test "the process does not change directory, root or mask" {
	for call in chdir fchdir chroot umask pivot_root; do
		printf 'int f(void)\n{\n\treturn %s(0);\n}\n' "$call" >formats/a.c
		refused "two roots in one process must work: $call()"
	done
}

@test "no shell, and no string function without a limit" {
	for call in system popen sprintf vsprintf strcpy strcat gets; do
		printf 'int f(void)\n{\n\treturn %s("x");\n}\n' "$call" >tools/a.c
		refused "tools/a.c:3: never used here: $call()"
	done
}

@test "library code never prints" {
	printf 'void f(void)\n{\n\tprintf("x");\n}\n' >formats/a.c
	refused 'formats/a.c:3: library code never prints'
	printf 'void f(void)\n{\n\tfprintf(stderr, "x");\n}\n' >formats/a.c
	refused 'formats/a.c:3: library code never prints'
	printf 'void f(void)\n{\n\tfprintf(stderr, "no memory");\n\tabort();\n}\n' >formats/a.c
	"$TOP/tools/check-rules" .
}

@test "nothing is left unfinished" {
	for word in TODO FIXME XXX; do
		echo "# $word" >tools/a.sh
		refused 'tools/a.sh:1: finished'
	done
}

@test "no file is called util" {
	for f in util.c utils.h misc.c helpers.c; do
		case $f in *.h) header "formats/$f" FORMATS_UTILS_H ;; *) : >"formats/$f" ;; esac
		refused 'a file is named after one noun'
		rm "formats/$f"
	done
}

@test "files end at 800 lines" {
	yes '/* x */' | head -n 800 >commpkg/a.c
	"$TOP/tools/check-rules" .
	echo '/* x */' >>commpkg/a.c
	refused 'commpkg/a.c:801: files end'
}

@test "lines end at column 100, tabs being 8 and letters one" {
	printf '/*\t%089d */\n' 0 >commpkg/a.c
	printf '/* %s */\n' "$(printf '\303\244%.0s' $(seq 94))" >>commpkg/a.c
	"$TOP/tools/check-rules" .
	printf '/*\t%090d */\n' 0 >>commpkg/a.c
	refused 'commpkg/a.c:3: lines end at column 100'
	mv commpkg/a.c tests/unit/a_test.c
	"$TOP/tools/check-rules" .
	printf '/*\t%0110d */\n' 0 >>tests/unit/a_test.c
	refused 'tests/unit/a_test.c:4: lines end at column 120'
}

@test "a header has its guard and begins with what it is for" {
	header commpkg/a.h COMMPKG_B_H
	refused 'commpkg/a.h:1: the guard is COMMPKG_A_H'
	printf '#ifndef COMMPKG_A_H\n#define COMMPKG_A_H\n#endif\n' >commpkg/a.h
	refused 'commpkg/a.h:1: a header begins'
}

@test "no macro hides a return" {
	printf '#define CHECK(x) \\\n\tdo { \\\n\t\tif (x) return -1; \\\n\t} while (0)\n' >commpkg/a.c
	refused 'commpkg/a.c:3: no macro'
	printf '#define A 1\nint f(void)\n{\n\treturn A;\n}\n' >commpkg/a.c
	"$TOP/tools/check-rules" .
}

@test "what prove runs is executable, and units have its name" {
	: >tests/cli/b.bats
	run "$TOP/tools/check-rules" .
	[[ $output == *'tests/cli/b.bats:1: prove runs it: it must be executable'* ]]
	[[ $output == *'tests/cli/b.bats:1: prove runs it: it must begin'* ]]
	rm tests/cli/b.bats
	: >tests/unit/plan.c
	refused 'tests/unit/plan.c:1: units are named'
}
