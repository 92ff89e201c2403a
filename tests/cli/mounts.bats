#!/usr/bin/env bats
# Something is mounted below the root: nothing is renamed across it, and the plan says so.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg web 1.0 'd opt/web' 'f opt/web/f' 'e opt/web/c <a=1\n'
	mkpkg web 2.0 'd opt/web' 'f opt/web/f' 'e opt/web/c <a=2\n' 'f opt/web/g'
}

# in_mounts COMMANDS: as root of a mount namespace of its own.
in_mounts()
{
	if [ "$(id -u)" -eq 0 ]; then
		unshare --mount bash -euc "$1"
	else
		needs_userns
		unshare --user --map-root-user --mount bash -euc "$1"
	fi
}

@test "what would go to another file system is a problem of the plan, and nothing happens" {
	mkdir -p "$ROOT/opt"
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt' is mounted apart from '/var/lib/commpkg'"* ]]
	[[ $output == *"unmount $ROOT/opt for the while"* ]]
	[[ $output == *"1 problem"* ]]
	run in_mounts 'mount -t tmpfs none "$ROOT/opt"; commpkg install -y ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[ -z "$(tree_list | grep -v ' opt $')" ]
	run commpkg history --json -R "$ROOT"
	[[ $output != *'"transaction"'* ]]
}

@test "the same for a directory that is bound from the same file system" {
	mkdir -p "$ROOT/opt" elsewhere
	run in_mounts 'mount --bind elsewhere "$ROOT/opt"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt' is mounted apart"* ]]
}

@test "a root that is itself a mount point is no problem" {
	run in_mounts 'mount -t tmpfs none "$ROOT"; commpkg install -y ./web-1.0.pkg -R "$ROOT"
		commpkg upgrade -y ./web-2.0.pkg -R "$ROOT"; commpkg undo -y -R "$ROOT"
		commpkg verify -R "$ROOT"; commpkg uninstall -y web -R "$ROOT"'
	[ "$status" -eq 0 ]
}

@test "the state directory mounted apart is a problem, and says where it has to be" {
	mkdir -p "$ROOT/var"
	run in_mounts 'mount -t tmpfs none "$ROOT/var"; commpkg install -n ./web-1.0.pkg -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"var/lib/commpkg has to be on the file system of $ROOT"* ]]
}

@test "a mount point that a package owns stays when the package goes" {
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	run in_mounts 'mount -t tmpfs none "$ROOT/opt/web"
		commpkg uninstall -y web -R "$ROOT"; [ -d "$ROOT/opt/web" ]'
	[ "$status" -eq 0 ]
	[[ $output == *"'/opt/web' is a mount point and stays"* ]]
}

@test "undo sees a mount before it does anything" {
	commpkg install -qy ./web-1.0.pkg -R "$ROOT"
	commpkg upgrade -qy ./web-2.0.pkg -R "$ROOT"
	run in_mounts 'mount --bind "$ROOT/opt" "$ROOT/opt"; commpkg undo -y -R "$ROOT"'
	[ "$status" -eq 1 ]
	[[ $output == *"'/opt' is mounted apart"* ]]
	commpkg verify -R "$ROOT"
	commpkg undo -qy -R "$ROOT"
	commpkg verify -R "$ROOT"
}
