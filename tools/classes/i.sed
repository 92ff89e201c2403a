#!/bin/sh
# Classes sed and awk (a link to this), at installation: what is delivered is no text but how to
# edit one, in sections !install and !remove. The first of !install is applied to what is there; the
# whole is kept for the removal.
umask 022
editor=${0##*.}
tmp=${TMPDIR:-/tmp}
rc=0
while read -r src dest; do
	[ "$src" != /dev/null ] || continue
	echo "Modifying $dest"
	if [ ! -f "$dest" ]; then
		echo "ERROR: class $editor: there is no $dest to edit"
		exit 2
	fi
	kept=$PKGSAV/$editor${dest#"$PKG_INSTALL_ROOT"}
	mkdir -p "${kept%/*}" && cp "$src" "$kept" &&
		awk '/^!(install|remove)[ \t]*$/ { on = $0 ~ /install/ && !seen; seen = seen || on; next }
		     on && !/^#/' "$src" >"$tmp/$editor.script" &&
		"$editor" -f "$tmp/$editor.script" "$dest" >"$tmp/$editor.result" || rc=2
	# not moved there: it keeps its inode and owner
	[ $rc -eq 0 ] && cp "$tmp/$editor.result" "$dest" || {
		echo "ERROR: class $editor: $dest is not edited"
		exit 2
	}
done
exit 0
