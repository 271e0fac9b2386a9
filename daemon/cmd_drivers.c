/* gascelld drivers: what it can talk to, and the channels of each. */
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "daemon/commands.h"
#include "daemon/options.h"
#include "drivers/driver.h"

static void print_limits(const struct channel *channel, struct text *out)
{
	char min[QUANTITY_TEXT_MAX], max[QUANTITY_TEXT_MAX];

	if (channel->min == 0.0 && channel->max == 0.0)
		return;
	quantity_format(channel->quantity, channel->min, min);
	quantity_format(channel->quantity, channel->max, max);
	text_addf(out, ", %s .. %s", min, max);
}

static void print_channel(const struct channel *channel, struct text *out)
{
	text_addf(out, "  %-18s %s%s", channel->name,
		  quantity_name(channel->quantity),
		  channel->access & CHANNEL_WRITE ? ", can be set" : "");
	if (channel->access & CHANNEL_WRITE)
		print_limits(channel, out);
	text_add_char(out, '\n');
}

static void print_driver(const struct driver *driver, bool brief,
			 struct text *out)
{
	size_t i;

	text_addf(out, "%-20s %s\n", driver->name, driver->summary);
	for (i = 0; i < driver->n_channels && !brief; i++)
		print_channel(&driver->channels[i], out);
}

int drivers_main(int argc, char **argv)
{
	bool brief = false;
	const struct option_row rows[] = {
		{ "brief", 0, NULL, "without their channels", .flag = &brief },
	};
	const struct options options = {
		.name = "drivers", .words = "[DRIVER]", .max = 1,
		.summary = "Lists the instruments that gascelld can talk to.",
		.rows = rows, .n_rows = ARRAY_SIZE(rows),
	};
	const struct driver *const *drivers = driver_list();
	_cleanup_(text_free) struct text out = {0};
	struct options_words words;
	struct err err = {0};
	int code = options_parse(&options, argc, argv, &words);

	if (code >= 0)
		return code;
	if (words.n) {
		const struct driver *one = driver_find(words.v[0], &err);

		if (!one) {
			text_add_escaped(&out, err.msg, strlen(err.msg),
					 sizeof(err.msg));
			fprintf(stderr, "gascelld drivers: %s\n",
				text_str(&out));
			return EXIT_FAILED;
		}
		print_driver(one, false, &out);
	}
	for (; !words.n && *drivers; drivers++)
		print_driver(*drivers, brief, &out);
	fputs(text_str(&out), stdout);
	return EXIT_OK;
}
