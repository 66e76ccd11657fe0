/* What torch's operators compute in several passes over memory, in one.
 *
 * Each function is there for states in fp32 and in bf16, as name_fp32 and name_bf16; all other numbers are fp32. In
 * row_products.h and decoding.h the type is that of matrices, and states are fp32; in products.h and recurrence.h all is.
 * Nothing depends on the number of threads: what is summed is summed in parts of fixed size, in order.
 *
 * Letters: N tokens, d width, r rank, H heads, P pairs of a token and one that it sees.
 */

#include <math.h>
#include <stdint.h>
#include <string.h>

#include "numbers.h"

#define STATE float
#define WIDEN widen_fp32
#define NARROW narrow_fp32
#define NAMED(name) name##_fp32
#include "rows.h"
#include "lora.h"
#include "attention.h"
#include "pointwise.h"
#include "row_products.h"
#include "decoding.h"
#undef STATE
#undef WIDEN
#undef NARROW
#undef NAMED

#define STATE uint16_t
#define WIDEN widen_bf16
#define NARROW narrow_bf16
#define NAMED(name) name##_bf16
#include "rows.h"
#include "lora.h"
#include "attention.h"
#include "pointwise.h"
#include "row_products.h"
#include "decoding.h"
#undef STATE
#undef WIDEN
#undef NARROW
#undef NAMED

#define STATE int16_t
#define NAMED(name) name##_int16
#include "row_products.h"
#undef STATE
#undef NAMED

#include "products.h"
#include "recurrence.h"
