// The protobuf-c runtime library, found by pkg-config.
#include <protobuf-c/protobuf-c.h>
