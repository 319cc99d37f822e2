// The entry point of a shared library that defines layers for dlc --plugin.
#pragma once

#include "mlir/IR/DialectRegistry.h"
#include "mlir/Tools/Plugins/DialectPlugin.h"

/// Stands once, outside of namespaces, in a plug-in: DLC_PLUGIN(acme,
/// acme::AcmeDialect). Says which version of dlc the library is built for
/// (dlc_add_plugin defines DLC_VERSION), and which dialect it brings.
#define DLC_PLUGIN(NAME, DIALECT)                                              \
  extern "C" ::mlir::DialectPluginLibraryInfo mlirGetDialectPluginInfo() {     \
    return {MLIR_PLUGIN_API_VERSION, #NAME, DLC_VERSION,                       \
            [](::mlir::DialectRegistry *registry) {                            \
              registry->insert<DIALECT>();                                     \
            }};                                                                \
  }
