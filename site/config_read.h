/*
 * What the files of the configuration share: a reader that collects all
 * mistakes, the sections in the order in which they build on one another,
 * and how values are printed. Inside of site/config*.c.
 */
#ifndef SITE_CONFIG_READ_H
#define SITE_CONFIG_READ_H

#include "site/config.h"
#include "site/config_fields.h"

#define CONFIG_SECTIONS_MAX 16

struct config_reader {
	struct config *c;
	struct problems *p;
	const struct yaml_node *root;
	const char *file;
	bool is_own;	     /* the site's file: its plugins are loaded */
	const char *plugins; /* else those of this directory; or NULL */
};

/* Sections, in this order; each tolerates what the ones before it left out.
 * Their keys are in config.c. */
void config_read_gases(struct config_reader *r);
void config_read_buses(struct config_reader *r);
void config_read_instruments(struct config_reader *r);
/* Of the newest instrument: what the site knows of its channels. */
void config_read_channels(struct config_reader *r, const struct yaml_node *map);
void config_read_roles(struct config_reader *r);
void config_read_limits(struct config_reader *r);
void config_read_gauges(struct config_reader *r);
void config_read_interlocks(struct config_reader *r);
void config_read_safe(struct config_reader *r);
void config_read_phases(struct config_reader *r);
void config_read_access(struct config_reader *r);
void config_read_notify(struct config_reader *r);

/* Their sections as they are in force. */
void config_print_access(const struct config *c, struct text *out);
void config_print_notify(const struct config *c, struct text *out);

/* All single values and groups of them: holder, defaults, log ... */
extern const struct fields config_values;
/* The site's definitions and plugins are needed before its instruments are
 * read. */
void config_find_drivers(struct config_reader *r);
/* Relative paths become absolute ones; checks the sockets. */
void config_finish_files(struct config_reader *r);

/* The built-in laboratory (site/default.yaml). */
extern const char config_default[];
extern const size_t config_default_size;

/* False, with a problem, when node is of another kind. */
bool config_is(const struct yaml_node *node, enum yaml_kind kind,
	       const char *what, struct problems *p);

/* The section `key`, when it is there and of that kind; else NULL. */
const struct yaml_node *config_section(struct config_reader *r, const char *key,
				       enum yaml_kind kind);

/* The scalar under key; NULL when absent or (with a problem) no scalar. */
const struct yaml_node *config_scalar(struct config_reader *r,
				      const struct yaml_node *map,
				      const char *key);

/* False, with a problem at `at`, when s is no name: letters, digits, '_' and
 * '-', a letter first, shorter than max. */
bool config_is_name(struct config_reader *r, const char *s, struct place at,
		    const char *what, size_t max);

/* "there is no bus 'sin'; did you mean 'sim'?": names end with NULL. */
void config_refuse(struct config_reader *r, struct place at, const char *what,
		   const char *name, const char *const *names);

/* Index of the word in the NULL-terminated list, or -1 with a problem. */
int config_word(struct config_reader *r, const struct yaml_node *node,
		const char *what, const char *const *words);

/* Index of the role, or ROLE_NONE with a problem that names the nearest. */
int config_role(struct config_reader *r, const char *name, struct place at);

/* False with a problem: the key is put in front of the message. */
bool config_quantity(struct config_reader *r, const struct yaml_node *node,
		     enum quantity q, double *value);
bool config_time(struct config_reader *r, const struct yaml_node *node,
		 nsec min, nsec max, nsec *value);

/* What of a channel is not as its driver has it: "channels:" of an
 * instrument, or nothing. */
void config_print_channels(const struct config *c, size_t instrument,
			   struct text *out);

/* Every digit that is needed to read the same value again. */
void config_print_value(enum quantity q, double value, struct text *out);
void config_print_time(nsec t, struct text *out);
void config_print_text(const char *s, struct text *out);
/* A tree as it was written, behind "key:"; ends the line. */
void config_print_node(const struct yaml_node *node, int indent,
		       struct text *out);

#endif
