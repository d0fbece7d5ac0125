// File managers of the core, for entrepot/_files.py.

#include <algorithm>

#include <arrow/buffer.h>
#include <arrow/io/interfaces.h>

#include "bindings.h"
#include "entrepot/arrow_result.h"
#include "entrepot/io/local_file_manager.h"
#include "file_managers.h"
#include "value.h"

namespace entrepot::python {
namespace {

/// A Python file object as a source of bytes; text becomes UTF-8. Takes Python's lock for
/// each read. One thread at a time.
class PythonSource final : public arrow::io::InputStream {
 public:
  /// Borrows the object.
  explicit PythonSource(nb::handle file) : file_(file) {}

  arrow::Status Close() override { return arrow::Status::OK(); }
  bool closed() const override { return false; }
  arrow::Result<std::int64_t> Tell() const override { return position_; }

  arrow::Result<std::int64_t> Read(std::int64_t size, void* out) override {
    // Text of so many characters may be more bytes than fit.
    return arrow::Status::NotImplemented("reading ", size, " bytes into ", out);
  }

  arrow::Result<std::shared_ptr<arrow::Buffer>> Read(std::int64_t size) override {
    const nb::gil_scoped_acquire lock;
    try {
      nb::object part = file_.attr("read")(size);
      if (nb::isinstance<nb::str>(part)) part = part.attr("encode")("utf-8");
      Py_buffer view;
      if (PyObject_GetBuffer(part.ptr(), &view, PyBUF_SIMPLE) != 0) {
        throw nb::python_error();
      }
      auto bytes = arrow::Buffer::FromString(
          std::string(static_cast<const char*>(view.buf), static_cast<size_t>(view.len)));
      PyBuffer_Release(&view);
      position_ += bytes->size();
      return bytes;
    } catch (nb::python_error& e) {
      return ToArrow(FromPython(e));
    }
  }

 private:
  nb::handle file_;
  std::int64_t position_ = 0;
};

/// A kept file, open for Python's io classes. One thread at a time.
class FileReader {
 public:
  explicit FileReader(std::shared_ptr<arrow::io::RandomAccessFile> file)
      : file_(std::move(file)) {}

  /// Fills the buffer; returns less only at the end of the file.
  Result<std::int64_t> ReadInto(nb::handle buffer) {
    Py_buffer view;
    if (PyObject_GetBuffer(buffer.ptr(), &view, PyBUF_WRITABLE) != 0) {
      throw nb::python_error();
    }
    auto moved = [&] {
      const nb::gil_scoped_release unlocked;
      return FromArrow(file_->ReadAt(position_, view.len, view.buf));
    }();
    PyBuffer_Release(&view);
    if (moved) position_ += *moved;
    return moved;
  }

  Result<std::int64_t> Seek(std::int64_t offset, int whence) {
    ENTREPOT_ASSIGN_OR_RETURN(const std::int64_t size, file_->GetSize());
    const std::int64_t start = whence == 0 ? 0 : whence == 1 ? position_ : size;
    if (start + offset < 0) {
      return Invalid("a file has no position {}", start + offset);
    }
    position_ = start + offset;
    return position_;
  }

 private:
  std::shared_ptr<arrow::io::RandomAccessFile> file_;
  std::int64_t position_ = 0;
};

Result<FileHandle> WriteFrom(FileManager& manager, nb::handle file,
                             const std::string& extension) {
  PythonSource source(file);
  const nb::gil_scoped_release unlocked;
  return manager.Write(source, extension);
}

Result<FileReader> OpenToRead(FileManager& manager, const FileHandle& handle) {
  ENTREPOT_ASSIGN_OR_RETURN(auto file, manager.Read(handle));
  return FileReader(std::move(file));
}

nb::object ReadAll(FileManager& manager, const FileHandle& handle) {
  const auto bytes = [&] {
    const nb::gil_scoped_release unlocked;
    return ReadData(manager, handle);
  }();
  if (!bytes) RaisePythonError(bytes.error());
  return nb::bytes((*bytes)->data(), static_cast<size_t>((*bytes)->size()));
}

Result<std::shared_ptr<LocalFileManager>> MakeLocal(const std::string& config) {
  ENTREPOT_ASSIGN_OR_RETURN(auto options, LocalFileManagerFields().Read(config));
  return LocalFileManager::Make(std::move(options));
}

}  // namespace

FileOfHandle FilesFrom(nb::handle file_manager) {
  if (file_manager.is_none()) return {};
  if (nb::isinstance<FileManager>(file_manager))
    return FilesOf(nb::cast<std::shared_ptr<FileManager>>(file_manager));
  return [manager = MakePyRef(file_manager)](
             const Value& value,
             const std::filesystem::path&) -> Result<std::optional<FilePath>> {
    if (value.kind() != ValueKind::kForeign && !IsFileHandle(value)) return std::nullopt;
    const nb::gil_scoped_acquire lock;
    try {
      const nb::object path = Attribute("entrepot._files", "local_path_of")(
          ToObject(manager), ObjectOf(value, nb::none()));
      if (path.is_none()) return std::nullopt;
      return FilePath(nb::cast<std::string>(path));
    } catch (nb::python_error& e) {
      return FromPython(e);
    }
  };
}

void BindFiles(nb::module_& m) {
  nb::class_<FileHandle>(m, "NativeFileHandle", "Names a file: manager's kind, and path.")
      .def(
          "__init__",
          [](FileHandle* self, std::string kind, std::string path) {
            new (self) FileHandle{.kind = std::move(kind), .path = std::move(path)};
          },
          "kind"_a, "path"_a)
      .def_ro("kind", &FileHandle::kind)
      .def_ro("path", &FileHandle::path);
  nb::class_<FileReader>(m, "FileReader", "A kept file, open for reading.")
      .def("readinto", &FileReader::ReadInto, "buffer"_a,
           nb::sig("def readinto(self, buffer: object) -> int"),
           "Fills the buffer; returns less only at the end.")
      .def("seek", &FileReader::Seek, "offset"_a, "whence"_a,
           "Goes to a position, as io.IOBase.seek does.");
  const auto unlocked = nb::call_guard<nb::gil_scoped_release>();
  nb::class_<FileManager>(m, "NativeFileManager", "A file manager of the core.")
      .def("write", &WriteFrom, "file"_a, "extension"_a,
           nb::sig("def write(self, file: object, extension: str) -> NativeFileHandle"),
           "Keeps all that `file.read` returns.")
      .def(
          "copy_in",
          [](FileManager& self, const std::string& path) { return CopyIn(self, path); },
          "path"_a, unlocked, "Keeps a copy of a local file.")
      .def("read", &OpenToRead, "handle"_a, unlocked, "Opens a file.")
      .def("read_data", &ReadAll, "handle"_a,
           nb::sig("def read_data(self, handle: NativeFileHandle) -> bytes"),
           "Reads all of a file.")
      .def("copy_handle_to_local_temp", &FileManager::CopyHandleToLocalTemp, "handle"_a,
           unlocked, "Returns the path of a local copy.")
      .def("delete_local_temp", &FileManager::DeleteLocalTemp, unlocked,
           "Deletes all local copies.");
  nb::class_<LocalFileManager, FileManager>(m, "NativeLocalFileManager",
                                            "Files in a local folder.")
      .def_prop_ro("base_dir", &LocalFileManager::base_dir);
  m.def("make_local_file_manager", &MakeLocal, "config"_a);
}

}  // namespace entrepot::python
