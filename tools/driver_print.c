#include "tools/driver_print.h"

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

void driver_print(const struct driver *driver, bool brief, struct text *out)
{
	size_t i;

	text_addf(out, "%-20s %s\n", driver->name, driver->summary);
	for (i = 0; i < driver->n_channels && !brief; i++)
		print_channel(&driver->channels[i], out);
}
