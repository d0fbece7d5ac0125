#pragma once

/// \file python/src/file_managers.h
/// File managers of Python, for the core's filesystem manager.

#include "entrepot/io/file_system_io_manager.h"
#include "py_ref.h"

namespace entrepot::python {

/// Returns how the file behind a handle is found: by a manager of the core, by an
/// entrepot.FileManager of the user's, or, for None, not at all. Needs Python's lock.
FileOfHandle FilesFrom(nb::handle file_manager);

}  // namespace entrepot::python
