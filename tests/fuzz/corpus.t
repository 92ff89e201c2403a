#!/bin/sh
# Every fuzz target over its corpus (tests/corpus/NAME for tests/fuzz/NAME_fuzz.c) and damaged
# copies of it, as TAP. A target without a corpus is a failure: nothing would be replayed.
cd "$(dirname "$0")/../.." || exit 1
O=${O:-build}
tmp=$(mktemp -d) || exit 1
trap 'rm -rf "$tmp"' EXIT
set -- tests/fuzz/*_fuzz.c
echo "1..$#"
n=0
for src; do
	n=$((n + 1))
	name=${src##*/}
	name=${name%_fuzz.c}
	if [ -z "$(ls -A "tests/corpus/$name" 2>/dev/null)" ]; then
		echo "not ok $n - $name has a corpus in tests/corpus/$name"
	elif "$O/fuzz/${name}_fuzz" -m -o "$tmp/crash" "tests/corpus/$name" >"$tmp/out" 2>&1; then
		echo "ok $n - $name: $(tail -n 1 "$tmp/out")"
	else
		echo "not ok $n - $name over its corpus"
		tail -n 40 "$tmp/out" | sed 's/^/# /'
	fi
done
