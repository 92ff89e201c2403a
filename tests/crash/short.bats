#!/usr/bin/env bats
# Writes that make less than they were asked to, which is no error: on a disk that is nearly full, or
# where a signal comes.
# shellcheck disable=SC2034	# lib/crash.bash uses them

load lib/crash

setup() { :; }

@test "each write makes only half of what it was to: all is as it should be" {
	local verb
	BEFORE=$BATS_TEST_TMPDIR/before PLACE=
	commpkg_setup
	export SOURCE_DATE_EPOCH=1000000000
	mkdir -p "$BEFORE"
	crash_packages
	mkpkg text 1.0 'd opt/text' 'e opt/text/c <a=1\nb=2\n' \
		'i postinstall <echo made >$PKG_INSTALL_ROOT/opt/text/m; touch -d @1000000000 $PKG_INSTALL_ROOT/opt/text/m\n'
	commpkg -qy -R "$BEFORE" install ./demo-1.0.pkg ./text-1.0.pkg
	cp -a "$BEFORE" whole
	cp -a "$BEFORE" short
	for verb in 'upgrade ./demo-2.0.pkg' 'undo' 'uninstall text' 'undo' 'install --pkgOverwrite ./demo-1.0.pkg' \
		'repair ./demo-1.0.pkg ./text-1.0.pkg'; do
		if [ "${verb%% *}" = repair ]; then
			echo damage | tee whole/opt/text/c >short/opt/text/c
			rm whole/opt/demo/bin/a short/opt/demo/bin/a
			rm -rf whole/var/sadm/pkg/text short/var/sadm/pkg/text
		fi
		commpkg -qy -R ./whole $verb
		stopat --short -- commpkg -qy -R ./short $verb
	done
	[ "$(state_of whole)" = "$(state_of short)" ]
}
