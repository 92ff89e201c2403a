#!/usr/bin/env bats
# Scripts that take away directories, or put something else in their place, before it is the turn
# of what the package has in them.

load lib/commpkg

setup()
{
	commpkg_setup
	unshare -Ur true 2>/dev/null || unshare -m true 2>/dev/null ||
		skip "no namespaces here, so scripts can't be caged"
	mkdir -p "$ROOT/srv"
	R='cd $PKG_INSTALL_ROOT\n'
}

# app VERSION [OBJECT...]: z is the same in all versions.
app()
{
	local version=$1
	shift
	mkpkg app "$version" 'd opt/app' 'd opt/app/dir' 'f opt/app/dir/y' 'f opt/app/x' \
		'f opt/app/z <same\n' "$@"
}

# What is done can be undone, and that undone.
there_and_back()
{
	local before after
	before=$(tree_list)
	"$@"
	after=$(tree_list)
	commpkg -R "$ROOT" verify
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$before") <(tree_list)
	commpkg -qy -R "$ROOT" undo "$(commpkg -R "$ROOT" history | awk '$6 == "undo" { print $1; exit }')"
	diff <(echo "$after") <(tree_list)
}

@test "preremove takes away the directory of the package" {
	app 1.0 "i preremove <${R}rm -rf opt/app\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	there_and_back commpkg -qy -R "$ROOT" uninstall app
	[ ! -e "$ROOT/opt/app" ]
}

@test "preremove moves the directory away, and puts a link in its place" {
	app 1.0 "i preremove <${R}mv opt/app srv/app && ln -s ../srv/app opt/app\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	there_and_back commpkg -qy -R "$ROOT" uninstall app
	[ ! -L "$ROOT/opt/app" ]
	[ "$(cat "$ROOT/srv/app/dir/y")" = 'app 1.0 opt/app/dir/y' ]
}

@test "preinstall clears what an earlier version left: all of the new one comes" {
	app 1.0 'f opt/app/old'
	app 2.0 "i preinstall <${R}rm -rf opt/app\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	echo stranger >"$ROOT/opt/app/stranger"
	there_and_back commpkg -qy -R "$ROOT" upgrade ./app-2.0.pkg
	[ "$(cd "$ROOT/opt/app" && echo * dir/*)" = 'dir x z dir/y' ]
	[ "$(cat "$ROOT/opt/app/z")" = same ]
}

@test "preinstall clears what nobody owns: nothing of it is seen again" {
	mkdir -p "$ROOT/opt/app/dir" "$ROOT/opt/app/stranger"
	echo stranger | tee "$ROOT/opt/app/stranger/f" >"$ROOT/opt/app/dir/g"
	app 1.0 "i preinstall <${R}rm -rf opt/app\n"
	there_and_back commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	[ "$(cd "$ROOT/opt/app" && echo * dir/*)" = 'dir x z dir/y' ]
}

@test "a class script that takes its directory away: what it did not make is told" {
	mkpkg app 1.0 'd opt/app' 'f:one opt/app/x' "i i.one <${R}rm -rf opt/app\n" -- CLASSES='none one'
	commpkg -y -R "$ROOT" install ./app-1.0.pkg
	[ ! -e "$ROOT/opt/app/x" ]
	run -5 commpkg -R "$ROOT" verify
	[[ $output == *'/opt/app/x: missing'* ]]
	commpkg -qy -R "$ROOT" undo
	[ ! -e "$ROOT/opt" ]
}

@test "what preinstall made below a file of the package gives way, and nobody misses it" {
	app 1.0 "i preinstall <${R}mkdir -p opt/app/x && touch opt/app/x/made\n"
	there_and_back commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	[ "$(cat "$ROOT/opt/app/x")" = 'app 1.0 opt/app/x' ]
}

@test "a link in the place of a directory that is needed is refused, in words" {
	local before
	mkdir -p "$ROOT/opt/app"
	echo stranger >"$ROOT/opt/app/stranger"
	before=$(tree_list)
	app 1.0 "i preinstall <${R}mv opt/app srv/app && ln -s ../srv/app opt/app\n"
	run -1 commpkg -y -R "$ROOT" install ./app-1.0.pkg
	[[ $output == *"package 'app'"*"in the place of '/opt/app'"*'the root is as it was'* ]]
	diff <(echo "$before") <(tree_list)
}

@test "the directories of SVR4's database can't be taken away, and that is said" {
	local before what
	mkpkg good 1.0 'f opt/good'
	commpkg -qy -R "$ROOT" install ./good-1.0.pkg
	before=$(tree_list)
	for what in 'rm -rf var/sadm/install' 'rm -rf ./*' \
		'mv var/sadm srv/sadm && ln -s ../srv/sadm var/sadm'; do
		app 1.0 "i postinstall <${R}$what\nexit 0\n"
		run -1 commpkg -y -R "$ROOT" install ./app-1.0.pkg
		[[ $output == *"script 'postinstall'"*'database of SVR4'*'the root is as it was'* ]]
		diff <(echo "$before") <(tree_list)
		commpkg -R "$ROOT" verify --database
	done
}

@test "postinstall takes away all that is in directories that nobody names: undo leaves none" {
	mkpkg app 1.0 'f opt/app/dir/y' 'f opt/app/x' "i postinstall <${R}rm opt/app/dir/y\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	commpkg -qy -R "$ROOT" undo
	[ ! -e "$ROOT/opt" ]
	mkpkg app 1.0 'f opt/app/dir/y' "i postinstall <${R}rm -r opt/app\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	commpkg -qy -R "$ROOT" undo
	[ ! -e "$ROOT/opt" ]
}

@test "what preinstall puts where NAME.new comes gives way, and undo leaves nothing of it" {
	local before
	mkpkg app 1.0 'e etc/app.conf <1\n'
	mkpkg app 2.0 'e etc/app.conf <2\n' "i preinstall <${R}echo script >etc/app.conf.new\n"
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	echo edited >>"$ROOT/etc/app.conf"
	before=$(tree_list)
	run -101 commpkg -qy -R "$ROOT" upgrade ./app-2.0.pkg
	[ "$(cat "$ROOT/etc/app.conf.new")" = 2 ]
	commpkg -qy -R "$ROOT" undo
	diff <(echo "$before") <(tree_list)
}

@test "a link that leads back to itself in the way: what to do is said" {
	app 1.0
	commpkg -qy -R "$ROOT" install ./app-1.0.pkg
	rm -r "$ROOT/opt/app"
	ln -s app "$ROOT/opt/app"
	must_fail_cleanly 1 commpkg -y -R "$ROOT" uninstall app
	[[ $output == *"cannot follow the links of '/opt/app'"*'remove the link'* ]]
	rm "$ROOT/opt/app"
	commpkg -qy -R "$ROOT" uninstall app
}
