#include "web/board.h"
#include "web/commands.h"
#include "web/server.h"
