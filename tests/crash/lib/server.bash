# A component with a server, for crash tests: a file in the root with the version that runs, so each
# state has that of its files, or it is neither old nor new.

# server VERSION
server()
{
	local v=$1 d=$2 run='$COMMPKG_ROOT/run'
	mkpkg demo "$v" "f sbin/start <echo $v >\"$run\" && touch -d 2020-02-02 \"$run\"\n" "f sbin/stop <rm -f \"$run\"\n" \
		"f sbin/check <grep -qx $v \"$run\"\n" "f version <$v\n"
	mkdir -p $d
	mv "demo-$v.pkg" $d
	(cd $d && mkcomponent SRV "$v" product '<base dir="srv"/>' '<package name="demo"/>' \
		'<path from="&gt;= 0" strategy="in-place"/>' \
		'<service name="srv" stop="sbin/stop" start="sbin/start" check="sbin/check"/>')
}
