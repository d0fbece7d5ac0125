#include "entrepot/testing/intercepted_sqlite_files.h"

#include <sqlite3.h>

#include <cstring>
#include <filesystem>
#include <new>

#include "entrepot/result.h"

namespace entrepot::testing {

using Kind = SqliteFileCallKind;

std::string_view ToString(SqliteFileCallKind kind) {
  switch (kind) {
    case Kind::kOpen:
      return "open";
    case Kind::kDelete:
      return "delete";
    case Kind::kExists:
      return "exists";
    case Kind::kRead:
      return "read";
    case Kind::kWrite:
      return "write";
    case Kind::kTruncate:
      return "truncate";
    case Kind::kSync:
      return "sync";
    case Kind::kSyncFolder:
      return "sync folder";
    case Kind::kSize:
      return "size";
    case Kind::kLock:
      return "lock";
    case Kind::kIsLocked:
      return "is locked";
    case Kind::kMapIndex:
      return "map index";
    case Kind::kLockIndex:
      return "lock index";
  }
  return "unknown";
}

namespace {

InterceptedSqliteFiles* active = nullptr;  // There is one at a time.

/// SQLite's handle of a file, followed by that of the VFS below.
struct File {
  sqlite3_file base{};
  const char* path = nullptr;  // SQLite's, valid while the file is open.
  sqlite3_file* below = nullptr;
};

File& Of(sqlite3_file* file) { return *reinterpret_cast<File*>(file); }
sqlite3_file* Below(sqlite3_file* file) { return Of(file).below; }

int Intercept(sqlite3_file* file, SqliteFileCall call) {
  call.path = Of(file).path == nullptr ? "" : Of(file).path;
  return active->Intercept(call);
}

int Close(sqlite3_file* file) { return Below(file)->pMethods->xClose(Below(file)); }

int Read(sqlite3_file* file, void* into, int size, sqlite3_int64 offset) {
  return Intercept(file, {.kind = Kind::kRead, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xRead(Below(file), into, size,
                                                                offset);
                          }});
}

int Write(sqlite3_file* file, const void* data, int size, sqlite3_int64 offset) {
  return Intercept(
      file, {.kind = Kind::kWrite,
             .offset = offset,
             .bytes = {static_cast<const std::byte*>(data), static_cast<size_t>(size)},
             .make = [=](const SqliteFileCall& call) {
               return Below(file)->pMethods->xWrite(Below(file), call.bytes.data(),
                                                    static_cast<int>(call.bytes.size()),
                                                    call.offset);
             }});
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return Intercept(
      file,
      {.kind = Kind::kTruncate, .size = size, .make = [=](const SqliteFileCall& call) {
         return Below(file)->pMethods->xTruncate(Below(file), call.size);
       }});
}

int Sync(sqlite3_file* file, int flags) {
  return Intercept(file, {.kind = Kind::kSync, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xSync(Below(file), flags);
                          }});
}

int Size(sqlite3_file* file, sqlite3_int64* size) {
  return Intercept(file, {.kind = Kind::kSize, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xFileSize(Below(file), size);
                          }});
}

int Lock(sqlite3_file* file, int level) {
  return Intercept(file, {.kind = Kind::kLock, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xLock(Below(file), level);
                          }});
}

int Unlock(sqlite3_file* file, int level) {
  return Below(file)->pMethods->xUnlock(Below(file), level);
}

int IsLocked(sqlite3_file* file, int* is_locked) {
  return Intercept(file, {.kind = Kind::kIsLocked, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xCheckReservedLock(Below(file),
                                                                             is_locked);
                          }});
}

int Control(sqlite3_file* file, int operation, void* argument) {
  return Below(file)->pMethods->xFileControl(Below(file), operation, argument);
}

int SectorSize(sqlite3_file* file) {
  return Below(file)->pMethods->xSectorSize(Below(file));
}

int Characteristics(sqlite3_file* file) {
  return Below(file)->pMethods->xDeviceCharacteristics(Below(file));
}

int MapIndex(sqlite3_file* file, int region, int size, int extends,
             void volatile** address) {
  return Intercept(file, {.kind = Kind::kMapIndex, .make = [=](const SqliteFileCall&) {
                            return Below(file)->pMethods->xShmMap(Below(file), region,
                                                                  size, extends, address);
                          }});
}

int LockIndex(sqlite3_file* file, int offset, int count, int flags) {
  const auto make = [=](const SqliteFileCall&) {
    return Below(file)->pMethods->xShmLock(Below(file), offset, count, flags);
  };
  if ((flags & SQLITE_SHM_UNLOCK) != 0) return make({});
  return Intercept(file, {.kind = Kind::kLockIndex, .make = make});
}

void Barrier(sqlite3_file* file) { Below(file)->pMethods->xShmBarrier(Below(file)); }

int UnmapIndex(sqlite3_file* file, int deletes) {
  return Below(file)->pMethods->xShmUnmap(Below(file), deletes);
}

/// Version 2: with a WAL's index, without memory maps of the database.
constexpr sqlite3_io_methods kMethods = {
    .iVersion = 2,
    .xClose = Close,
    .xRead = Read,
    .xWrite = Write,
    .xTruncate = Truncate,
    .xSync = Sync,
    .xFileSize = Size,
    .xLock = Lock,
    .xUnlock = Unlock,
    .xCheckReservedLock = IsLocked,
    .xFileControl = Control,
    .xSectorSize = SectorSize,
    .xDeviceCharacteristics = Characteristics,
    .xShmMap = MapIndex,
    .xShmLock = LockIndex,
    .xShmBarrier = Barrier,
    .xShmUnmap = UnmapIndex,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

sqlite3_vfs* Below(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

/// Opens by the VFS below; what it fails to open is closed.
int OpenBelow(sqlite3_vfs* vfs, const char* path, File& file, int flags, int* out_flags) {
  const int code = vfs->xOpen(vfs, path, file.below, flags, out_flags);
  if (code == SQLITE_OK) {
    file.base.pMethods = &kMethods;
  } else if (file.below->pMethods != nullptr) {
    file.below->pMethods->xClose(file.below);
  }
  return code;
}

int Open(sqlite3_vfs* vfs, const char* path, sqlite3_file* handle, int flags,
         int* out_flags) {
  auto* memory = reinterpret_cast<std::byte*>(handle);
  std::memset(memory, 0, static_cast<size_t>(vfs->szOsFile));
  File& file = *new (memory) File;
  file.path = path;
  file.below = new (memory + sizeof(File)) sqlite3_file{};
  const std::string name = path == nullptr ? "" : path;
  return active->Intercept(
      {.kind = Kind::kOpen,
       .path = name,
       .creates = (flags & SQLITE_OPEN_CREATE) != 0 && !std::filesystem::exists(name),
       .make = [=, &file](const SqliteFileCall&) {
         return OpenBelow(Below(vfs), path, file, flags, out_flags);
       }});
}

int Delete(sqlite3_vfs* vfs, const char* path, int syncs_folder) {
  return active->Intercept(
      {.kind = Kind::kDelete, .path = path, .make = [=](const SqliteFileCall&) {
         return Below(vfs)->xDelete(Below(vfs), path, syncs_folder);
       }});
}

int Exists(sqlite3_vfs* vfs, const char* path, int flags, int* exists) {
  return active->Intercept(
      {.kind = Kind::kExists, .path = path, .make = [=](const SqliteFileCall&) {
         return Below(vfs)->xAccess(Below(vfs), path, flags, exists);
       }});
}

/// The unix VFS opens a folder only to sync it.
using OpenFolder = int (*)(const char* path, int* fd);
OpenFolder open_folder_below = nullptr;

int SyncFolder(const char* path, int* fd) {
  return active->Intercept(
      {.kind = Kind::kSyncFolder, .path = path, .make = [=](const SqliteFileCall&) {
         return open_folder_below(path, fd);
       }});
}

}  // namespace

struct InterceptedSqliteFiles::Vfs {
  Vfs() : below(sqlite3_vfs_find("unix")), vfs(*below) {
    vfs.szOsFile += static_cast<int>(sizeof(File));
    vfs.pNext = nullptr;
    vfs.zName = "intercepted";
    vfs.pAppData = below;  // Those of its functions that stay look at none of this.
    vfs.xOpen = Open;
    vfs.xDelete = Delete;
    vfs.xAccess = Exists;
    open_folder_below =
        reinterpret_cast<OpenFolder>(below->xGetSystemCall(below, "openDirectory"));
    SetOpenFolder(SyncFolder);
    ENTREPOT_CHECK(sqlite3_vfs_register(&vfs, /*makeDflt=*/1) == SQLITE_OK);
  }

  ~Vfs() {
    sqlite3_vfs_unregister(&vfs);
    sqlite3_vfs_register(below, /*makeDflt=*/1);
    SetOpenFolder(open_folder_below);
  }

  void SetOpenFolder(OpenFolder function) const {
    below->xSetSystemCall(below, "openDirectory",
                          reinterpret_cast<sqlite3_syscall_ptr>(function));
  }

  sqlite3_vfs* below;
  sqlite3_vfs vfs;
};

InterceptedSqliteFiles::InterceptedSqliteFiles() {
  ENTREPOT_CHECK(sqlite3_initialize() == SQLITE_OK && active == nullptr);
  active = this;
  vfs_ = std::make_unique<Vfs>();
}

InterceptedSqliteFiles::~InterceptedSqliteFiles() {
  vfs_.reset();
  active = nullptr;
}

}  // namespace entrepot::testing
