# awk -f config.awk TABLE OLD TEMPLATE: the template (a configuration of 7.0) with what OLD (one of
# 6.3, or of 7.0 already) says, printed. What OLD has as 6.3 brought it is left as the template has it.

function fail(why)
{
	print "migrate-config: " why >"/dev/stderr"
	failed = 1
	exit 1
}

FNR == 1 { file++ }
{ sub(/\r$/, "") }

file == 1 && $1 !~ /^#/ && NF >= 3 { preset[$1] = $2 == "-" ? "" : $2; new[$1] = $3; part[$1] = $4 }

file == 2 && !/^[ \t]*(#|$)/ {
	at = index($0, "=")
	if (at == 0)
		fail(FILENAME ":" FNR ": no KEY=value: " $0)
	key = substr($0, 1, at - 1)
	sub(/^[ \t]+/, "", key)
	value = substr($0, at + 1)
	sub(/[ \t]+$/, "", value)
	if (key in new && value != preset[key]) {
		if (part[key] == "host") host[new[key]] = value
		else if (part[key] == "port") port[new[key]] = value
		else set[new[key]] = value
	} else if (!(key in new)) {
		set[key] = value
	}
}

file == 3 {
	at = index($0, "=")
	key = at > 0 && !/^[ \t]*#/ ? substr($0, 1, at - 1) : ""
	if (key == "") {
		print
		next
	}
	value = substr($0, at + 1)
	if (key in set) value = set[key]
	if (key in host) sub(/^[^:]*/, host[key], value)
	if (key in port) sub(/:.*$/, ":" port[key], value)
	seen[key]
	print key "=" value
}

# What the template only has as a comment, or does not know: the validator will say.
END {
	if (failed)
		exit 1
	n = 0
	for (key in set)
		if (!(key in seen))
			more[++n] = key
	# in one order, whatever awk it is
	for (i = 1; i <= n; i++)
		for (j = i + 1; j <= n; j++)
			if (more[j] < more[i]) { t = more[i]; more[i] = more[j]; more[j] = t }
	for (i = 1; i <= n; i++)
		print more[i] "=" set[more[i]]
}
