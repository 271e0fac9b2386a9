/* A recipe's document, be it the one to run or an included one. */
#ifndef ENGINE_DOCUMENT_H
#define ENGINE_DOCUMENT_H

#include "engine/params.h"

/* Its keys, limits (the stricter of those in force and its own, while it is
 * compiled) and parameters; then its steps. `given` may be empty. */
void document_compile(struct compiler *c, const struct yaml_node *root,
		      const struct params_given *given);

/* Its on_fault steps, if any. */
void document_compile_tail(struct compiler *c, const struct yaml_node *root,
			   const struct params_given *given);

/* recipe, about, limits, resume_after_crash into the plan. */
void document_describe(struct compiler *c, const struct yaml_node *root);

#endif
