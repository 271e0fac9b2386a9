/*
 * An instrument described in YAML instead of C: what is sent, what is
 * expected, which values are channels, and what makes it safe. docs/drivers.md
 * describes the language with worked examples; drivers/definitions/ holds
 * those that are part of the program.
 *
 * A definition is a driver (its first member): poll asks what its channels
 * need, write sends one, safe sends the list `safe`. It is read on the loop's
 * thread and constant afterwards; all state is the device's.
 */
#ifndef DRIVERS_DEFINITION_H
#define DRIVERS_DEFINITION_H

#include "base/arena.h"
#include "base/unit.h"
#include "drivers/checksum.h"
#include "drivers/driver.h"
#include "drivers/link_modbus.h"
#include "drivers/pattern.h"

#define DEFINITION_NAME_MAX 32
#define DEFINITION_ASKS_MAX 40
#define DEFINITION_STEPS_MAX 6	 /* of one ask */
#define DEFINITION_EXPECTS_MAX 4 /* answers that one step takes */
#define DEFINITION_REGISTERS_MAX 48
#define DEFINITION_ERRORS_MAX 8
#define DEFINITION_IDENTITY_MAX 8
#define DEFINITION_ACTS_MAX 32 /* of init, of safe */
#define DEFINITION_MAP_MAX 16
#define DEFINITION_FLAGS_MAX 20
#define DEFINITION_BLOCKS_MAX DEFINITION_REGISTERS_MAX
#define DEFINITION_MARK_MAX 8	 /* bytes of a terminator */
#define DEFINITION_FRAME_MAX 512 /* bytes of one frame */
#define DEFINITION_NONE (-1)

/* How an answer ends, with its bytes. */
struct mark {
	char bytes[DEFINITION_MARK_MAX];
	size_t n;
	size_t extra, count;
	nsec silence;
};

struct frame_rules {
	char end[DEFINITION_MARK_MAX]; /* of what is sent */
	size_t n_end;
	struct mark answer;
	struct pattern prefix;
	nsec reply, gap;
	enum checksum check_sent, check_answer;
	unsigned sent_from, answer_from; /* first byte the checksum covers */
	char skip;			 /* bytes dropped before an answer */
	bool skips;
};

struct ask_step {
	struct pattern send; /* n 0 and not bare: only awaits */
	bool sends;
	bool raw;	  /* no prefix, terminator, checksum */
	size_t n_expects; /* the first that fits counts */
	struct pattern expect[DEFINITION_EXPECTS_MAX];
	struct mark answer; /* own framing, if has_answer */
	bool has_answer;
	bool optional; /* the answer may be missing */
	nsec reply;    /* own time for it; 0: the frame's */
	nsec pause;    /* after it */
};

/* A transaction: its steps belong together. */
struct ask {
	const char *name;
	struct names fields;
	uint32_t optional; /* bit per field: of an answer that is */
	size_t n;
	struct ask_step v[DEFINITION_STEPS_MAX];
};

enum register_type {
	REGISTER_U16,
	REGISTER_I16,
	REGISTER_U32,
	REGISTER_I32,
	REGISTER_F32,
	REGISTER_BOOL,
	REGISTER_TEXT,
};

#define DEFINITION_ACK_MAX 4	 /* values that say yes */
#define DEFINITION_REFUSED_MAX 8 /* and no */

/* What is written to a register counts when another one says so. */
struct acknowledgement {
	int reg; /* DEFINITION_NONE: there is none */
	nsec within;
	size_t n_is, n_refused;
	double is[DEFINITION_ACK_MAX];
	struct {
		double raw;
		const char *why;
	} refused[DEFINITION_REFUSED_MAX];
};

struct reg {
	const char *name;
	enum modbus_space space;
	uint16_t at, read_at;
	uint16_t n; /* words or bits */
	enum register_type type;
	enum modbus_order order;
	int bit; /* of a word, or -1 */
	struct acknowledgement ack;
};

/* Registers that are read at once. */
struct block {
	enum modbus_space space;
	uint16_t at, n;
	uint64_t members; /* bit per register */
};

/* A number or a word of the instrument that stands for a number of ours. */
struct mapping {
	double raw;
	const char *word; /* NULL: it is a number */
	double value;
};

/* What a channel is made of, beside its struct channel. */
struct source {
	int ask, field; /* read: ask and field, or ... */
	int reg;	/* ... register; DEFINITION_NONE */
	int write_ask, write_reg;
	int decimals;	    /* register: value = raw / 10^this */
	struct scale scale; /* of its unit */
	int unit_param;	    /* the unit is a site's parameter */
	double factor;	    /* of raw, before the unit */
	bool words;	    /* it is said in words, which map has */
	size_t n_map, n_bad, n_valid;
	struct mapping map[DEFINITION_MAP_MAX];
	double bad[DEFINITION_MAP_MAX];
	int valid_field; /* has to be one of valid[] */
	double valid[DEFINITION_MAP_MAX];
	double wrap; /* raw from here on is negative */
	bool eeprom; /* an unchanged value is not sent */
};

/* Something an instrument says of itself: a word, a bit, or both. */
struct flag {
	const char *word; /* NULL: the bit says so */
	int bit;
	const char *says; /* for people; NULL: nobody needs to know */
	uint32_t spoils;  /* bit per channel: it has no value meanwhile */
};

/* Where its flags are, and what they mean. */
struct flags {
	int ask, field, reg; /* DEFINITION_NONE */
	bool words;
	size_t n;
	struct flag v[DEFINITION_FLAGS_MAX];
};

/* A part of init or safe: a channel set, or an ask sent. */
struct act {
	int channel, ask;
	double value;
};

struct refusal {
	struct pattern pattern;
	struct names fields;
};

/* What identify has to find out; compared with the site's `expect`. */
struct identity {
	const char *name;
	int field; /* of the identify ask */
	int reg;
	bool is_number;
	enum quantity quantity;
	struct scale scale;
	int unit_param;
	bool has_is;
	double is;    /* register: has to be this */
	bool changes; /* only what the site expects counts */
};

struct definition {
	struct driver driver; /* first */
	struct arena arena;
	char name[DEFINITION_NAME_MAX];
	const char *summary, *proof, *unverified;
	bool modbus;
	bool shaped; /* its registers or channels depend on params */
	struct names params;
	struct param_texts usual;
	bool has_usual[PATTERN_PARAMS_MAX];
	struct frame_rules frame;
	struct ask identify;
	size_t n_asks, n_registers, n_errors, n_identity, n_init, n_safe;
	struct ask asks[DEFINITION_ASKS_MAX];
	struct reg registers[DEFINITION_REGISTERS_MAX];
	struct refusal errors[DEFINITION_ERRORS_MAX];
	struct identity identity[DEFINITION_IDENTITY_MAX];
	struct act init[DEFINITION_ACTS_MAX], safe[DEFINITION_ACTS_MAX];
	struct channel channels[DEVICE_CHANNELS_MAX];
	struct source sources[DEVICE_CHANNELS_MAX];
	struct flags flags;
	/* Modbus. */
	enum modbus_order order;
	uint16_t max_block, max_hole;
	bool single;
	size_t n_blocks;
	struct block blocks[DEFINITION_BLOCKS_MAX];
};

/* NULL with all problems, each with line and column. `file` is how messages
 * call the text. */
struct definition *definition_parse(const char *text, size_t n,
				    const char *file,
				    struct problems *problems);

/* The same for an instrument with these params (NULL: as usual), which may
 * say how many outputs it has, and where. */
struct definition *definition_parse_for(const struct yaml_node *params,
					const char *text, size_t n,
					const char *file,
					struct problems *problems);
void definition_free(struct definition *d);

/* One instrument that a definition describes; at dev->state. */
struct definition_state {
	uint64_t epoch;	 /* it identified in; 0: never */
	bool ready;	 /* params were read */
	bool identified; /* once: texts are of then */
	struct param_texts params;
	char identity[DEFINITION_IDENTITY_MAX][PATTERN_TEXT_MAX];
	double identity_value[DEFINITION_IDENTITY_MAX];
	struct scale unit[DEVICE_CHANNELS_MAX];
	double last[DEVICE_CHANNELS_MAX]; /* raw, as written; or NAN */
	uint32_t flags;			  /* of the newest poll */
	bool has_flags;			  /* they were told */
	char stranger[PATTERN_TEXT_MAX];  /* a word among them nobody knows */
	uint32_t invalid;		  /* bit per channel: was not `valid` */
	uint64_t split;			  /* blocks that are read one by one */
	uint64_t absent;		  /* registers that are not there */
	/* Modbus: as read in this poll. */
	double raw[DEFINITION_REGISTERS_MAX];
	/* The words that bits are part of, as read or written last. */
	uint32_t word[DEFINITION_REGISTERS_MAX];
	uint64_t has_word;
	char text[DEFINITION_REGISTERS_MAX][PATTERN_TEXT_MAX];
	uint8_t unit_id;
};

/* ASCII: one transaction, value v where it is sent. Fields of answers that
 * came are set. ERR_RANGE: the instrument answered one of `errors`. */
int definition_ask(struct device *dev, const struct ask *ask,
		   struct pattern_sent v, struct pattern_value *fields,
		   struct err *err);

/* Sends it at once, whatever the state of the line. */
int definition_tell(struct device *dev, const struct ask *ask,
		    struct pattern_sent v, struct err *err);

/* Modbus: all registers of `members` into state; those that do not exist are
 * NAN. */
int definition_read(struct device *dev, uint64_t members, struct err *err);

/* One register. A bit leaves the others of its word as they are; tell: as they
 * were last known. ERR_TIMEOUT, ERR_RANGE: what it is acknowledged by does not
 * say yes, says no. */
int definition_write(struct device *dev, int reg, double raw, bool tell,
		     struct err *err);

/* The functions of a definition's driver; set by definition_parse(). */
extern const struct driver definition_driver;

#endif
