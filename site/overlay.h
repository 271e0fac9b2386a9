/*
 * A few changes laid over a configuration: mappings are merged key by key,
 * everything else is replaced. For simulating faults and other laboratories
 * without copying a whole configuration.
 *
 *	buses: {lab: {faults: [{kind: rupture, at: 20 min}]}}
 */
#ifndef SITE_OVERLAY_H
#define SITE_OVERLAY_H

#include "base/problems.h"
#include "base/yaml.h"

/* Adds the merged YAML to out. -1 with problems when `over` (its length n,
 * named `file`) is no YAML mapping. base is a mapping. */
int overlay_merge(const struct yaml_node *base, const char *over, size_t n,
		  const char *file, struct text *out,
		  struct problems *problems);

#endif
