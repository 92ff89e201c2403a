# The communications suite (manifests/suite) in a test: load lib/commpkg, then lib/suite.
#
#	D63 D70			the two distributions
#	suite_at BASE		its servers answer on an address of this test's own: no two tests, and
#				nobody else, are on it, whatever the port
#	suite_ask PORT		what is on standard input goes to that port there, the answer is printed
#	send_mail NAME SUBJECT	by the relay; what it said is printed
#	get PATH [LANGUAGE]	from the web front end
#	stop_all		for teardown: every server of every base below the test's directory; fails
#				when one of them had something to say about its memory

D63=$O/suite/6.3
D70=$O/suite/7.0
export MESSAGING=opt/commpkg/messaging

suite_setup()
{
	commpkg_setup
	[ -d "$D63" ] && [ -d "$D70" ] || {
		echo "there is no suite in $O/suite: make suite"
		return 1
	}
	# All of 127.0.0.0/8 is the loopback, and a process id is nobody else's while we live.
	ADDRESS=127.$((128 + (BASHPID >> 16 & 63))).$((BASHPID >> 8 & 255)).$((BASHPID & 255))
	# Sanitizers: memory that a server holds when a signal ends it is no leak.
	export ASAN_OPTIONS=detect_leaks=0:abort_on_error=1
}

# Both ways of writing addresses.
suite_at()
{
	local f
	for f in "$1"/etc/*.cnf; do
		sed -i "s/^\(bind\|storehost\)=.*/\1=$ADDRESS/; s/^\(listen\|store\)=[0-9.]*:/\1=$ADDRESS:/" "$f"
	done
}

suite_ask()
{
	"$O/suite/bin/7.0/lib/msgctl" ask "$ADDRESS:$1"
}

send_mail()
{
	printf 'HELO me\r\nMAIL FROM:<me@example.com>\r\nRCPT TO:<%s@localhost>\r\nDATA\r\nSubject: %s\r\n\r\nHello.\r\n.\r\nQUIT\r\n' \
		"$1" "$2" | suite_ask "${RELAY_PORT:-10025}"
}

get()
{
	printf 'GET %s HTTP/1.0\r\nAccept-Language: %s\r\n\r\n' "$1" "${2:-en}" | suite_ask "${WEB_PORT:-10080}"
}

stop_all()
{
	local f name
	find "$BATS_TEST_TMPDIR" -path '*/var/run/*.pid' | while read -r f; do
		name=${f##*/}
		"${f%/var/run/*}/lib/msgctl" stop "${name%.pid}" || :
	done
	# A child that died in a sanitizer is one connection that ended, and a line in the log.
	! grep -rE --include='*.log' 'Sanitizer|runtime error' "$BATS_TEST_TMPDIR"
}
