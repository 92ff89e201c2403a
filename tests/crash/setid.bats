#!/usr/bin/env bats
# Set-id bits of what is kept for undo: gone while it is kept, also when an undo that gave them back
# did not come to be. See lib/crash.bash.

load lib/crash

prepare()
{
	crash_packages
	commpkg -y -R "$BEFORE" install ./demo-1.0.pkg
	commpkg -y -R "$BEFORE" upgrade ./demo-2.0.pkg
}

setup() { crash_setup undo; }

@test "undo: what is kept has no set-id bits, whenever the stage is thrown away" {
	local n root
	for ((n = SEAL - 12; n < SEAL; n += 4)); do
		try "$n" --kill "$n" -- undo
	done
	for n in "${!roots[@]}"; do
		root=${roots[n]}
		[ -n "$(find "$root/var/lib/commpkg/txn" -perm -4000)" ]
		commpkg -y -R "$root" recover
		[ -f "$root/var/lib/commpkg/undo/2/old/opt/demo/bin/suid" ]
		[ -z "$(find "$root/var/lib/commpkg" -perm /6000)" ]
		commpkg -y -R "$root" undo
		[ "$(stat -c %a "$root/opt/demo/bin/suid")" = 4755 ]
	done
}
