/*
 * For the analysers, which see one file at a time and so do not know that
 * these always return -1: without it they follow paths on which a failed
 * function has succeeded.
 */
#ifndef TESTS_TIDY_RETURNS_H
#define TESTS_TIDY_RETURNS_H

#include "base/err.h"
#include "base/problems.h"

#define err_set(...) (err_set(__VA_ARGS__), -1)
#define err_wrap(...) (err_wrap(__VA_ARGS__), -1)
#define problems_add(...) (problems_add(__VA_ARGS__), -1)

#endif
