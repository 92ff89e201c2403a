/* One script, run: its environment and arguments, and the watch over it. */
#include "script.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "formats/cleanup.h"
#include "formats/fd.h"
#include "script_dir.h"
#include "requests.h"
#include "script_output.h"
#include "script_tools.h"

#define ARGS_MAX 256

int script_status_of(int code)
{
	if (code == SCRIPT_INTERNAL)
		return code;
	return code >= 0 && code < 30 && code % 10 <= SCRIPT_INTERACTION ? code : SCRIPT_FATAL;
}

bool script_goes_on(int status)
{
	return status < 30 && (status % 10 == SCRIPT_FINE || status % 10 == SCRIPT_WARNING);
}

const char *script_words(struct arena *a, const struct script *s,
			 const struct script_result *r)
{
	unsigned limit = s->time_limit != 0 ? s->time_limit : SCRIPT_TIME_LIMIT;

	if (r->timed_out)
		return arena_printf(a, "stopped after %u second%s", limit, limit == 1 ? "" : "s");
	if (r->stopped)
		return "interrupted";
	if (r->signal != 0) {
		const char *name = sigabbrev_np(r->signal);

		return name != NULL ? arena_printf(a, "killed by SIG%s", name) :
				      arena_printf(a, "killed by signal %d", r->signal);
	}
	return r->code < 0 ? "lost" : arena_printf(a, "exit code %d", r->code);
}

/* ---- environment */

static bool is_identifier(const char *s)
{
	size_t len = strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
			    "0123456789_");

	return len > 0 && s[len] == '\0' && (s[0] < '0' || s[0] > '9');
}

/* A parameter is data: it must not change how the shell reads the script, nor what the
 * loader and the host's interpreters load (hazard 33). */
static bool steers(const char *name)
{
	static const char *const names[] = {
		"PATH", "IFS", "ENV", "BASH_ENV", "SHELLOPTS", "BASHOPTS", "PS4", "CDPATH",
		"GLOBIGNORE", "PERL5LIB", "PERL5OPT", "PYTHONPATH", "PYTHONHOME",
		"PYTHONSTARTUP", "RUBYLIB", "RUBYOPT", "GCONV_PATH", "LOCPATH", "NLSPATH",
		"TERMINFO", "HOSTALIASES", "MALLOC_TRACE", "PPID", "UID", "EUID",
		REQUESTS_ENV,
	};

	if (str_has_prefix(name, "LD_") || str_has_prefix(name, "BASH_FUNC_") ||
	    str_has_prefix(name, "GLIBC_TUNABLES"))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (str_eq(name, names[i]))
			return true;
	return false;
}

/* The last one of a name counts. */
static bool is_repeated(const struct pkginfo *env, size_t i)
{
	const char *name = env->params[i].name;

	while (++i < env->n)
		if (str_eq(env->params[i].name, name))
			return true;
	return false;
}

/* On Solaris /bin is /usr/bin. Where it is not, its commands are needed as well. */
static bool has_own_bin(struct arena *a, const struct script_place *place)
{
	struct tree *host = NULL;
	struct rpath bin;
	struct stat st;
	bool own = false;

	if (rpath_parse(a, "bin", &bin, NULL) < 0 ||
	    (!place->chroot && tree_open("/", &host, NULL) < 0))
		return false;
	own = tree_stat(place->chroot ? place->root->tree : host, bin, &st, NULL) == 0 &&
	      S_ISDIR(st.st_mode);
	tree_close(host);
	return own;
}

static char *make_path(struct arena *a, const struct script *s, const struct script_place *place,
		       const struct script_dir *dir)
{
	const char *first = script_dir_text(a, dir, s->path_first);

	const char *before = script_tools_before(!place->root->live);
	bool tools = place->tools;

	return arena_printf(a, "PATH=%s%s%s" SCRIPT_PATH "%s%s", first != NULL ? first : "",
			    first != NULL ? ":" : "",
			    tools ? script_dir_text(a, dir, before) : "",
			    has_own_bin(a, place) ? ":/bin" : "",
			    tools ? script_dir_text(a, dir, script_tools_behind()) : "");
}

static char *const *make_env(struct arena *a, const struct script *s,
			     const struct script_place *place, const struct script_dir *dir)
{
	size_t most = s->env != NULL ? s->env->n : 0, n = 0, i;
	char **env = arena_calloc(a, most + 3, sizeof(*env));

	env[n++] = make_path(a, s, place, dir);
	if (place->tools && dir != NULL) /* else it is where installf looks (requests.h) */
		env[n++] = arena_printf(a, REQUESTS_ENV "=%s",
					script_dir_text(a, dir, CAGE_REQUESTS));
	for (i = 0; i < most; i++) {
		const struct param *p = &s->env->params[i];

		if (is_identifier(p->name) && !steers(p->name) && !is_repeated(s->env, i))
			env[n++] = arena_printf(a, "%s=%s", p->name,
						script_dir_text(a, dir, p->value));
	}
	return env;
}

static char *const *make_args(struct arena *a, const struct script *s,
			      const struct script_dir *dir)
{
	char **args = arena_calloc(a, s->nargs + 4, sizeof(*args));
	const char *path = arena_printf(a, CAGE_DIR "/%s", s->name);
	size_t n = 0, i;

	args[n++] = arena_strdup(a, "sh");
	if (s->trace)
		args[n++] = arena_strdup(a, "-x");
	args[n++] = arena_strdup(a, script_dir_text(a, dir, path));
	for (i = 0; i < s->nargs; i++)
		args[n++] = arena_strdup(a, script_dir_text(a, dir, s->args[i]));
	return args;
}

/* ---- input: in memory, so that nobody has to feed it */

static int make_input(struct arena *a, const struct script *s, const struct script_dir *dir,
		      int *ret_fd, struct error *e)
{
	const char *text = arena_strndup(a, s->input_len > 0 ? s->input : "", s->input_len);
	const int seals = F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL;
	AUTO_FD int fd = -EBADF;
	int rc;

	if (s->input_fd != NULL) {
		*ret_fd = fcntl(*s->input_fd, F_DUPFD_CLOEXEC, 3);
		return *ret_fd >= 0 ? 0 : error_errno(e, errno, "cannot keep the input of '%s'",
						      s->name);
	}
	fd = memfd_create("input", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (fd < 0)
		return error_errno(e, errno, "cannot keep the input of '%s'", s->name);
	if (dir == NULL)
		rc = fd_write_all(fd, text, s->input_len);
	else {
		text = script_dir_text(a, dir, text);
		rc = fd_write_all(fd, text, strlen(text));
	}
	if (rc == 0 && (lseek(fd, 0, SEEK_SET) < 0 || fcntl(fd, F_ADD_SEALS, seals) < 0))
		rc = -errno;
	if (rc < 0)
		return error_errno(e, -rc, "cannot keep the input of '%s'", s->name);
	*ret_fd = TAKE_FD(fd);
	return 0;
}

/* ---- result */

static void judge(const struct script_watch *w, const struct cage_end *end,
		  struct script_result *r)
{
	*r = (struct script_result){
		.code = -1, .status = SCRIPT_INTERNAL, .layers = end->layers,
		.timed_out = w->timed_out, .stopped = w->stopped, .output = w->output,
		.dropped = w->dropped, .response = end->response,
		.response_len = end->response_len, .requests = end->requests,
		.requests_len = end->requests_len,
	};
	if (w->stopped)
		r->status = SCRIPT_INTERRUPTED;
	if (w->stopped || w->timed_out || !end->ended)
		return;
	if (WIFEXITED(end->status)) {
		r->code = WEXITSTATUS(end->status);
		r->status = script_status_of(r->code);
	} else if (WIFSIGNALED(end->status)) {
		r->signal = WTERMSIG(end->status);
	}
}

/* ---- run */

static int check(const struct script *s, struct error *e)
{
	if (s->name[0] == '\0' || s->name[0] == '.' || strchr(s->name, '/') != NULL)
		return error_set(e, E_FORMAT, "bad name of a script: '%.255s'", s->name);
	if (s->nargs > ARGS_MAX)
		return error_set(e, E_LIMIT, "script '%s' has over %d arguments", s->name,
				 ARGS_MAX);
	return 0;
}

struct run {
	struct arena *a;
	const struct script *s;
	const struct script_place *place;
	struct script_dir *dir;		/* NULL: CAGE_DIR */
	bool plain;			/* not in the cage */
	int in_fd;
};

static struct cage make_cage(const struct run *r, int out_fd)
{
	const struct script_place *place = r->place;
	const struct script *s = r->s;

	return (struct cage){
		.root = place->root, .stage = place->stage,
		.policy = place->policy, .plain = r->plain,
		.read_only = place->read_only, .network = place->network,
		.devices = place->devices, .chroot = place->chroot,
		.files = script_files(r->a, s, place), .nfiles = place->nfiles + 1,
		.binds = place->binds, .nbinds = place->nbinds,
		.response = s->response, .response_bytes = s->response_bytes,
		.response_len = s->response_len, .tools = place->tools,
		.argv = make_args(r->a, s, r->dir),
		.envp = make_env(r->a, s, place, r->dir),
		.cwd = script_dir_text(r->a, r->dir, s->cwd), .cwd_in_root = s->cwd_in_root,
		.uid = s->uid, .gid = s->gid, .file_limit = s->file_limit,
		.in_fd = r->in_fd, .out_fd = out_fd,
	};
}

static int run_once(const struct run *r, struct script_result *ret, struct error *e)
{
	unsigned limit = r->s->time_limit;
	struct script_watch w = { .place = r->place, .limit = limit != 0 ? limit :
							      SCRIPT_TIME_LIMIT };
	struct cage_process process;
	struct cage_end end;
	struct cage cage;
	int out[2], rc;

	if (pipe2(out, O_CLOEXEC) < 0)
		return error_errno(e, errno, "cannot make a pipe");
	cage = make_cage(r, out[1]);
	rc = cage_start(r->a, &cage, &process, e);
	(void)close(out[1]); /* the child has its own */
	w.out_fd = out[0];
	if (rc == 0) {
		script_watch(&w, &process);
		rc = cage_finish(r->a, &process, &end, e);
		script_watch_rest(&w);
	}
	(void)close(out[0]); /* a pipe that was read */
	if (rc == 0)
		judge(&w, &end, ret);
	return rc;
}

/* Beside the host, in a directory that is removed afterwards. */
static int run_plain(struct run *r, struct script_result *ret, struct error *e)
{
	int rc = script_dir_make(r->a, r->s, r->place, &r->dir, e);

	r->plain = true;
	if (rc == 0)
		rc = make_input(r->a, r->s, r->dir, &r->in_fd, e);
	if (rc == 0)
		rc = run_once(r, ret, e);
	if (rc == 0 && r->s->response)
		script_dir_response(r->a, r->dir, ret);
	if (rc == 0 && r->place->tools)
		script_dir_requests(r->a, r->dir, ret);
	script_dir_remove(r->dir);
	return rc;
}

static int run_caged(struct run *r, struct script_result *ret, struct error *e)
{
	int rc;

	if (r->place->chroot)
		r->dir = script_dir_inside(r->a, "");
	else if (r->place->policy == CAGE_OFF)
		r->dir = script_dir_inside(r->a, r->place->root->live ? "" :
							       r->place->root->path);
	else
		r->dir = NULL;
	rc = make_input(r->a, r->s, r->dir, &r->in_fd, e);

	return rc < 0 ? rc : run_once(r, ret, e);
}

/* Is it to be run without a cage, or may it be? */
static bool may_be_plain(const struct script_place *place)
{
	if (place->stage != NULL || place->chroot)
		return false;
	if (place->policy == CAGE_OFF)
		return true;
	return !place->read_only && (place->root->live || place->policy == CAGE_TRY);
}

static bool must_be_plain(const struct script_place *place)
{
	return may_be_plain(place) && (place->policy == CAGE_OFF || place->root->live);
}

static int run(struct run *r, struct script_result *ret, struct error *e)
{
	int rc = -E_UNSUPPORTED;

	if (!must_be_plain(r->place))
		rc = run_caged(r, ret, e);
	if (rc != -E_UNSUPPORTED || !may_be_plain(r->place))
		return rc;
	if (r->in_fd >= 0)
		(void)close(r->in_fd); /* memory */
	r->in_fd = -EBADF;
	return run_plain(r, ret, e);
}

/* The place with our commands and shims in it. */
static void furnish(struct arena *a, const struct script_place *place,
		    const struct script_tools *tools, struct script_place *ret)
{
	struct cage_file *files = arena_calloc(a, place->nfiles + tools->nfiles, sizeof(*files));
	struct cage_bind *binds = arena_calloc(a, place->nbinds + 1, sizeof(*binds));

	if (place->nfiles > 0)
		memcpy(files, place->files, place->nfiles * sizeof(*files));
	if (tools->nfiles > 0)
		memcpy(files + place->nfiles, tools->files, tools->nfiles * sizeof(*files));
	if (place->nbinds > 0)
		memcpy(binds, place->binds, place->nbinds * sizeof(*binds));
	*ret = *place;
	ret->files = files;
	ret->nfiles = place->nfiles + tools->nfiles;
	ret->binds = binds;
	if (tools->bin.tree != NULL)
		binds[ret->nbinds++] = tools->bin;
}

int script_run(struct arena *a, const struct script *s, const struct script_place *place,
	       struct script_result *ret, struct error *e)
{
	struct script_place furnished = *place;
	struct run r = { .a = a, .s = s, .place = &furnished, .in_fd = -EBADF };
	struct script_tools tools = { .nfiles = 0 };
	int rc = check(s, e);

	if (rc == 0 && place->tools) {
		script_tools_open(a, &tools);
		furnish(a, place, &tools, &furnished);
	}
	if (rc == 0)
		rc = run(&r, ret, e);
	script_tools_close(&tools);
	if (r.in_fd >= 0)
		(void)close(r.in_fd); /* memory */
	return rc < 0 ? error_prefix(e, "running script '%s'", s->name) : 0;
}
