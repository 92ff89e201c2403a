#!/usr/bin/env bats
# make install puts everything in its place, and make uninstall takes it all away.
load lib/commpkg

in_top()
{
	make -C "$TOP" --no-print-directory -s O="$O" SAN=0 "$@"
}

setup()
{
	commpkg_setup
	[[ $O != */san ]] || skip 'installs what the ordinary build made'
	# Inside a make of somebody else's, with his flags.
	unset MAKEFLAGS MAKELEVEL MFLAGS
}

@test "install honours PREFIX and DESTDIR, uninstall leaves nothing" {
	in_top install DESTDIR="$PWD/dest" PREFIX=/opt/it
	[ -x dest/opt/it/bin/commpkg ]
	[ -x dest/opt/it/bin/pkgmk ]
	[ -f dest/opt/it/share/man/man8/commpkg.8 ]
	[ -f dest/opt/it/share/man/man7/commpkg-transaction.7 ]
	[ -f dest/opt/it/share/bash-completion/completions/commpkg ]
	[ -f dest/opt/it/share/doc/commpkg/LICENSE ]
	dest/opt/it/bin/commpkg --version
	grep -qx 'ExecStart=/opt/it/bin/commpkg -y recover --boot -R /' \
		dest/opt/it/lib/systemd/system/commpkg-boot.service
	grep -q 'exec /opt/it/bin/commpkg -y recover --boot -R /' dest/opt/it/share/commpkg/init.d/commpkg-boot
	[ -x dest/opt/it/share/commpkg/init.d/commpkg-boot ]
	run -2 dest/opt/it/share/commpkg/init.d/commpkg-boot nonsense
	in_top uninstall DESTDIR="$PWD/dest" PREFIX=/opt/it
	[ -z "$(find dest -type f)" ]
}

@test "dist packs the tree of the last commit" {
	git -C "$TOP" rev-parse HEAD >/dev/null 2>&1 || skip 'no git repository'
	git config --global --add safe.directory "$TOP"
	run in_top dist O="$PWD/out"
	[ "$status" -eq 0 ]
	tar -tzf "$output" >names
	grep -qx 'commpkg-[0-9.]*/Makefile' names
	grep -qx 'commpkg-[0-9.]*/tools/install-deps' names
}
