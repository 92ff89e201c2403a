/* Help, version and completion: the option tables as text. */
#ifndef COMMPKG_HELP_H
#define COMMPKG_HELP_H

struct verb;

void help_all(void);
void help_verb(const struct verb *v);
void help_version(void);

#endif
