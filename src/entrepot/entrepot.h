#pragma once

/// \file entrepot/entrepot.h
/// Everything that a program usually needs. It stands outside the arrows between rooms.

#include "entrepot/asset/asset_key.h"
#include "entrepot/asset/metadata.h"
#include "entrepot/asset/receipt.h"
#include "entrepot/cli/run_main.h"
#include "entrepot/codec/codec.h"
#include "entrepot/codec/registry.h"
#include "entrepot/execution/asset.h"
#include "entrepot/execution/asset_value_loader.h"
#include "entrepot/execution/definitions.h"
#include "entrepot/execution/instance.h"
#include "entrepot/execution/materialize.h"
#include "entrepot/execution/run_result.h"
#include "entrepot/execution/step_context.h"
#include "entrepot/io/context.h"
#include "entrepot/io/file_system_io_manager.h"
#include "entrepot/io/io_manager.h"
#include "entrepot/io/memory_io_manager.h"
#include "entrepot/result.h"
#include "entrepot/value/tensor.h"
#include "entrepot/value/traits.h"
#include "entrepot/value/value.h"
