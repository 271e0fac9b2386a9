/*
 * The configuration of one laboratory: buses, instruments, roles, phases,
 * limits, interlocks, files and sockets. Read once; what is in force, with
 * every default, is printed by `gascelld config`.
 */
#ifndef SITE_CONFIG_H
#define SITE_CONFIG_H

#include "base/problems.h"
#include "base/yaml.h"
#include "drivers/definitions.h"
#include "drivers/driver.h"
#include "drivers/plugins.h"
#include "engine/site.h"

#define CONFIG_BUSES_MAX 16
#define CONFIG_PATH_MAX 512

struct config_bus {
	char name[DEVICE_NAME_MAX];
	const struct yaml_node *params;
};

/* Instrument i is poll i of the site. */
struct config_instrument {
	char name[DEVICE_NAME_MAX];
	const struct driver *driver;
	size_t bus;
	const struct yaml_node *params; /* NULL: none */
	int retry_ms;			/* between tries to reopen */
};

/* Groups of users by what they may; all empty: not configured. */
#define CONFIG_GROUPS_MAX 16
enum config_right {
	CONFIG_OBSERVER,
	CONFIG_OPERATOR,
	CONFIG_ADMIN,
	CONFIG_RIGHTS
};
struct config_access {
	bool given;
	struct config_groups {
		size_t n;
		const char *name[CONFIG_GROUPS_MAX];
	} rights[CONFIG_RIGHTS];
};

/* A program that is told what happens. */
#define CONFIG_WORDS_MAX 32
enum config_notice {
	CONFIG_ON_START,
	CONFIG_ON_END,
	CONFIG_ON_TRIP,
	CONFIG_ON_PROMPT,
	CONFIG_ON_ALARM,
	CONFIG_NOTICES
};
struct config_notify {
	size_t n;			    /* words; 0: nobody is told */
	const char *word[CONFIG_WORDS_MAX]; /* program and arguments */
	bool on[CONFIG_NOTICES];
	nsec timeout;
};
extern const char *const config_notice_names[]; /* NULL-terminated */

struct config {
	struct site site;
	size_t n_buses;
	struct config_bus buses[CONFIG_BUSES_MAX];
	size_t n_instruments;
	struct config_instrument instruments[POLLS_MAX];
	char database[CONFIG_PATH_MAX];
	char images[CONFIG_PATH_MAX];	/* directory */
	char recipes[CONFIG_PATH_MAX];	/* directory of the library */
	struct definitions definitions; /* own drivers of instruments;
						 * its folder is the site's */
	struct plugins plugins;		/* the same, for code */
	char socket[CONFIG_PATH_MAX];
	char listen[128];   /* "ADDR:PORT", or "": no TCP */
	bool listen_writes; /* TCP clients may change */
	bool websocket;	    /* TCP clients may begin with HTTP */
	bool discovery;	    /* answer who looks for nodes by UDP */
	int discovery_port;
	char identify[8]; /* version of SECoP: "2.0" */
	char group[64];	  /* of the socket, or "" */
	struct config_access access;
	struct config_notify notify;
	int image_pixels;  /* for disk space predictions */
	char *text;	   /* as read; for the log */
	struct yaml *yaml; /* owns what params point at */
};

/*
 * Relative paths: the database and the images count from the state directory
 * ($STATE_DIRECTORY, $XDG_STATE_HOME/gascell, ~/.local/state/gascell), the
 * socket from the runtime directory ($RUNTIME_DIRECTORY,
 * $XDG_RUNTIME_DIR/gascell, else the state directory), recipes, definitions
 * and plugins from where the configuration lies. They are absolute in struct
 * config. Nothing is created.
 */

/* path NULL: the simulated laboratory that is built in. NULL on any problem. */
struct config *config_load(const char *path, struct problems *problems);

/* The same from text; `file` for messages. A text that may be anybody's loads
 * no code: `plugins` in it is a mistake. */
struct config *config_parse(const char *text, size_t n, const char *file,
			    struct problems *problems);

/* A text whose plugins lie in this directory, whatever it says: replay has
 * the log's text, and the directory from its user. NULL: as above. */
struct config *config_parse_with(const char *plugins, const char *text,
				 size_t n, const char *file,
				 struct problems *problems);
void config_free(struct config *c);

/* The configuration in force as YAML, every default written out; reading it
 * back gives the same. */
void config_print(const struct config *c, struct text *out);

/* Recipe library: a recipe_find (engine/recipe.h) looking in the directory
 * of `config_recipes.beside` (may be NULL), then in the configured one, then
 * in the one beside the program or installed. Context: this struct. */
struct config_recipes {
	const char *beside;
	const char *library;
};
/* All names there are, sorted, as a JSON array. Context: as above. */
#define CONFIG_RECIPES_MAX 256
void config_list_recipes(void *context, struct text *json);
int config_find_recipe(void *context, const char *name, struct text *out,
		       struct text *file, struct err *err);

#endif
