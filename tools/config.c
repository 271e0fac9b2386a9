/* gascelld config: what is in force, or every mistake. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "site/config.h"
#include "tools/commands.h"
#include "tools/complaint.h"
#include "tools/options.h"

#define USB_SERIAL_CHARACTERS                                                  \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:-"

/* One adapter, by its serial number: the daemon's group may use it, and no
 * program that looks for modems talks to what hangs there. */
static int add_rule(const struct config_bus *bus, const char *usb,
		    struct text *out)
{
	if (strspn(usb, USB_SERIAL_CHARACTERS) != strlen(usb)) {
		fprintf(stderr,
			"gascelld config: bus %s: a USB serial number has "
			"letters, digits and ._:- only\n",
			bus->name);
		return EXIT_FAILED;
	}
	text_addf(out,
		  "SUBSYSTEM==\"usb\", ENV{DEVTYPE}==\"usb_device\", "
		  "ATTR{serial}==\"%s\", ENV{ID_MM_DEVICE_IGNORE}=\"1\"\n"
		  "SUBSYSTEM==\"tty\", ENV{ID_SERIAL_SHORT}==\"%s\", "
		  "GROUP=\"gascell\", MODE=\"0660\", "
		  "ENV{ID_MM_PORT_IGNORE}=\"1\", SYMLINK+=\"gascell/%s\"\n",
		  usb, usb, bus->name);
	return EXIT_OK;
}

static int add_rules(const struct config *config, struct text *out)
{
	int code = EXIT_OK;

	text_addf(out,
		  "# The adapters of '%s', for /etc/udev/rules.d/\n"
		  "# 70-gascell.rules; then: udevadm control --reload && "
		  "udevadm trigger\n",
		  config->site.name);
	for (size_t i = 0; i < config->n_buses && code == EXIT_OK; i++) {
		const struct yaml_node *usb =
			yaml_get(config->buses[i].params, "usb");

		if (usb && usb->kind == YAML_SCALAR)
			code = add_rule(&config->buses[i], usb->s, out);
	}
	return code;
}

static int add_what_is_asked(const struct config *config, bool source,
			     bool udev, struct text *out)
{
	if (udev)
		return add_rules(config, out);
	if (source)
		text_add(out, config->text);
	else
		config_print(config, out);
	return EXIT_OK;
}

int config_main(int argc, char **argv)
{
	const char *path = NULL;
	bool source = false, udev = false;
	const struct option_row rows[] = {
		{ "config", 'c', "FILE",
		  "the laboratory; default: the "
		  "simulated one",
		  .text = &path },
		{ "source", 0, NULL, "as it was written, with its comments",
		  .flag = &source },
		{ "udev", 0, NULL, "rules for its USB adapters",
		  .flag = &udev },
	};
	const struct options options = {
		.name = "config",
		.rows = rows,
		.n_rows = ARRAY_SIZE(rows),
		.summary = "Prints the configuration in force, every default "
			   "written out,\nor every mistake in it.",
	};
	_cleanup_(problems_free) struct problems problems = { 0 };
	_cleanup_(text_free) struct text out = { 0 };
	struct options_words words;
	struct config *config;
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	config = config_load(path, &problems);
	if (!config) {
		complaint_print(&problems);
		return EXIT_FAILED;
	}
	code = add_what_is_asked(config, source, udev, &out);
	if (code == EXIT_OK)
		fputs(text_str(&out), stdout);
	config_free(config);
	return code;
}
