#include "storage/reader.h"
#include "storage/store.h"
