#!/bin/sh
# Class awk, at installation: what is delivered is no text but an awk program that edits one, in
# sections !install and !remove. The first of !install is applied to what is there; the whole is
# kept for the removal.
umask 022
tmp=${TMPDIR:-/tmp}
while read -r src dest; do
	[ "$src" != /dev/null ] || continue
	echo "Modifying $dest"
	if [ ! -f "$dest" ]; then
		echo "ERROR: class awk: there is no $dest to edit"
		exit 2
	fi
	kept=$PKGSAV/awk${dest#"$PKG_INSTALL_ROOT"}
	mkdir -p "${kept%/*}" && cp "$src" "$kept" &&
		awk '/^!(install|remove)[ \t]*$/ { on = $0 ~ /install/ && !seen; seen = seen || on; next }
		     on && !/^#/' "$src" >"$tmp/awk.script" &&
		awk -f "$tmp/awk.script" "$dest" >"$tmp/awk.result" &&
		cp "$tmp/awk.result" "$dest" || {
		echo "ERROR: class awk: $dest is not edited"
		exit 2
	}
done
exit 0
