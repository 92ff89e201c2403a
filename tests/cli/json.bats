#!/usr/bin/env bats
# --json: one document, schema 1, on every verb; --json=lines: events.
load lib/commpkg

setup()
{
	commpkg_setup
	mkpkg demo 1.0 'f bin/demo' 'e etc/demo.conf <one\n'
	mkpkg demo 2.0 'f bin/demo' 'e etc/demo.conf <two\n'
}

# json EXPRESSION COMMAND...: the document is one, and EXPRESSION over d is true.
json()
{
	local what=$1
	shift
	"$@" >out.json 2>err || true
	python3 - "$what" <<-'PY'
	import json, sys
	d = json.load(open("out.json"))
	assert d["schema"] == 1
	r = d["results"][0] if d["results"] else None
	if not eval(sys.argv[1]):
	    print(sys.argv[1]); print(json.dumps(d, indent=1)); sys.exit(1)
	PY
}

@test "install, upgrade, uninstall, undo: plan and result" {
	json 'r["plan"]["feasible"] and r["steps"][0]["to"] == "1.0" and r["result"]["dry_run"] and d["exit"] == 0' \
		commpkg install -n --json -R "$ROOT" demo-1.0.pkg
	json 'r["result"]["transaction"] == 1 and r["exit"] == 0 and r["root"].endswith("/root")' \
		commpkg install -y --json -R "$ROOT" demo-1.0.pkg
	json 'r["result"]["nothing_to_do"]' commpkg install -y --json -R "$ROOT" demo-1.0.pkg
	echo mine >>"$ROOT/etc/demo.conf"
	json 'd["exit"] == 101 and r["result"]["pending_config"] == 1 and any(x["path"] == "/etc/demo.conf" for x in r["decisions"])' \
		commpkg upgrade -y --json -R "$ROOT" demo-2.0.pkg
	json 'r["plan"]["undone"] == 2 and r["result"]["transaction"] == 3' commpkg undo -y --json -R "$ROOT"
	json 'r["steps"][0]["change"] == "remove"' commpkg uninstall -y --json -R "$ROOT" demo
}

@test "verbs that look" {
	commpkg install -q -y -R "$ROOT" demo-1.0.pkg
	json 'r["packages"][0]["instance"] == "demo" and r["about"]["packages"] == 1' commpkg info --json -R "$ROOT"
	json 'r["packages"][0]["version"] == "1.0"' commpkg info --json --listPackages -R "$ROOT"
	json 'any(f["path"] == "/bin/demo" and f["mode"] == "0755" for f in r["files"])' \
		commpkg info --json --files -R "$ROOT" demo
	json 'r["transactions"][0]["verb"] == "install"' commpkg history --json -R "$ROOT"
	json 'r["changes"][0]["to"] == "1.0"' commpkg history 1 --json -R "$ROOT"
	json 'r["owners"][0]["package"] == "demo"' commpkg owns --json -R "$ROOT" /bin/demo
	json 'd["packages"][0]["package"] == "demo" and len(d["media"][0]["sha256"]) == 64' \
		commpkg inspect --json demo-1.0.pkg
	echo x >>"$ROOT/bin/demo"
	json 'd["exit"] == 5 and r["findings"][0]["kind"] == "content" and r["summary"]["damaged"] == 1' \
		commpkg verify --json -R "$ROOT"
	commpkg root add z1 "$ROOT"
	json 'd["roots"][0]["name"] == "z1"' commpkg root list --json
	json 'd["exit"] == 0' commpkg recover --json -R "$ROOT"
}

@test "errors are in the document, also for a wrong command line" {
	json 'd["exit"] == 2 and d["errors"][0]["code"] == "usage" and "--dry-run" in d["errors"][0]["hint"]' \
		commpkg install --json --dry-rn x
	json 'd["exit"] == 1 and d["errors"][0]["code"] == "not-found"' commpkg info --json -R "$ROOT" nope
	json 'd["exit"] == 2 and d["verb"] is None' commpkg --json
}

@test "problems of a plan and of the solver" {
	mkdir -p "$ROOT/bin"
	echo mine >"$ROOT/bin/demo"
	json 'd["exit"] == 1 and r["problems"][0]["path"] and not r["plan"]["feasible"]' \
		commpkg install -y --json -R "$ROOT" demo-1.0.pkg
	mkpkg needy 1.0 'f bin/needy' -- 'P missing Missing'
	json 'd["exit"] == 3 and "missing" in " ".join(r["no_solution"][0]["chain"])' \
		commpkg install -y --json -R "$ROOT" needy-1.0.pkg
}

@test "several roots, one result each" {
	mkdir z1 z2
	commpkg root add z1 "$PWD/z1"
	commpkg root add z2 "$PWD/z2"
	json '[x["name"] for x in d["results"]] == ["z1", "z2"]' commpkg info --json @z1 @z2
}

@test "--json=lines: each line a document of its own" {
	commpkg install -y --json=lines -R "$ROOT" demo-1.0.pkg >lines 2>err
	python3 - <<-'PY'
	import json
	events = [json.loads(l) for l in open("lines")]
	assert all(e["schema"] == 1 for e in events)
	names = [e["event"] for e in events]
	assert names[-2:] == ["done", "end"], names
	assert "steps" in names and "plan" in names and "result" in names
	assert [e for e in events if e["event"] == "result"][0]["result"]["transaction"] == 1
	assert all(e["root"].endswith("/root") for e in events[:-1])
	PY
}

@test "text from packages is escaped in JSON too" {
	mkpkg evil 1.0 'f bin/evil' 'i postinstall <red \033[31m'
	json 'd["script"] == "red \\x1b[31m"' commpkg inspect --json --script postinstall evil-1.0.pkg
}
