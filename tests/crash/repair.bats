#!/usr/bin/env bats
# repair, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

# Damage of every kind: contents (with a hard link), a mode, a link, a type, a directory, the view.
prepare()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' 'l opt/demo/hard=a' 'f opt/demo/b' 's opt/demo/s=a' \
		'f opt/demo/type' 'd opt/demo/dir' 'f opt/demo/dir/x' 'e opt/demo/conf'
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
	echo broken >>"$BEFORE/opt/demo/a"
	chmod 4711 "$BEFORE/opt/demo/b"
	ln -sf other "$BEFORE/opt/demo/s"
	rm -r "$BEFORE/opt/demo/dir" "$BEFORE/opt/demo/type"
	mkdir "$BEFORE/opt/demo/type"
	echo mine >"$BEFORE/opt/demo/type/mine"
	echo X=1 >>"$BEFORE/var/sadm/pkg/demo/pkginfo"
}

setup() { crash_setup repair ./demo-1.0.pkg; }

@test "repair: killed at any call, the root is old or new" {
	crash_everywhere no 2
}

@test "repair: after a kill, the next command that writes recovers" {
	crash_then_write 4 7
}

@test "repair: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 2
}
