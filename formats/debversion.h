/*
 * The order of Debian versions: [epoch:]upstream[-revision].
 *
 * Source: Debian policy 5.6.12 and deb-version(7). Epochs by value (none = 0); then
 * upstream, then revision (none = "0"): non-digit runs, where `~` sorts before the
 * end, the end before letters and letters before all else, take turns with digit runs
 * compared by value, of any length.
 *
 * Any strings are ordered; what is no Debian version is still compared by these rules.
 */
#ifndef FORMATS_DEBVERSION_H
#define FORMATS_DEBVERSION_H

/* <0, 0, >0 as a is older than, equal to, newer than b. */
int debversion_compare(const char *a, const char *b);

#endif
