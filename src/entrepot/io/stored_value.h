#pragma once

/// \file entrepot/io/stored_value.h
/// From a stored file to a value: which bytes to read, what to check them against, and
/// when to refuse them.

#include "entrepot/asset/receipt.h"
#include "entrepot/codec/codec.h"
#include "entrepot/io/context.h"
#include "entrepot/storage/local_store.h"

namespace entrepot {

/// A value's file, open. Borrows everything.
struct StoredValue {
  const std::string& path;  ///< For messages.
  const Codec& codec;       ///< By the file's extension.
  const StoredFile& file;
  const Receipt* receipt;  ///< On the file; null if it came without one.
};

/// Reads and checks a stored value as the context's request says.
///
///   format               read by          checked before decoding    checked otherwise
///   arrow, npy           private map      size; digest on request
///   file                 its path         size; digest on request
///   as a stream          parts            size                       page checksums
///   pickle               whole            size, digest, SHA-256
///   others               whole            size, digest
///
/// The digest is that of the file's own receipt; without one it is that of the log's row
/// whose version the file carries in its own metadata; without either the value loads
/// unverified, and a warning in the context's log says so.
Result<Value> LoadStoredValue(const InputContext& context, const StoredValue& stored);

/// A value's folder, open. Borrows everything.
struct StoredFolderValue {
  const std::string& path;  ///< For messages, and what is loaded.
  const StoredFolder& folder;
  const Receipt* receipt;  ///< On the folder; null if it came without one.
};

/// Checks a stored folder, by size and on request by digest, and returns its path.
Result<Value> LoadStoredFolder(const InputContext& context,
                               const StoredFolderValue& stored);

}  // namespace entrepot
