/*
 * Every statement of the house, by name. They are prepared on first use and belong
 * to the handle (query.h).
 *
 * In the texts, `?1` is the first value put, and so on. VISIBLE reads "as of
 * transaction ?": added by then, not ended by then (0 = not ended).
 */
#ifndef PKGDB_STATEMENTS_H
#define PKGDB_STATEMENTS_H

enum statement_id {
	Q_SETTING_GET, Q_SETTING_SET, Q_SETTING_UNSET,
	Q_PACKAGES, Q_PACKAGE_FIND, Q_PACKAGE_ADD, Q_PACKAGE_FIRST, Q_PACKAGE_DATES, Q_PACKAGE_TWICE,
	Q_PACKAGE_END, Q_PACKAGE_DELETE, Q_PACKAGE_FLAGS_KEEP, Q_PACKAGE_SET_STATE,
	Q_PACKAGE_SET_MANUAL, Q_PACKAGE_COUNT, Q_PACKAGE_RECOUNT,
	Q_PARAM_ADD, Q_PARAMS, Q_INFOFILE_ADD, Q_INFOFILES,
	Q_FILES, Q_OWNERS, Q_BELOW, Q_COUNT_FILES, Q_FILE_ADD, Q_FILE_LIVE, Q_FILE_END,
	Q_FILE_DELETE, Q_FILE_PATHS_OF,
	Q_PRISTINE_GET, Q_PRISTINE_END, Q_PRISTINE_DELETE, Q_PRISTINE_ADD,
	Q_TXN_LAST, Q_TXN_ADD, Q_TXN_STATE, Q_TXN_SET_STATE, Q_TXN_SET_KEEPS, Q_TXN_FIND,
	Q_TXN_LIST, Q_TXN_PENDING, Q_TXN_CHANGES,
	Q_OP_ADD, Q_OPS, Q_NOTE_ADD, Q_NOTES,
	Q_REVERSE_TOUCHED,
	STATEMENT_COUNT
};

const char *statement_sql(enum statement_id id);

#endif
