#include "node/shapes.h"

const struct datainfo shape_yes = { .type = DATAINFO_BOOL };

const struct datainfo shape_count = {
	.type = DATAINFO_INT,
	.min = 0,
	.max = INT32_MAX,
};

const struct datainfo shape_seconds = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.0f",
	.limited = true,
	.max = 1e9,
};

const struct datainfo shape_moment = {
	.type = DATAINFO_DOUBLE,
	.unit = "s",
	.fmtstr = "%.6f",
	.limited = true,
	.max = 1e11,
};
