#include "tools/complaint.h"

#include <stdio.h>

#include "base/array.h"
#include "base/text.h"

void complaint_print(const struct problems *problems)
{
	_cleanup_(text_free) struct text text = { 0 };

	problems_print(problems, &text);
	fputs(text_str(&text), stderr);
}
