# Packages that make a transaction of everything, for lib/crash.bash and power/run.

# Two packages, the second version of one has all that makes an upgrade: files that change, come
# and go, a type that changes, a link, an editable file, attributes, a directory that goes.
crash_packages()
{
	mkpkg demo 1.0 'd opt/demo' 'd opt/demo/bin' 'd opt/demo/etc' 'd opt/demo/old' \
		'f opt/demo/bin/a' 'f opt/demo/bin/same <the same\n>' 'f opt/demo/bin/suid 4755 root root' \
		'e opt/demo/etc/conf <x=1\n>' 's opt/demo/link=bin/a' 'l opt/demo/hard=bin/same' \
		'f opt/demo/old/one' 'f opt/demo/old/two' 'f opt/demo/turns' 'd opt/demo/folds' \
		'f opt/demo/folds/in' 'f opt/demo/mode 0644 root root <mode\n>'
	mkpkg demo 2.0 'd opt/demo' 'd opt/demo/bin' 'd opt/demo/etc' 'd opt/demo/new' \
		'f opt/demo/bin/a' 'f opt/demo/bin/same <the same\n>' 'f opt/demo/bin/suid 4755 root root' \
		'e opt/demo/etc/conf <x=2\n>' 's opt/demo/link=bin/same' 'f opt/demo/new/one' \
		'd opt/demo/turns' 'f opt/demo/turns/in' 'f opt/demo/folds' \
		'f opt/demo/mode 0600 root root <mode\n>'
	mkpkg other 1.0 'd opt/other' 'f opt/other/x'
}

# crash_scripted VERSION: a package `demo` whose scripts change, make, link and remove. What they
# write has the time of now: it is given one that stays.
crash_scripted()
{
	local old='touch -d "2020-02-02 02:02:02"' in='cd $PKG_INSTALL_ROOT'
	mkpkg demo "$1" 'd opt/demo' 'f opt/demo/a' 'f opt/demo/b 4755 root root' \
		"i preinstall <$in/etc && echo $1 >>users && $old users || exit 1\n" \
		"i postinstall <$in/opt/demo && rm -f made && echo $1 >made && $old made && ln -sf a link && mkdir -p dir/$1 || exit 1\n" \
		"i preremove <$in/opt/demo && rm -rf made link dir || exit 1\n" \
		"i postremove <$in/etc && sed -i /$1/d users && $old users || exit 1\n"
}
