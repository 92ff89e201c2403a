#!/bin/sh
# Classes sed and awk (a link to this), at removal: the section !remove of what was kept is applied.
umask 022
editor=${0##*.}
tmp=${TMPDIR:-/tmp}
rc=0
while read -r dest; do
	kept=$PKGSAV/$editor${dest#"$PKG_INSTALL_ROOT"}
	if [ -d "$dest" ] && [ ! -h "$dest" ]; then
		rmdir "$dest" 2>/dev/null
		continue
	elif [ ! -f "$dest" ] || [ -h "$dest" ]; then
		rm -f "$dest"
		continue
	elif [ ! -f "$kept" ]; then
		echo "WARNING: class $editor: how to take the edits of $dest back was not kept"
		rc=2
		continue
	fi
	echo "Modifying $dest"
	awk '/^!(install|remove)[ \t]*$/ { on = $0 ~ /remove/ && !seen; seen = seen || on; next }
	     on && !/^#/' "$kept" >"$tmp/$editor.script" &&
		"$editor" -f "$tmp/$editor.script" "$dest" >"$tmp/$editor.result" &&
		cp "$tmp/$editor.result" "$dest" && rm -f "$kept" || {
		echo "ERROR: class $editor: $dest is not edited"
		rc=2
	}
done
exit $rc
