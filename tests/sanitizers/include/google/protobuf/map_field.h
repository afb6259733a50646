// Stands before protobuf's own header of this name with --tsan. There that one gives a map two more
// members under ThreadSanitizer, of which Debian's libprotobuf knows nothing: each map of a message
// would be read eight bytes off.
#pragma once

#pragma push_macro("__SANITIZE_THREAD__")
#undef __SANITIZE_THREAD__
#include_next <google/protobuf/map_field.h>
#pragma pop_macro("__SANITIZE_THREAD__")
