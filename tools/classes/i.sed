#!/bin/sh
# Class sed, at installation: what is delivered is no text but how to edit one, in sections
# !install and !remove. The first of !install is applied to what is there; the whole is kept for
# the removal.
umask 022
tmp=${TMPDIR:-/tmp}
rc=0
while read -r src dest; do
	[ "$src" != /dev/null ] || continue
	echo "Modifying $dest"
	if [ ! -f "$dest" ]; then
		echo "ERROR: class sed: there is no $dest to edit"
		exit 2
	fi
	kept=$PKGSAV/sed${dest#"$PKG_INSTALL_ROOT"}
	mkdir -p "${kept%/*}" && cp "$src" "$kept" &&
		awk '/^!(install|remove)[ \t]*$/ { on = $0 ~ /install/ && !seen; seen = seen || on; next }
		     on && !/^#/' "$src" >"$tmp/sed.script" &&
		sed -f "$tmp/sed.script" "$dest" >"$tmp/sed.result" || rc=2
	# not moved there: it keeps its inode and owner
	[ $rc -eq 0 ] && cp "$tmp/sed.result" "$dest" || {
		echo "ERROR: class sed: $dest is not edited"
		exit 2
	}
done
exit 0
