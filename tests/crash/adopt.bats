#!/usr/bin/env bats
# adopt, stopped before every mutating system call. See lib/crash.bash.

load lib/crash

# As SVR4 tools would have left it: without anything of ours. One file is damaged, one edited.
prepare()
{
	mkpkg demo 1.0 'd opt/demo' 'f opt/demo/a' 'f opt/demo/b' 'e opt/demo/conf' 'l opt/demo/h=a'
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
	rm -r "$BEFORE/var/lib/commpkg"
	echo broken >>"$BEFORE/opt/demo/a"
	echo mine >>"$BEFORE/opt/demo/conf"
}

setup() { crash_setup adopt; }

@test "adopt: killed at any call, the root is old or new" {
	crash_everywhere no 2
}

@test "adopt: an error at any call is told, and the root is old or new" {
	fail_everywhere 1 2
}
