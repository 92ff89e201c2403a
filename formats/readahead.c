/*
 * A ring of blocks. `head` counts the blocks filled, `tail` those given back; both
 * only grow. The block being read is `tail` while `lent`.
 */
#include "readahead.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "arena.h"

struct block {
	unsigned char *bytes;
	size_t len;
};

struct readahead {
	readahead_fill *fill;
	void *ctx;
	size_t block_size;
	unsigned nblocks;
	struct block *blocks;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t filled, freed;
	uint64_t head, tail;
	bool lent;
	bool stop;		/* the reader wants no more */
	bool done;		/* the thread will give no more */
	int rc;			/* its last word, with error */
	struct error error;
};

/* A free block to fill, or NULL when asked to stop. */
static struct block *ring_wait_free(struct readahead *ra)
{
	struct block *b = NULL;

	pthread_mutex_lock(&ra->lock);
	while (!ra->stop && ra->head - ra->tail == ra->nblocks)
		pthread_cond_wait(&ra->freed, &ra->lock);
	if (!ra->stop)
		b = &ra->blocks[ra->head % ra->nblocks];
	pthread_mutex_unlock(&ra->lock);
	return b;
}

static void ring_put(struct readahead *ra, bool filled, bool done, int rc)
{
	pthread_mutex_lock(&ra->lock);
	if (filled)
		ra->head++;
	ra->done = done;
	ra->rc = rc;
	pthread_cond_signal(&ra->filled);
	pthread_mutex_unlock(&ra->lock);
}

static void *readahead_run(void *arg)
{
	struct readahead *ra = arg;
	struct block *b;
	int rc;

	while ((b = ring_wait_free(ra)) != NULL) {
		b->len = 0;
		rc = ra->fill(ra->ctx, b->bytes, ra->block_size, &b->len, &ra->error);
		if (rc < 0 || b->len == 0) {
			ring_put(ra, false, true, rc);
			break;
		}
		ring_put(ra, true, false, 0);
	}
	return NULL;
}

static int thread_start(struct readahead *ra)
{
	sigset_t all, old;
	int rc;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	rc = pthread_create(&ra->thread, NULL, readahead_run, ra);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc;
}

static void ring_free(struct readahead *ra)
{
	unsigned i;

	for (i = 0; i < ra->nblocks; i++)
		free(ra->blocks[i].bytes);
	free(ra->blocks);
	pthread_cond_destroy(&ra->filled);
	pthread_cond_destroy(&ra->freed);
	pthread_mutex_destroy(&ra->lock);
	free(ra);
}

struct readahead *readahead_new(readahead_fill *fill, void *ctx, size_t block_size,
				unsigned nblocks)
{
	struct readahead *ra = xcalloc(1, sizeof(*ra));
	unsigned i;

	ra->fill = fill;
	ra->ctx = ctx;
	ra->block_size = block_size;
	ra->nblocks = nblocks;
	ra->blocks = xcalloc(nblocks, sizeof(*ra->blocks));
	for (i = 0; i < nblocks; i++)
		ra->blocks[i].bytes = xmalloc(block_size);
	pthread_mutex_init(&ra->lock, NULL);
	pthread_cond_init(&ra->filled, NULL);
	pthread_cond_init(&ra->freed, NULL);
	if (thread_start(ra) != 0) {
		ring_free(ra);
		return NULL;
	}
	return ra;
}

/* Gives back what the reader had, waits for the next. */
static bool ring_wait_filled(struct readahead *ra)
{
	bool have;

	pthread_mutex_lock(&ra->lock);
	if (ra->lent) {
		ra->lent = false;
		ra->tail++;
		pthread_cond_signal(&ra->freed);
	}
	while (ra->head == ra->tail && !ra->done)
		pthread_cond_wait(&ra->filled, &ra->lock);
	have = ra->head != ra->tail;
	ra->lent = have;
	pthread_mutex_unlock(&ra->lock);
	return have;
}

int readahead_next(struct readahead *ra, const unsigned char **ret, size_t *ret_len,
		   struct error *e)
{
	const struct block *b;

	if (!ring_wait_filled(ra)) {
		/* the thread has ended: nobody else touches rc and error */
		if (ra->rc < 0 && e != NULL)
			*e = ra->error;
		return ra->rc < 0 ? ra->rc : 0;
	}
	b = &ra->blocks[ra->tail % ra->nblocks];
	*ret = b->bytes;
	*ret_len = b->len;
	return 1;
}

void readahead_free(struct readahead *ra)
{
	if (ra == NULL)
		return;
	pthread_mutex_lock(&ra->lock);
	ra->stop = true;
	pthread_cond_signal(&ra->freed);
	pthread_mutex_unlock(&ra->lock);
	pthread_join(ra->thread, NULL);
	ring_free(ra);
}
