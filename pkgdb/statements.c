/* The texts of the statements. */
#include "internal.h"

#define VISIBLE(t, at) t ".added <= " at " AND (" t ".removed = 0 OR " t ".removed > " at ")"

#define PACKAGE_COLUMNS \
	"p.id, p.instance, p.pkg, p.title, p.arch, p.version, p.category, p.basedir, " \
	"p.added, p.removed, p.first, p.manual, p.state, p.payload, p.nfiles"

#define TXN_COLUMNS \
	"n, state, verb, command, who, started, sealed, undoes, undoes_first, keeps, stage, " \
	"summary, phase"

static const char *const texts[STATEMENT_COUNT] = {
	[Q_SETTING_GET] = "SELECT value FROM setting WHERE key = ?1",
	[Q_SETTING_SET] =
		"INSERT INTO setting (key, value) VALUES (?1, ?2) "
		"ON CONFLICT (key) DO UPDATE SET value = ?2",
	[Q_SETTING_UNSET] = "DELETE FROM setting WHERE key = ?1",
	[Q_SETTING_KEYS] =
		"SELECT key FROM setting WHERE substr(key, 1, length(?1)) = ?1 ORDER BY key",

	[Q_PACKAGES] =
		"SELECT " PACKAGE_COLUMNS " FROM package p WHERE " VISIBLE("p", "?1")
		" ORDER BY p.instance, p.id",
	[Q_PACKAGE_FIND] =
		"SELECT " PACKAGE_COLUMNS " FROM package p WHERE p.instance = ?1 AND "
		VISIBLE("p", "?2"),
	[Q_PACKAGE_ADD] =
		"INSERT INTO package (instance, pkg, title, arch, version, category, basedir, "
		"added, removed, first, manual, state, payload, nfiles) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0, ?9, ?10, ?11, 0, 0)",
	[Q_PACKAGE_FIRST] = "UPDATE package SET first = id WHERE id = ?1",
	[Q_PACKAGE_DATES] = "SELECT added, removed, first FROM package WHERE id = ?1",
	[Q_PACKAGE_TWICE] =
		"SELECT instance FROM package WHERE removed = 0 GROUP BY instance "
		"HAVING count(*) > 1 LIMIT 1",
	[Q_PACKAGE_END] = "UPDATE package SET removed = ?2 WHERE id = ?1 AND removed = 0",
	[Q_PACKAGE_DELETE] = "DELETE FROM package WHERE id = ?1",
	[Q_PACKAGE_FLAGS_KEEP] =
		"INSERT OR IGNORE INTO package_was (txn, package, manual, state) "
		"SELECT ?2, id, manual, state FROM package WHERE id = ?1 AND added < ?2",
	[Q_PACKAGE_SET_STATE] = "UPDATE package SET state = ?2 WHERE id = ?1",
	[Q_PACKAGE_SET_MANUAL] = "UPDATE package SET manual = ?2 WHERE id = ?1",
	[Q_PACKAGE_COUNT] =
		"UPDATE package SET nfiles = nfiles + ?2, payload = payload + ?3 WHERE id = ?1",
	[Q_PACKAGE_RECOUNT] =
		"UPDATE package SET (nfiles, payload) = (SELECT count(*), coalesce(sum("
		"CASE WHEN f.ftype IN ('f', 'e', 'v') THEN f.size END), 0) "
		"FROM file f WHERE f.package = ?1 AND f.removed = 0) WHERE id = ?1",
	[Q_PARAM_ADD] = "INSERT INTO param (package, seq, name, value) VALUES (?1, ?2, ?3, ?4)",
	[Q_PARAMS] = "SELECT name, value FROM param WHERE package = ?1 ORDER BY seq",
	[Q_INFOFILE_ADD] =
		"INSERT INTO infofile (package, seq, name, mtime, bytes) "
		"VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_INFOFILES] =
		"SELECT name, mtime, bytes FROM infofile WHERE package = ?1 ORDER BY seq",

	/* A live row is found by the index; older ones are few and share it. */
	[Q_FILES] =
		"SELECT " FILE_COLUMNS " FROM package p CROSS JOIN file f ON f.package = p.id "
		"WHERE p.id = ?1 AND " VISIBLE("p", "?2") " AND " VISIBLE("f", "?2"),
	[Q_OWNERS] =
		"SELECT " FILE_COLUMNS " FROM file f CROSS JOIN package p ON p.id = f.package "
		"WHERE f.path = ?1 AND " VISIBLE("f", "?2") " AND " VISIBLE("p", "?2"),
	[Q_BELOW] =
		"SELECT f.path FROM file f CROSS JOIN package p ON p.id = f.package "
		"WHERE f.path > ?1 AND f.path < ?2 AND f.removed = 0 AND p.removed = 0 "
		"ORDER BY f.path",
	[Q_EDITABLE] =
		"SELECT DISTINCT f.path FROM file f CROSS JOIN package p ON p.id = f.package "
		"WHERE f.ftype = 'e' AND f.removed = 0 AND p.removed = 0 ORDER BY f.path",
	[Q_DIRECTORIES] =
		"SELECT DISTINCT f.path FROM file f CROSS JOIN package p ON p.id = f.package "
		"WHERE f.ftype IN ('d', 'x') AND f.removed = 0 AND p.removed = 0 "
		"ORDER BY f.path",
	[Q_COUNT_FILES] = "SELECT coalesce(sum(nfiles), 0) FROM package WHERE removed = 0",
	/* To choose between two ways to the same rows: total() takes any number. */
	[Q_FILES_MOSTLY_OLD] =
		"SELECT 4 * total(CASE WHEN removed = 0 THEN nfiles END) < total(nfiles) "
		"FROM package",
	[Q_FILES_OVER] =
		"SELECT max(total(CASE WHEN added = ?1 THEN nfiles END), "
		"total(CASE WHEN removed = ?1 THEN nfiles END)) > ?2 FROM package "
		"WHERE added = ?1 OR removed = ?1",
	[Q_FILE_ADD] =
		"INSERT INTO file (path, package, removed, added, ftype, class, target, major, "
		"minor, mode, owner, grp, size, sum, mtime, sha256, status, ruling, arrival) "
		"VALUES (?1, ?2, 0, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, "
		"?16, ?17, ?18)",
	[Q_FILE_LIVE] =
		"SELECT CASE WHEN f.added > 0 THEN f.added ELSE p.added END, f.ftype, f.size "
		"FROM file f CROSS JOIN package p ON p.id = f.package "
		"WHERE f.path = ?2 AND f.package = ?1 AND f.removed = 0 AND p.removed = 0",
	[Q_FILE_END] =
		"UPDATE file SET removed = ?3 WHERE path = ?2 AND package = ?1 AND removed = 0",
	[Q_FILE_DELETE] = "DELETE FROM file WHERE path = ?2 AND package = ?1 AND removed = 0",
	[Q_FILE_PATHS_OF] =
		"SELECT path FROM file WHERE added > 0 AND added = ?1 UNION "
		"SELECT path FROM file WHERE removed > 0 AND removed = ?1 UNION "
		"SELECT f.path FROM package p CROSS JOIN file f ON f.package = p.id "
		"WHERE p.added = ?1 OR p.removed = ?1 ORDER BY 1",

	[Q_PRISTINE_GET] =
		"SELECT p.bytes FROM pristine p WHERE p.path = ?1 AND " VISIBLE("p", "?2"),
	[Q_PRISTINE_END] =
		"UPDATE pristine SET removed = ?2 WHERE path = ?1 AND removed = 0 "
		"AND added < ?2",
	[Q_PRISTINE_DELETE] = "DELETE FROM pristine WHERE path = ?1 AND removed = 0",
	[Q_PRISTINE_ADD] =
		"INSERT INTO pristine (path, removed, added, bytes) VALUES (?1, 0, ?2, ?3)",

	/* Paths with rows that changed while their package stayed. */
	[Q_FILE_TOUCHED_AT] =
		"SELECT path FROM file WHERE added > 0 AND added = ?1 UNION "
		"SELECT path FROM file WHERE removed > 0 AND removed = ?1 ORDER BY 1",
	[Q_PRISTINE_AT] =
		"SELECT path FROM pristine WHERE added = ?1 UNION "
		"SELECT path FROM pristine WHERE removed = ?1 ORDER BY 1",

	[Q_TXN_LAST] = "SELECT coalesce(max(n), 0) FROM txn",
	[Q_TXN_ADD] =
		"INSERT INTO txn (" TXN_COLUMNS ") "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, 0)",
	[Q_TXN_STATE] = "SELECT state FROM txn WHERE n = ?1",
	[Q_TXN_SET_STATE] = "UPDATE txn SET state = ?2 WHERE n = ?1",
	[Q_TXN_SET_KEEPS] = "UPDATE txn SET keeps = ?2 WHERE n = ?1",
	[Q_TXN_SET_PHASE] = "UPDATE txn SET phase = ?2 WHERE n = ?1",
	[Q_TXN_FIND] = "SELECT " TXN_COLUMNS " FROM txn WHERE n = ?1",
	[Q_TXN_LIST] = "SELECT " TXN_COLUMNS " FROM txn ORDER BY n",
	[Q_TXN_PENDING] =
		"SELECT " TXN_COLUMNS " FROM txn WHERE state IN (1, 3) ORDER BY n DESC LIMIT 1",
	/* Both sides of what happened to an instance; a reinstallation has both. */
	[Q_TXN_CHANGES] =
		"SELECT instance, max(CASE WHEN removed = ?1 THEN version END), "
		"max(CASE WHEN added = ?1 THEN version END) FROM package "
		"WHERE added = ?1 OR removed = ?1 GROUP BY instance ORDER BY instance",
	[Q_OP_ADD] =
		"INSERT INTO op (n, seq, kind, volume, path, was_mode, was_uid, was_gid, "
		"was_mtime, was_mtime_nsec, was_dev, was_ino, was_size, was_xattrs, now_mode, "
		"now_uid, now_gid, now_mtime, now_mtime_nsec, now_dev, now_ino, now_size, "
		"now_xattrs, shared) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22, ?23, ?24)",
	[Q_OPS] =
		"SELECT seq, kind, volume, path, was_mode, was_uid, was_gid, was_mtime, "
		"was_mtime_nsec, was_dev, was_ino, was_size, was_xattrs, now_mode, now_uid, "
		"now_gid, now_mtime, now_mtime_nsec, now_dev, now_ino, now_size, now_xattrs, "
		"shared FROM op WHERE n = ?1 ORDER BY seq",
	[Q_OP_SHARE] = "UPDATE op SET shared = 1 WHERE n = ?1 AND seq = ?2",
	[Q_OP_FILE_MODE] = /* S_IFMT and S_IFREG, in SQL */
		"SELECT 1 FROM op WHERE n = ?1 AND was_mode & 61440 = 32768 AND was_mode & ?2 "
		"LIMIT 1",
	[Q_OPS_DROP] = "DELETE FROM op WHERE n = ?1 AND seq BETWEEN ?2 AND ?3",
	/* the last that made or took the directory, or one above it */
	[Q_MADE] =
		"SELECT op.n, kind FROM op JOIN txn ON txn.n = op.n WHERE kind IN (2, 5, 7) AND "
		"(path = ?1 OR path || '/' = substr(?1, 1, length(path) + 1)) AND state = 2 "
		"ORDER BY op.n DESC, seq DESC LIMIT 1",
	[Q_MADE_FOR] =
		"SELECT 1 FROM file JOIN package ON package.id = file.package WHERE "
		"path > ?1 || '/' AND path < ?1 || '0' AND "
		"max(file.added, package.added) <= ?2 LIMIT 1",
	[Q_SCRIPT_ADD] =
		"INSERT INTO script (n, seq, phase, instance, name, state, runs, status, began, "
		"ended, output, role, arg, bytes, input, env, cwd, gid, trace, policy, inside, "
		"seconds) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
		"?17, ?18, ?19, ?20, ?21, ?22)",
	[Q_SCRIPTS] =
		"SELECT seq, phase, instance, name, state, runs, status, began, ended, output, "
		"role, arg, bytes, input, env, cwd, gid, trace, policy, inside, seconds "
		"FROM script WHERE n = ?1 ORDER BY seq",
	[Q_SCRIPT_BEGIN] =
		"UPDATE script SET state = 2, runs = runs + 1, began = ?3 "
		"WHERE n = ?1 AND seq = ?2 AND state IN (1, 2)",
	[Q_SCRIPT_END] =
		"UPDATE script SET state = ?3, status = ?4, ended = ?5, output = ?6 "
		"WHERE n = ?1 AND seq = ?2 AND state = 2",
	[Q_SCRIPT_SKIP] =
		"UPDATE script SET state = 5 WHERE n = ?1 AND seq = ?2 AND state = 1",
	[Q_SCRIPTS_OVER] =
		"UPDATE script SET state = CASE state WHEN 1 THEN 5 ELSE state END, arg = NULL, "
		"bytes = NULL, input = NULL, env = NULL, cwd = NULL, gid = NULL, trace = NULL, "
		"policy = NULL, inside = NULL, seconds = NULL WHERE n = ?1 AND state <> 6",
	[Q_SCRIPTS_WAITING] =
		"SELECT n, seq, phase, instance, name, state, runs, status, began, ended, output, "
		"role, arg, bytes, input, env, cwd, gid, trace, policy, inside, seconds "
		"FROM script WHERE state = 6 ORDER BY n, seq",
	[Q_SCRIPT_WAITED] =
		"UPDATE script SET state = 5, output = ?3, arg = NULL, bytes = NULL, input = NULL, "
		"env = NULL, cwd = NULL, gid = NULL, trace = NULL, policy = NULL, inside = NULL, "
		"seconds = NULL WHERE n = ?1 AND seq = ?2 AND state = 6",
	[Q_NOTE_ADD] =
		"INSERT INTO note (n, seq, kind, subject, text) VALUES (?1, "
		"(SELECT coalesce(max(seq), 0) + 1 FROM note WHERE n = ?1), ?2, ?3, ?4)",
	[Q_NOTES] = "SELECT kind, subject, text FROM note WHERE n = ?1 ORDER BY seq",
	[Q_VOLUME_ADD] =
		"INSERT INTO volume (n, k, path, store, what) VALUES (?1, ?2, ?3, ?4, ?5)",
	[Q_VOLUME_DELETE] = "DELETE FROM volume WHERE n = ?1",
	[Q_VOLUMES] = "SELECT n, k, path, store, what FROM volume WHERE n = ?1 ORDER BY k",
	[Q_VOLUMES_ALL] =
		"SELECT max(n), k, path, store, what FROM volume WHERE k > 0 "
		"GROUP BY path, store ORDER BY path, store",
	[Q_COMPONENTS] =
		"SELECT c.id, c.name, c.version, c.kind, c.title, c.base, c.manual, c.added, "
		"c.removed, c.manifest FROM component c WHERE " VISIBLE("c", "?1")
		" ORDER BY c.name, c.id",
	[Q_COMPONENT_PACKAGES] =
		"SELECT instance FROM component_package WHERE component = ?1 ORDER BY instance",
	[Q_COMPONENT_ADD] =
		"INSERT INTO component (name, version, kind, title, base, manual, added, "
		"removed, manifest) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)",
	[Q_COMPONENT_PACKAGE_ADD] =
		"INSERT OR IGNORE INTO component_package (component, instance) VALUES (?1, ?2)",
	[Q_COMPONENT_TWICE] =
		"SELECT name FROM component WHERE removed = 0 GROUP BY name "
		"HAVING count(*) > 1 LIMIT 1",
	[Q_COMPONENT_END] =
		"UPDATE component SET removed = ?2 WHERE id = ?1 AND removed = 0 AND added < ?2",
	[Q_COMPONENT_DELETE] = "DELETE FROM component WHERE id = ?1 AND removed = 0 AND added = ?2",
	[Q_TXN_COMPONENTS] =
		"SELECT name, max(CASE WHEN removed = ?1 THEN version END), "
		"max(CASE WHEN added = ?1 THEN version END) FROM component "
		"WHERE added = ?1 OR removed = ?1 GROUP BY name ORDER BY name",
	/* Packages that stay, but whose files the transaction added or ended. */
	[Q_REVERSE_TOUCHED] =
		"SELECT package FROM file WHERE added > 0 AND added = ?1 UNION "
		"SELECT package FROM file WHERE removed > 0 AND removed = ?1",
};

const char *statement_sql(enum statement_id id)
{
	return texts[id];
}
