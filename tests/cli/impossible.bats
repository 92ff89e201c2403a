#!/usr/bin/env bats
# Wishes for components that can't be: each has a chain, and a command that, typed as it is
# printed, helps.
load lib/commpkg

setup() { commpkg_setup_shared; }

setup_file()
{
	shared_distribution || return 1
	mkpkg ms 6 'f bin/ms'
	mkpkg ms 7 'f bin/ms'
	mkpkg web 1 'f bin/web'
	mkpkg tls 3 'f lib/tls'
	mkpkg tls 4 'f lib/tls'
	rm -rf src spool-*
	mkcomponent NSS 3 shared '<package name="tls" version="3"/>'
	mkcomponent NSS 4 shared '<package name="tls" version="4"/>'
	mkcomponent MS 5 product
	mkcomponent MS 6 product '<package name="ms" version="6"/>' '<requires component="NSS" version="&lt; 4"/>'
	mkcomponent MS 7 product '<package name="ms" version="7"/>' '<requires component="NSS" version="&gt;= 4"/>' \
		'<path from="6" strategy="in-place"/>' '<path from="5" strategy="side-by-side"/>'
	mkcomponent MS 8 product '<package name="ms" version="8"/>' '<requires component="NSS"/>'
	mkcomponent WEB 1 product '<package name="web"/>' '<requires component="DIR"/>'
	mkcomponent CAL 1 product '<conflicts component="MS"/>'
	mkcomponent OLD 1 product '<requires component="NSS" version="&lt; 4"/>'
	mkcomponent SUN 1 product '<os name="solaris"/>'
	mkpkg anti 1 'f bin/anti' -- 'I ms messaging'
	rm -rf src spool-*
	mkcomponent WIN 1 product '<package name="web"/>' '<requires component="NSS" version="&gt;= 3.5, &lt; 4"/>'
	mkcomponent B 1 product
	mkcomponent B 2 product '<requires component="A" version="&gt;= 2"/>'
	mkcomponent A 2 product '<requires component="B" version="&lt; 2"/>'
	mkcomponent ANTI 1 product '<package name="anti"/>'
	mkpkg app 1 'f bin/app' -- 'P lib Library'
	mkpkg clash 1 'f bin/ms'
	rm -rf src spool-*
	mkcomponent X 1 product '<package name="web"/>' '<requires component="Y"/>'
	mkcomponent Y 1 product '<conflicts component="X"/>'
	mkcomponent P 1 product '<package name="web"/>' '<requires component="Q"/>'
	mkcomponent Q 1 product '<requires component="R"/>'
	mkcomponent R 1 product '<requires component="P" version="&gt;= 2"/>'
	mkcomponent APP 1 product '<package name="app"/>'
	mkcomponent CLASH 1 product '<package name="clash"/>'
	mkcomponent GO 1 product '<package name="web"/>' '<requires component="DIR"/>'
	mkcomponent GO 2 product '<package name="web"/>'
	mkcomponent MS_L10N 7 l10n:MS '<requires component="MS" version="7"/>'
}

install() { commpkg install -qy --allow-unsigned --no-keep -R "$ROOT" "$@"; }
components() { commpkg info --json -R "$ROOT" | python3 -c '
import json, sys
print(*["%s=%s" % (c["component"], c["version"]) for c in json.load(sys.stdin)["results"][0]["components"]])'; }

# impossible LINE FIX COMMAND...: no solution, with that line, and FIX among what is offered; then
# FIX is typed as it was printed.
impossible()
{
	local line=$1 fix=$2
	shift 2
	must_fail_cleanly 3 commpkg "$@"
	[[ $output == *"$line"* ]] || {
		echo "no line '$line' in: $output"
		return 1
	}
	fix=$(printf '%s\n' "$output" | sed -n 's/^  [0-9]) //p' | grep -Fx "$fix") || {
		echo "no such fix in: $output"
		return 1
	}
	eval "$fix -qy"
}

I() { echo "commpkg install -R $ROOT --allow-unsigned $*"; }

@test "a package that nobody has" {
	impossible 'MS 8 (from '"$COMMPKG_DISTRO"'/MS-8.xml) needs ms = 8, which nothing here provides; there is one of ms 6' \
		"$(I MS=7)" install --allow-unsigned -R "$ROOT" MS=8
	[ "$(components)" = 'MS=7 NSS=4' ]
}

@test "a component that nobody has: what it is made of" {
	impossible 'needs DIR, which nothing here provides' "$(I web)" install --allow-unsigned -R "$ROOT" WEB
	[ -e "$ROOT/bin/web" ]
	[ "$(components)" = '' ]
}

@test "a version that nobody has" {
	impossible 'the distribution has no such version: there are 8, 7, 6, 5' "$(I MS=6)" install --allow-unsigned -R "$ROOT" MS=9
	[ "$(components)" = 'MS=6 NSS=3' ]
}

@test "a shared component that is too old" {
	install NSS=3
	impossible 'NSS 3 (installed, transaction 1) stays: a shared component is upgraded only with --upgradeSC y' \
		"$(I --upgradeSC y MS=7)" install --allow-unsigned -R "$ROOT" MS=7
	[ "$(components)" = 'MS=7 NSS=4' ]
}

@test "a shared component that another needs as it is" {
	install OLD
	impossible 'OLD 1 (installed, transaction 1) needs NSS < 4' "commpkg uninstall -R $ROOT OLD" \
		install --allow-unsigned --upgradeSC y -R "$ROOT" MS=7
	install --upgradeSC y MS=7
	[ "$(components)" = 'MS=7 NSS=4' ]
}

@test "one that can't stand another" {
	install MS=6
	impossible "can't be together with MS 6 (installed, transaction 1): it says so of MS" \
		"commpkg uninstall -R $ROOT MS" install --allow-unsigned -R "$ROOT" CAL
	install CAL
	[ "$(components)" = 'CAL=1 NSS=3' ]
}

@test "two wishes that can't stand each other" {
	impossible "can't be together with MS" "$(I CAL)" install --allow-unsigned -R "$ROOT" CAL MS=6
	[ "$(components)" = 'CAL=1' ]
}

@test "a root that is another system" {
	mkdir "$ROOT/etc"
	printf 'ID=debian\nVERSION_ID=12\n' >"$ROOT/etc/os-release"
	impossible 'this root is debian 12 (etc/os-release)' "$(I --OSversionOverride SUN)" install --allow-unsigned -R "$ROOT" SUN
	[ "$(components)" = 'SUN=1' ]
}

@test "an older one" {
	install MS=6
	install --upgradeSC y MS=7
	impossible 'MS 7 (installed, transaction 2) is newer' \
		"commpkg install -R $ROOT --allow-unsigned --upgradeSC y --allow-downgrade MS=6" \
		install --allow-unsigned --upgradeSC y -R "$ROOT" MS=6
	[ "$(components)" = 'MS=6 NSS=3' ]
}

@test "no way from the installed version" {
	install MS=5
	impossible "can't take the place of MS 5 (installed, transaction 1): its manifest has side-by-side from there" \
		"commpkg uninstall -R $ROOT MS" install --allow-unsigned -R "$ROOT" MS=7
	install MS=5
	impossible "its manifest has side-by-side from there" "$(I --beside 5 MS=7)" install --allow-unsigned -R "$ROOT" MS=7
	[ "$(components)" = 'MS=5 MS=7 NSS=4' ]
	commpkg uninstall -qy -R "$ROOT" --all
	install MS=5
	mkdir less
	cp "$COMMPKG_DISTRO"/{MS-5.xml,MS-7.xml,NSS-4.xml,ms-7.pkg,tls-4.pkg} less/
	run -0 commpkg upgrade -n --allow-unsigned -R "$ROOT" -d less MS
	[[ $output == *"! MS 7 (from less/MS-7.xml) can't take the place of MS 5"*'nothing to do'* ]]
}

@test "removing what others need" {
	install OLD
	impossible 'it is a shared component, which goes when nothing needs it any more' \
		"commpkg uninstall -R $ROOT --autoremove --dependents NSS" uninstall -R "$ROOT" NSS
	[ "$(components)" = '' ]
	install MS=6
	impossible 'MS 6 (installed, transaction 3) needs ms = 6' "commpkg uninstall -R $ROOT --dependents ms" \
		uninstall -R "$ROOT" ms
	[ "$(components)" = 'NSS=3' ]
}

@test "a window of versions that none of a shared component is in" {
	impossible 'NSS 4 and NSS 3 can'"'"'t both be there' "$(I --excludeSC WIN)" \
		install --allow-unsigned -R "$ROOT" WIN
	[ "$(components)" = 'WIN=1' ]
}

@test "two that need each other in versions that can't be" {
	impossible 'needs A >= 2: only A 2' "$(I B=1)" install --allow-unsigned -R "$ROOT" B=2
	[ "$(components)" = 'B=1' ]
}

@test "a package that can't stand the package of another component" {
	install MS=6
	impossible 'anti 1 (from '"$COMMPKG_DISTRO"'/anti-1.pkg) can'"'"'t be together with ms 6 (installed, transaction 1)' \
		"commpkg uninstall -R $ROOT --dependents ms" install --allow-unsigned -R "$ROOT" ANTI
	install ANTI
	[ "$(components)" = 'ANTI=1 NSS=3' ]
}

@test "translations of a version that there is no way to" {
	install MS=5
	impossible "can't take the place of MS 5 (installed, transaction 1): its manifest has side-by-side from there" \
		"commpkg uninstall -R $ROOT MS" install --allow-unsigned -R "$ROOT" MS_L10N
	install MS_L10N
	[ "$(components)" = 'MS=7 MS_L10N=7 NSS=4' ]
}

@test "two roots, and one of them can't: it has its own way out, and the other is done" {
	commpkg install -qy --allow-unsigned -R "$PWD/b" MS=6
	must_fail_cleanly 11 commpkg install -y --allow-unsigned CAL "$ROOT" "$PWD/b"
	[ "$(components)" = 'CAL=1' ]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) //p')
	[[ $fix == "commpkg uninstall -R $PWD/b "* ]]
	eval "$fix -qy"
	commpkg install -qy --allow-unsigned -R "$PWD/b" CAL
}

@test "what is held, by a wish for what needs a newer one" {
	install NSS=3
	commpkg hold -R "$ROOT" NSS
	must_fail_cleanly 3 commpkg install --allow-unsigned --upgradeSC y -R "$ROOT" MS=7
	[[ $output == *"1) commpkg hold -R $ROOT --remove NSS"* ]]
	impossible 'NSS 3 (installed, transaction 1) stays: it is held' "$(I MS=6)" \
		install --allow-unsigned -R "$ROOT" MS=7
	[ "$(components)" = 'MS=6 NSS=3' ]
}

@test "one that needs what can't stand it: what it is made of, or what it needs" {
	impossible "Y 1 (from $COMMPKG_DISTRO/Y-1.xml) can't be together with X 1" "$(I "'~X'")" \
		install --allow-unsigned -R "$ROOT" X
	[ "$(components)" = 'Y=1' ]
	impossible "needs Y" "$(I web)" install --allow-unsigned -R "$ROOT" X
	[ -e "$ROOT/bin/web" ]
}

@test "three that need each other in a circle that does not close" {
	impossible 'needs P >= 2, which nothing here provides; there is only P 1' "$(I web)" \
		install --allow-unsigned -R "$ROOT" P
	[ -e "$ROOT/bin/web" ]
	[ "$(components)" = '' ]
	# what is there already is no way out
	must_fail_cleanly 3 commpkg install --allow-unsigned -R "$ROOT" P
	[[ $output != *'  1)'* ]]
}

@test "a component whose package needs what nobody has" {
	impossible "app 1 (from $COMMPKG_DISTRO/app-1.pkg) needs lib, which nothing here provides" "$(I --nodeps app)" \
		install --allow-unsigned -R "$ROOT" APP
	[ -e "$ROOT/bin/app" ]
}

@test "an older one that can't come either: nothing is offered that would do nothing" {
	install GO=2
	must_fail_cleanly 3 commpkg install --allow-unsigned -R "$ROOT" GO=1
	[[ $output == *'GO 2 (installed, transaction 1) is newer'* && $output != *'  1)'* ]]
}

@test "a file that another component has: the command line once more, with the option that takes it over" {
	install MS=6
	must_fail_cleanly 1 commpkg install --allow-unsigned -y -R "$ROOT" CLASH
	[[ $output == *"package 'clash' brings '/bin/ms', which belongs to 'ms' and has other contents"* ]]
	fix=$(printf '%s\n' "$output" | sed -n 's/^  1) //p')
	[ "$fix" = "commpkg install --allow-unsigned -y -R $ROOT CLASH --pkgOverwrite" ]
	eval "$fix"
	[ "$(components)" = 'CLASH=1 MS=6 NSS=3' ]
}

@test "an upgrade of what is not installed: what brings it" {
	install NSS=3
	must_fail_cleanly 1 commpkg upgrade --allow-unsigned -R "$ROOT" MS
	[[ $output == *"'MS' is not installed"*"'commpkg install' brings what is not there yet"* ]]
	must_fail_cleanly 1 commpkg upgrade --allow-unsigned -R "$ROOT" NSX
	[[ $output == *"did you mean 'NSS'?"* ]]
	must_fail_cleanly 1 commpkg uninstall -R "$ROOT" NSSX
	[[ $output == *"did you mean 'NSS'?"* ]]
	must_fail_cleanly 1 commpkg uninstall -R "$ROOT" abc
	[[ $output != *'did you mean'* ]]
}
