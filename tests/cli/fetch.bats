#!/usr/bin/env bats
# Distributions on a server: a real nginx, on loopback, of this test alone.
load lib/commpkg

setup() {
	commpkg_setup
	command -v nginx >/dev/null || skip "no nginx"
	mkdir -p www/dist "$COMMPKG_STATE/keys.d"
	mkpkg SUNWa 1.0 'f bin/a' -- 'P SUNWb Bee'
	mkpkg SUNWb 1.0 'f bin/b'
	mv SUNWa-1.0.pkg "www/dist/SUNWa 1+0%.pkg"
	mv SUNWb-1.0.pkg www/dist/
	rm -rf src spool-1.0
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout me.key -out me.crt \
		-days 3650 -subj /CN=me 2>/dev/null
	cp me.crt "$COMMPKG_STATE/keys.d/"
	publish
	unset http_proxy https_proxy all_proxy HTTP_PROXY HTTPS_PROXY ALL_PROXY
	files=$COMMPKG_STATE/cache/files
	serve
}

teardown() { stop_server; }

publish() {
	commpkg repo create www/dist --id suite
	commpkg repo sign www/dist --key me.key --cert me.crt
}

free_port() {
	python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# It has bound its socket when the command returns. serve [LINE...]: of its server block
serve() {
	local try
	for try in 1 2 3 4 5; do
		port=$(free_port)
		{
			[ "$(id -u)" -ne 0 ] || echo "user root;"
			echo "daemon on; master_process off; pid $PWD/nginx.pid; error_log $PWD/error.log;"
			echo "events { worker_connections 64; }"
			echo "http { access_log $PWD/access.log; default_type application/octet-stream;"
			for d in client_body proxy fastcgi uwsgi scgi; do
				echo "${d}_temp_path $PWD/tmp_$d;"
			done
			echo "server { listen 127.0.0.1:$port; root $PWD/www;"
			printf '%s\n' "$@" "} }"
		} >nginx.conf
		nginx -p "$PWD" -c "$PWD/nginx.conf" 2>nginx.err 3>&- && break
		[ "$try" -lt 5 ] || {
			cat nginx.err
			return 1
		}
	done
	url=http://127.0.0.1:$port/dist
}

stop_server() {
	[ ! -s nginx.pid ] || kill "$(cat nginx.pid)"
	rm -f nginx.pid
}

digest_of() { sha256sum "$1" | cut -c 1-64; }
get() { commpkg install -y -R "$ROOT" -d "${1:-$url}" SUNWa; }

@test "installed from a server, then again without it" {
	get
	[ -f "$ROOT/bin/a" ] && [ -f "$ROOT/bin/b" ]
	cmp "$files/$(digest_of www/dist/SUNWb-1.0.pkg)" www/dist/SUNWb-1.0.pkg
	[ "$(grep -c 'SUNWb-1.0.pkg' access.log)" -eq 1 ]
	commpkg install -y -R "$PWD/root2" -d "$url/" SUNWa # nothing is fetched twice
	[ "$(grep -c 'SUNWb-1.0.pkg' access.log)" -eq 1 ]
	stop_server
	run commpkg install -y -R "$PWD/root3" -d "$url" SUNWa
	[ "$status" -eq 0 ] && [[ $output == *"'$url' can't be reached: it is taken as it was the last time"* ]]
	run commpkg repo check "$url"
	[ "$status" -eq 0 ]
	rm -r "$COMMPKG_STATE/cache"
	run commpkg install -y -R "$PWD/root4" -d "$url" SUNWa
	[ "$status" -eq 1 ] && [[ $output == *"cannot fetch '$url/repo.xml'"* ]]
}

@test "what was interrupted goes on where it ended" {
	sha=$(digest_of www/dist/SUNWb-1.0.pkg)
	mkdir -p "$files"
	head -c 1000 www/dist/SUNWb-1.0.pkg >"$files/$sha.part"
	get
	grep -q '"GET /dist/SUNWb-1.0.pkg HTTP/1.1" 206' access.log
	[ ! -e "$files/$sha.part" ]
}

@test "a part of something else, and a server that can't go on: from the beginning" {
	sha=$(digest_of www/dist/SUNWb-1.0.pkg)
	mkdir -p "$files"
	head -c 1000 /dev/zero >"$files/$sha.part"
	get
	cmp "$files/$sha" www/dist/SUNWb-1.0.pkg
	rm -r "$COMMPKG_STATE/cache" "$ROOT"
	stop_server
	serve 'max_ranges 0;'
	mkdir -p "$files"
	head -c 1000 www/dist/SUNWb-1.0.pkg >"$files/$sha.part"
	get
	cmp "$files/$sha" www/dist/SUNWb-1.0.pkg
	# longer than it can be
	rm -r "$ROOT" "$files"
	mkdir -p "$files"
	head -c 100000 /dev/zero >"$files/$sha.part"
	get
}

@test "what rotted in the cache is fetched anew" {
	get
	sha=$(digest_of www/dist/SUNWb-1.0.pkg)
	printf x | dd of="$files/$sha" bs=1 seek=700 conv=notrunc status=none
	commpkg install -y -R "$PWD/root2" -d "$url" SUNWa
	cmp "$files/$sha" www/dist/SUNWb-1.0.pkg
}

@test "what the server changed is refused before anything is" {
	printf x | dd of=www/dist/SUNWb-1.0.pkg bs=1 seek=700 conv=notrunc status=none
	run get
	[ "$status" -eq 6 ]
	[[ $output == *"what came from '$url/SUNWb-1.0.pkg' is not what the catalog says: its SHA-256 differs"* ]]
	head -c 200000 /dev/zero >>www/dist/SUNWb-1.0.pkg
	run get
	[ "$status" -eq 6 ] && [[ $output == *"is longer than the catalog says"* ]]
	[ -z "$(find "$files" -size +100k)" ]
	echo x >www/dist/SUNWb-1.0.pkg
	run get
	[ "$status" -eq 6 ] && [[ $output == *"its size differs"* ]]
	rm www/dist/SUNWb-1.0.pkg
	run get
	[ "$status" -eq 1 ] && [[ $output == *"'$url/SUNWb-1.0.pkg' is not there (status 404)"* ]]
	sed -i 's/serial="1"/serial="2"/' www/dist/repo.xml
	run get
	[ "$status" -eq 6 ] && [[ $output == *"does not verify"* ]]
	rm www/dist/repo.xml.p7s
	run get
	[ "$status" -eq 6 ] && [[ $output == *"is not signed"* ]]
	rm www/dist/repo.xml
	run get
	[ "$status" -eq 1 ] && [[ $output == *"repo.xml' is not there"*"repo create"* ]]
	[ ! -e "$ROOT/bin" ]
}

@test "an endless repo.xml is cut off" {
	head -c 70000 /dev/zero >www/dist/repo.xml
	run get
	[ "$status" -eq 1 ] && [[ $output == *"is longer than 65536 bytes"* ]]
}

@test "redirects lead to http and https only" {
	stop_server
	# shellcheck disable=SC2016	# nginx's
	serve 'location /moved/ { rewrite ^/moved/(.*)$ /dist/$1 redirect; }' \
		'location /file/ { return 302 "file:///etc/passwd"; }' \
		'location /round/ { rewrite ^ $uri redirect; }'
	get "http://127.0.0.1:$port/moved"
	for place in file round; do
		run commpkg install -y -R "$PWD/root2" -d "http://127.0.0.1:$port/$place" SUNWa
		[ "$status" -eq 1 ] && [[ $output == *"cannot fetch"* ]]
	done
}

@test "an old one handed out again is refused; a package directory can't be fetched" {
	cp -r www/dist www/old
	publish
	get
	rm -r www/dist && mv www/old www/dist
	run commpkg upgrade -y -R "$ROOT" -d "$url"
	[ "$status" -eq 6 ] && [[ $output == *"older than what this root has seen"* ]]
	mkpkg SUNWd 1.0 'f bin/d'
	rm -r www/dist/*
	mv spool-1.0/SUNWd www/dist/
	commpkg repo create www/dist --id other
	run commpkg install -y -R "$ROOT" -d "$url" SUNWd --allow-unsigned
	[ "$status" -eq 1 ] && [[ $output == *"is a package directory, and those can't be fetched"* ]]
}

# serve_exchanged NAME...: a server on which www/dist is published anew meanwhile: what is called so
# is of www/old when it is asked for first, and of www/dist afterwards.
serve_exchanged() {
	cat >server.py <<-'P'
	import http.server, sys
	first = set(sys.argv[1:])
	class H(http.server.SimpleHTTPRequestHandler):
	    def do_GET(self):
	        name = self.path.rsplit("/", 1)[1]
	        if name in first:
	            first.remove(name)
	            self.path = "/old/" + name
	        super().do_GET()
	    def log_message(self, *args):
	        pass
	s = http.server.HTTPServer(("127.0.0.1", 0), H)
	print(s.server_port, flush=True)
	s.serve_forever()
	P
	rm -f port
	(cd www && exec python3 ../server.py "$@") >port 2>/dev/null 3>&- &
	server=$!
	until [ -s port ]; do sleep 0.05; done
	url=http://127.0.0.1:$(cat port)/dist
}

@test "published anew between two requests: asked for again" {
	cp -r www/dist www/old
	mkpkg SUNWc 1.0 'f bin/c'
	mv SUNWc-1.0.pkg www/dist/
	publish
	for names in 'repo.xml' 'repo.xml.p7s' 'repo.xml repo.xml.p7s' 'catalog.xml'; do
		# shellcheck disable=SC2086	# words
		serve_exchanged $names
		run commpkg install -n -R "$ROOT" -d "$url" SUNWa
		kill "$server"
		rm -rf "$COMMPKG_STATE/cache"
		[ "$status" -eq 0 ] || {
			echo "$names: $output"
			return 1
		}
	done
	# what does not come right is refused
	cp www/old/repo.xml.p7s www/dist/
	serve_exchanged nothing
	run -6 commpkg install -n -R "$ROOT" -d "$url" SUNWa
	kill "$server"
	[[ $output == *'does not verify'* ]]
}
